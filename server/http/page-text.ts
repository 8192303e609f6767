/**
 * A page of heads as JSON, written byte by byte from what engines hold: the same text that render-record.ts makes of
 * items, for a third of the time.
 */

import type { PageSink, RawRecord } from '../backends/page-sink.ts';
import { recordContentTypeEnd, recordExpiryMs, recordHeaderBytes, recordRevisionFrom, recordSize } from '../record.ts';
import { formatTimestamp } from './expiry.ts';

const firstBytes = 64 * 1024;
/** The memory of a larger page is not kept for the next one. */
const maxKeptBytes = 256 * 1024;
/** What an item has beside key and media type. */
const maxFixedBytes = 256;
/** A byte of a key as JSON, at most: \u0000. */
const maxEscapedBytes = 6;

const begin = Buffer.from('{"items":[');
const beginItem = Buffer.from('{"key":"');
const beginEtag = '","etag":"\\"';
const endDamaged = Buffer.from('","error":"record_corrupt"},');

const hexDigits = Buffer.from('0123456789abcdef');
/** 1 for each byte that stands for itself in a string of JSON. */
const isPlain = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte !== 0x22 && byte !== 0x5c && byte < 0x80 ? 1 : 0,
);

interface MediaType {
  /** As it is stored. */
  readonly stored: Buffer;
  /** From the end of the key to the size, with room for the revision. */
  readonly members: Buffer;
  readonly isAscii: boolean;
}

/** Neighbours mostly have the same media type. */
let lastType = readType(Buffer.alloc(recordHeaderBytes), recordHeaderBytes);

/** What the last page was written in, for the next one. */
let spare: Buffer | undefined;

export class PageText implements PageSink {
  #bytes: Buffer;
  #end: number;
  #isAscii = true;

  constructor() {
    this.#bytes = spare ?? Buffer.allocUnsafeSlow(firstBytes);
    spare = undefined;
    this.#end = copy(begin, this.#bytes, 0);
  }

  get isEmpty(): boolean {
    return this.#end === begin.length;
  }

  add({ keyBytes, keyFrom, keyTo, record }: RawRecord): void {
    const typeEnd = recordContentTypeEnd(record);
    if (!isType(lastType, record, typeEnd)) lastType = readType(record, typeEnd);
    const { members, isAscii } = lastType;
    if (!isAscii) this.#isAscii = false;
    this.#reserve((keyTo - keyFrom) * maxEscapedBytes + members.length + maxFixedBytes);
    const bytes = this.#bytes;
    const keyEnd = this.#beginItem(keyBytes, keyFrom, keyTo);
    bytes.set(members, keyEnd);
    writeRevision(record, bytes, keyEnd + beginEtag.length);
    let end = writeInteger(recordSize(record), bytes, keyEnd + members.length);
    const expiresAtMs = recordExpiryMs(record);
    if (expiresAtMs !== 0) end += bytes.write(`,"expiresAt":"${formatTimestamp(expiresAtMs)}"`, end, 'latin1');
    bytes[end] = 0x7d; // }
    bytes[end + 1] = 0x2c; // ,
    this.#end = end + 2;
  }

  addDamaged({ keyBytes, keyFrom, keyTo }: Omit<RawRecord, 'record'>): void {
    this.#reserve((keyTo - keyFrom) * maxEscapedBytes + maxFixedBytes);
    this.#end = copy(endDamaged, this.#bytes, this.#beginItem(keyBytes, keyFrom, keyTo));
  }

  /** The whole page, as text where it has ASCII alone. Nothing can be added after that. */
  finish(cursor: string | undefined): string | Buffer {
    const last = cursor === undefined ? ']}' : `],"cursor":${JSON.stringify(cursor)}}`;
    this.#reserve(last.length);
    // In the place of the last comma.
    const from = this.isEmpty ? this.#end : this.#end - 1;
    const end = from + this.#bytes.write(last, from, 'latin1');
    const page = this.#isAscii ? this.#bytes.toString('latin1', 0, end) : Buffer.from(this.#bytes.subarray(0, end));
    if (this.#bytes.length <= maxKeptBytes) spare = this.#bytes;
    return page;
  }

  /** Writes an item up to the end of its key, and returns where that is. */
  #beginItem(keyBytes: Buffer, keyFrom: number, keyTo: number): number {
    const bytes = this.#bytes;
    const begun = copy(beginItem, bytes, this.#end);
    let end = begun;
    for (let at = keyFrom; at < keyTo; at += 1) {
      const byte = keyBytes[at] as number;
      if (isPlain[byte] === 0) return this.#writeEscaped(keyBytes.toString('utf8', keyFrom, keyTo), begun);
      bytes[end] = byte;
      end += 1;
    }
    return end;
  }

  #writeEscaped(key: string, at: number): number {
    const escaped = JSON.stringify(key).slice(1, -1);
    const length = this.#bytes.write(escaped, at, 'utf8');
    if (length !== escaped.length) this.#isAscii = false;
    return at + length;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#end + bytes));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}

/** By hand: for so few bytes the platform's copy takes longer. Returns where it ends. */
function copy(source: Buffer, target: Buffer, at: number): number {
  for (let index = 0; index < source.length; index += 1) target[at + index] = source[index] as number;
  return at + source.length;
}

function writeRevision(record: Buffer, target: Buffer, at: number): void {
  for (let index = 0; index < 16; index += 1) {
    const byte = record[recordRevisionFrom + index] as number;
    target[at + 2 * index] = hexDigits[byte >> 4] as number;
    target[at + 2 * index + 1] = hexDigits[byte & 15] as number;
  }
}

function writeInteger(value: number, target: Buffer, at: number): number {
  let end = at + 1;
  for (let bound = 10; bound <= value; bound *= 10) end += 1;
  let rest = value;
  for (let digit = end - 1; digit >= at; digit -= 1) {
    const quotient = Math.floor(rest / 10);
    target[digit] = 0x30 + rest - 10 * quotient;
    rest = quotient;
  }
  return end;
}

function isType({ stored }: MediaType, record: Buffer, typeEnd: number): boolean {
  if (stored.length !== typeEnd - recordHeaderBytes) return false;
  for (let at = 0; at < stored.length; at += 1) if (stored[at] !== record[recordHeaderBytes + at]) return false;
  return true;
}

function readType(record: Buffer, typeEnd: number): MediaType {
  const text = record.toString('latin1', recordHeaderBytes, typeEnd);
  const written = `${beginEtag}${'0'.repeat(32)}\\"","contentType":${JSON.stringify(text)},"size":`;
  const members = Buffer.from(written);
  return { stored: Buffer.from(text, 'latin1'), members, isAscii: members.length === written.length };
}
