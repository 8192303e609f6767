/**
 * Values that name themselves: each is the only one of its kind, and any part of it tells whether it is whole. Head
 * `process:sequence:length:crc32` and a line end, then bytes that the head alone decides.
 */

import { createCipheriv, createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Which write a value is from. */
export interface ValueId {
  readonly process: number;
  readonly sequence: number;
}

/** `process:sequence` */
export function nameOf(id: ValueId): string {
  return `${id.process}:${id.sequence}`;
}

/** `length` bytes that the seed decides and nothing compresses. */
export function expandBytes(seed: string, length: number): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** A value of `length` bytes, or a little more where the head needs it. */
export function encodeValue(id: ValueId, length: number): Buffer {
  const fixed = Buffer.byteLength(`${nameOf(id)}:${length}:00000000\n`);
  const filler = expandBytes(nameOf(id), Math.max(0, length - fixed));
  const total = fixed + filler.length;
  const start = `${nameOf(id)}:${total}:`;
  const sum = crc32(filler, crc32(start)).toString(16).padStart(8, '0');
  const value = Buffer.concat([Buffer.from(`${start}${sum}\n`), filler]);
  return value.length === total ? value : encodeValue(id, value.length);
}

/** The id in a value, or what shows that it is torn: cut, mixed with another, or never written. */
export function decodeValue(value: Buffer): ValueId | { readonly torn: string } {
  const match = /^(\d+):(\d+):(\d+):([0-9a-f]{8})\n/.exec(value.toString('latin1', 0, 80));
  if (match === null) return { torn: 'it has no head' };
  const [head, process, sequence, length, sum] = match;
  if (Number(length) !== value.length) return { torn: `its head says ${length} bytes, it has ${value.length}` };
  const start = head.slice(0, head.length - 9);
  const actual = crc32(value.subarray(head.length), crc32(start)).toString(16).padStart(8, '0');
  if (actual !== sum) return { torn: 'its checksum does not match its bytes' };
  return { process: Number(process), sequence: Number(sequence) };
}
