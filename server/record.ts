/**
 * The record codec that LMDB and Redis share. Big-endian:
 *
 *   0 u8  version          8 u64 expiry, ms since the epoch, 0 = none
 *   1 u8  flags           16 16B revision
 *   2 u16 length L of     32 u32 bytes of the value
 *         the media type  36 u32 reserved, 0
 *   4 u32 crc32           40 L   media type, latin1; then the value
 *
 * The checksum covers the key's UTF-8 and the value, so a value that ends up under another key is caught. It leaves
 * the head out: a touch rewrites expiry and revision without reading the value.
 */

import { crc32 } from 'node:zlib';
import type { RecordHead, StoredRecord } from './backends/backend.ts';
import { CommanderError } from './errors.ts';
import type { Revision } from './revision.ts';

export const recordVersion = 1;
export const recordHeaderBytes = 40;
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

export function recordChecksum(key: string, value: Buffer): number {
  return crc32(value, crc32(key));
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
  bytes.writeUInt32BE(recordChecksum(key, fields.value), 4);
  rewriteHead(bytes, fields.revision, fields.expiresAtMs);
  bytes.writeUInt32BE(fields.value.length, 32);
  bytes.writeUInt32BE(0, 36);
  return recordHeaderBytes + bytes.write(fields.contentType, recordHeaderBytes, 'latin1');
}

/** Puts another revision and expiry into an encoded record: what a touch changes. */
export function rewriteHead(bytes: Buffer, revision: Revision, expiresAtMs: number | undefined): void {
  const expiry = expiresAtMs ?? 0;
  bytes.writeUInt32BE(Math.floor(expiry / 2 ** 32), 8);
  bytes.writeUInt32BE(expiry % 2 ** 32, 12);
  bytes.write(revision, 16, 16, 'hex');
}

/** Expiry in ms since the epoch of an encoded record; 0 when it has none. */
export function recordExpiryMs(bytes: Buffer): number {
  return bytes.readUInt32BE(8) * 2 ** 32 + bytes.readUInt32BE(12);
}

export function recordRevision(bytes: Buffer): Revision {
  return bytes.toString('hex', 16, 32) as Revision;
}

export function recordChecksumOf(bytes: Buffer): number {
  return bytes.readUInt32BE(4);
}

export function recordIsDetached(bytes: Buffer): boolean {
  return ((bytes[1] ?? 0) & flagDetached) !== 0;
}

/** Reads the head of a record whose value may be missing. Throws CommanderError `record_corrupt`. */
export function decodeHead(bytes: Buffer): RecordHead {
  if (bytes.length < recordHeaderBytes || bytes[0] !== recordVersion) throw corrupt('its head is not readable');
  const contentTypeEnd = recordHeaderBytes + bytes.readUInt16BE(2);
  if (contentTypeEnd > bytes.length) throw corrupt('its head is cut short');
  const expiry = recordExpiryMs(bytes);
  return {
    revision: recordRevision(bytes),
    contentType: bytes.toString('latin1', recordHeaderBytes, contentTypeEnd),
    size: bytes.readUInt32BE(32),
    expiresAtMs: expiry === 0 ? undefined : expiry,
  };
}

/** Reads a whole record; `value` is a view on `bytes`. Throws CommanderError `record_corrupt`. */
export function decodeRecord(key: string, bytes: Buffer): StoredRecord {
  const head = decodeHead(bytes);
  const value = bytes.subarray(recordHeaderBytes + head.contentType.length);
  return withCheckedValue(key, head, recordChecksumOf(bytes), value);
}

/** Joins a head and its value. Throws CommanderError `record_corrupt` when length or checksum say otherwise. */
export function withCheckedValue(key: string, head: RecordHead, checksum: number, value: Buffer): StoredRecord {
  if (value.length !== head.size) throw corrupt(`its value has ${value.length} bytes instead of ${head.size}`);
  if (recordChecksum(key, value) !== checksum) throw corrupt('its checksum does not match');
  const { revision, contentType, size, expiresAtMs } = head;
  return { revision, contentType, size, expiresAtMs, value };
}

function corrupt(how: string): CommanderError {
  return new CommanderError('record_corrupt', `The stored record is damaged: ${how}.`);
}
