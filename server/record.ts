/**
 * The record codec that LMDB and Redis share. Big-endian:
 *
 *   0 u8  version          8 u64 expiry, ms since the epoch, 0 = none
 *   1 u8  flags           16 16B revision
 *   2 u16 length L of     32 u32 bytes of the value
 *         the media type  36 u32 crc32 of bytes 8 to 31
 *   4 u32 crc32           40 L   media type, latin1; then the value
 *
 * The first checksum covers bytes 0 to 3, the size, the media type, the key's UTF-8 and the value, so a value that
 * ends up under another key is caught. The second covers what a touch rewrites without reading the value, and what
 * decides whether there is a record at all. A head that is read without its value is therefore sure of expiry and
 * revision; of size and media type once the value has been read.
 */

import type { RecordHead, StoredRecord } from './backends/backend.ts';
import { crc32OfBytes, crc32OfText, shortCrc32 } from './crc32.ts';
import { CommanderError } from './errors.ts';
import { maxRevisionStart, type Revision } from './revision.ts';

export const recordVersion = 1;
export const recordHeaderBytes = 40;
export const recordRevisionFrom = 16;
const maxContentTypeBytes = 255;
/** A head read of so many bytes always holds the media type. */
export const maxHeadBytes = recordHeaderBytes + maxContentTypeBytes;

/** The value is not in the record but beside it (engines with a limit on how long one record should be). */
export const flagDetached = 1;

export interface RecordFields {
  readonly revision: Revision;
  readonly contentType: string;
  readonly expiresAtMs: number | undefined;
  readonly value: Buffer;
}

/** Of a key and its value, for an engine whose records have no head of bytes. */
export function valueChecksum(key: string, value: Buffer): number {
  return crc32OfBytes(value, crc32OfText(key));
}

/** The first checksum of a record whose head is written. */
function recordChecksum(bytes: Buffer, contentTypeEnd: number, key: string, value: Buffer): number {
  const fixed = shortCrc32(bytes, 32, 36, shortCrc32(bytes, 0, 4));
  return crc32OfBytes(value, crc32OfText(key, shortCrc32(bytes, recordHeaderBytes, contentTypeEnd, fixed)));
}

export function encodeRecord(key: string, fields: RecordFields): Buffer {
  const bytes = Buffer.allocUnsafe(recordHeaderBytes + fields.contentType.length + fields.value.length);
  const valueAt = writeHead(bytes, key, fields, 0);
  bytes.set(fields.value, valueAt);
  return bytes;
}

/** The record of a value that is kept elsewhere: in the place of the value stands its 16-byte locator. */
export function encodeDetached(key: string, fields: RecordFields, locator: Buffer): Buffer {
  const bytes = Buffer.allocUnsafe(recordHeaderBytes + fields.contentType.length + locator.length);
  const locatorAt = writeHead(bytes, key, fields, flagDetached);
  bytes.set(locator, locatorAt);
  return bytes;
}

function writeHead(bytes: Buffer, key: string, fields: RecordFields, flags: number): number {
  bytes[0] = recordVersion;
  bytes[1] = flags;
  bytes.writeUInt16BE(fields.contentType.length, 2);
  rewriteHead(bytes, fields.revision, fields.expiresAtMs);
  bytes.writeUInt32BE(fields.value.length, 32);
  const contentTypeEnd = recordHeaderBytes + bytes.write(fields.contentType, recordHeaderBytes, 'latin1');
  bytes.writeUInt32BE(recordChecksum(bytes, contentTypeEnd, key, fields.value), 4);
  return contentTypeEnd;
}

/** Puts another revision and expiry into an encoded record: what a touch changes. */
export function rewriteHead(bytes: Buffer, revision: Revision, expiresAtMs: number | undefined): void {
  const expiry = expiresAtMs ?? 0;
  bytes.writeUInt32BE(Math.floor(expiry / 2 ** 32), 8);
  bytes.writeUInt32BE(expiry % 2 ** 32, 12);
  bytes.write(revision, 16, 16, 'hex');
  bytes.writeUInt32BE(shortCrc32(bytes, 8, 32), 36);
}

/** Expiry in ms since the epoch of an encoded record; 0 when it has none. */
export function recordExpiryMs(bytes: Buffer): number {
  return uint32At(bytes, 8) * 2 ** 32 + uint32At(bytes, 12);
}

/** Bytes of the value of an encoded record. */
export function recordSize(bytes: Buffer): number {
  return uint32At(bytes, 32);
}

/** Where the media type of an encoded record ends, which begins behind the head. */
export function recordContentTypeEnd(bytes: Buffer): number {
  return recordHeaderBytes + (byteAt(bytes, 2) * 256 + byteAt(bytes, 3));
}

/** The bytes must be there: the platform's own reading checks that, at a price that a page pays a thousand times. */
function uint32At(bytes: Buffer, at: number): number {
  const low = (byteAt(bytes, at + 1) << 16) | (byteAt(bytes, at + 2) << 8) | byteAt(bytes, at + 3);
  return byteAt(bytes, at) * 2 ** 24 + low;
}

function byteAt(bytes: Buffer, at: number): number {
  return bytes[at] as number;
}

export function recordRevision(bytes: Buffer): Revision {
  return bytes.toString('hex', 16, 32) as Revision;
}

export function recordIsDetached(bytes: Buffer): boolean {
  return ((bytes[1] ?? 0) & flagDetached) !== 0;
}

/** Whether expiry and revision can be believed. What else there is of the record may be damaged all the same. */
export function hasSoundHead(bytes: Buffer): boolean {
  return (
    bytes.length >= recordHeaderBytes &&
    bytes[0] === recordVersion &&
    uint32At(bytes, 36) === shortCrc32(bytes, 8, 32) &&
    uint32At(bytes, 16) <= maxRevisionStart
  );
}

/** Whether all of the head can be read: the media type is there, too. */
export function hasWholeHead(bytes: Buffer): boolean {
  return hasSoundHead(bytes) && recordContentTypeEnd(bytes) <= bytes.length;
}

/** Reads the head of a record whose value may be missing. Throws CommanderError `record_corrupt`. */
export function decodeHead(bytes: Buffer): RecordHead {
  if (!hasSoundHead(bytes)) throw corrupt('its head is not readable');
  const contentTypeEnd = recordContentTypeEnd(bytes);
  if (contentTypeEnd > bytes.length) throw corrupt('its head is cut short');
  const expiry = recordExpiryMs(bytes);
  return {
    revision: recordRevision(bytes),
    contentType: readContentType(bytes, contentTypeEnd),
    size: recordSize(bytes),
    expiresAtMs: expiry === 0 ? undefined : expiry,
  };
}

let lastContentType = { text: '', bytes: Buffer.alloc(0) };

/** Neighbours mostly have the same media type, and comparing bytes is cheaper than making the text of them. */
function readContentType(bytes: Buffer, end: number): string {
  const { text, bytes: last } = lastContentType;
  let same = last.length === end - recordHeaderBytes;
  for (let at = 0; same && at < last.length; at += 1) same = last[at] === bytes[recordHeaderBytes + at];
  if (same) return text;
  const read = bytes.toString('latin1', recordHeaderBytes, end);
  lastContentType = { text: read, bytes: Buffer.from(read, 'latin1') };
  return read;
}

/** Reads a whole record; `value` is a view on `bytes`. Throws CommanderError `record_corrupt`. */
export function decodeRecord(key: string, bytes: Buffer): StoredRecord {
  const head = decodeHead(bytes);
  return joinRecord(key, bytes, head, bytes.subarray(recordHeaderBytes + head.contentType.length));
}

/** Joins a value with `head`, which was read from `bytes`. Throws CommanderError `record_corrupt`. */
export function joinRecord(key: string, bytes: Buffer, head: RecordHead, value: Buffer): StoredRecord {
  const checksum = recordChecksum(bytes, recordHeaderBytes + head.contentType.length, key, value);
  return withCheckedValue(head, value, checksum === bytes.readUInt32BE(4));
}

/** Throws CommanderError `record_corrupt` unless the value has the head's size and its checksum was right. */
export function withCheckedValue(head: RecordHead, value: Buffer, checksumIsRight: boolean): StoredRecord {
  if (value.length !== head.size) throw corrupt(`its value has ${value.length} bytes instead of ${head.size}`);
  if (!checksumIsRight) throw corrupt('its checksum does not match');
  const { revision, contentType, size, expiresAtMs } = head;
  return { revision, contentType, size, expiresAtMs, value };
}

function corrupt(how: string): CommanderError {
  return new CommanderError('record_corrupt', `The stored record is damaged: ${how}.`);
}
