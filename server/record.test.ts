import { randomBytes, randomInt } from 'node:crypto';
import { expect, test } from 'vitest';
import type { StoredRecord } from './backends/backend.ts';
import {
  decodeHead,
  decodeRecord,
  encodeDetached,
  encodeRecord,
  hasSoundHead,
  joinRecord,
  maxHeadBytes,
  type RecordFields,
  recordExpiryMs,
  recordHeaderBytes,
  recordIsDetached,
  recordRevision,
  recordVersion,
  rewriteHead,
} from './record.ts';
import type { Revision } from './revision.ts';
import { codeOf } from './test-support/code-of.ts';
import { createSeededRandom } from './test-support/seeded-random.ts';

const revision = '0123456789abcdef0123456789abcdef' as Revision;
const other = 'e6543210fedcba98e6543210fedcba98' as Revision;
const key = 'sensor/7 \u{1f321}\u0000';
const small: RecordFields = {
  revision,
  contentType: 'text/plain; charset=utf-8',
  expiresAtMs: 1_900_000_000_123,
  value: Buffer.from('21.5 \u00b0C'),
};

const variants: readonly [string, Partial<RecordFields>][] = [
  ['an empty value', { value: Buffer.alloc(0) }],
  ['a value of all 256 bytes', { value: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)) }],
  ['no expiry', { expiresAtMs: undefined }],
  ['an expiry of 1 ms', { expiresAtMs: 1 }],
  ['an expiry of 2^32 - 1 ms', { expiresAtMs: 2 ** 32 - 1 }],
  ['an expiry of 2^32 ms', { expiresAtMs: 2 ** 32 }],
  ['an expiry of 2^53 - 1 ms', { expiresAtMs: Number.MAX_SAFE_INTEGER }],
  ['an empty media type', { contentType: '' }],
  ['nothing but a head', { contentType: '', value: Buffer.alloc(0) }],
  ['a media type of 255 characters', { contentType: `a/${'b'.repeat(253)}` }],
];

test.each(variants)('%s survives the round trip', (_, change) => {
  const fields = { ...small, ...change };
  const expected: StoredRecord = { ...fields, size: fields.value.length };
  const bytes = encodeRecord(key, fields);
  expect(decodeRecord(key, bytes)).toEqual(expected);
  const { value, ...head } = expected;
  expect(decodeHead(bytes.subarray(0, maxHeadBytes))).toEqual(head);
  expect(joinRecord(key, bytes, decodeHead(bytes), value)).toEqual(expected);
});

test('the layout on disk does not change: a record written by the first version is read for ever', () => {
  const bytes = encodeRecord('k', { revision, contentType: 'a/b', expiresAtMs: 2 ** 32 + 5, value: Buffer.from('v') });
  const expected = [
    '01 00 0003 dab66f1f',
    '00000001 00000005',
    '0123456789abcdef0123456789abcdef',
    '00000001 43e6884f',
    '612f62 76',
  ];
  expect(bytes.toString('hex')).toBe(expected.join('').replaceAll(' ', ''));
});

test('every single flipped bit of the key is detected', () => {
  const bytes = encodeRecord(key, small);
  const keyBytes = Buffer.from('sensor-7');
  const stored = encodeRecord('sensor-7', small);
  expect(codeOf(() => decodeRecord('sensor-7', stored))).toBeUndefined();
  for (let bit = 0; bit < keyBytes.length * 8; bit += 1) {
    // latin1: a flipped bit stays one character, whatever UTF-8 would make of it.
    expect(codeOf(() => decodeRecord(flipped(keyBytes, bit).toString('latin1'), stored))).toBe('record_corrupt');
  }
  expect(codeOf(() => decodeRecord(`${key} `, bytes))).toBe('record_corrupt');
});

const seed = randomInt(2 ** 31);

test.each(variants)('%s: every single flipped bit of the record is detected', (_, change) => {
  const bytes = encodeRecord(key, { ...small, ...change });
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    expect(
      codeOf(() => decodeRecord(key, flipped(bytes, bit))),
      `bit ${bit}`,
    ).toBe('record_corrupt');
  }
});

test(`flipped bits of a large record are detected, wherever they are (seed ${seed})`, () => {
  const random = createSeededRandom(seed);
  const bytes = encodeRecord(key, { ...small, value: randomBytes(300_000) });
  const headBits = maxHeadBytes * 8;
  for (let count = 0; count < 500; count += 1) {
    const bit = count < 250 ? random.integer(headBits) : random.integer(bytes.length * 8);
    expect(
      codeOf(() => decodeRecord(key, flipped(bytes, bit))),
      `bit ${bit}`,
    ).toBe('record_corrupt');
  }
});

test('every single flipped bit of a detached record is detected, or leads to another value', () => {
  const bytes = encodeDetached(key, small, Buffer.alloc(16, 7));
  const locatorAt = bytes.length - 16;
  for (let bit = 0; bit < locatorAt * 8; bit += 1) {
    const damaged = flipped(bytes, bit);
    expect(
      codeOf(() => joinRecord(key, damaged, decodeHead(damaged), small.value)),
      `bit ${bit}`,
    ).toBe('record_corrupt');
  }
});

test('every single flipped bit of expiry, revision, their checksum and the version shows in the head alone', () => {
  const bytes = encodeRecord(key, small);
  for (const byte of [0, ...range(8, 32), ...range(36, 40)]) {
    for (let bit = 0; bit < 8; bit += 1) {
      const damaged = flipped(bytes, byte * 8 + bit).subarray(0, maxHeadBytes);
      expect(hasSoundHead(damaged)).toBe(false);
      expect(
        codeOf(() => decodeHead(damaged)),
        `byte ${byte}, bit ${bit}`,
      ).toBe('record_corrupt');
    }
  }
});

test('a head of zeros, or of ones, is damaged', () => {
  for (const fill of [0, 0xff]) {
    const bytes = encodeRecord(key, small).fill(fill, 8, 40);
    expect(codeOf(() => decodeHead(bytes))).toBe('record_corrupt');
  }
});

test('a revision that no clock gives is damage, although its checksum is right', () => {
  const bytes = encodeRecord(key, { ...small, revision: `e677d21f${'f'.repeat(24)}` as Revision });
  expect(codeOf(() => decodeRecord(key, bytes))).toBeUndefined();
  rewriteHead(bytes, `e677d220${'0'.repeat(24)}` as Revision, undefined);
  expect(codeOf(() => decodeRecord(key, bytes))).toBe('record_corrupt');
});

test('a value under another key is detected, also where key and value together have the same bytes', () => {
  const bytes = encodeRecord('ab', { ...small, value: Buffer.from('cd') });
  expect(codeOf(() => decodeRecord('abc', bytes))).toBe('record_corrupt');
});

test('a record cut at any byte is detected', () => {
  const bytes = encodeRecord(key, small);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(codeOf(() => decodeRecord(key, bytes.subarray(0, length)))).toBe('record_corrupt');
  }
  expect(codeOf(() => decodeRecord(key, Buffer.concat([bytes, Buffer.from('+')])))).toBe('record_corrupt');
});

test('a head whose media type is cut is refused, whatever its size says', () => {
  const bytes = encodeRecord(key, small);
  expect(codeOf(() => decodeHead(bytes.subarray(0, recordHeaderBytes + small.contentType.length - 1)))).toBe(
    'record_corrupt',
  );
});

test('a record of a newer version is refused, not guessed at', () => {
  const bytes = encodeRecord(key, small);
  bytes[0] = recordVersion + 1;
  expect(codeOf(() => decodeRecord(key, bytes))).toBe('record_corrupt');
  expect(codeOf(() => decodeHead(bytes))).toBe('record_corrupt');
});

test('a touch changes revision and expiry and nothing else', () => {
  const bytes = encodeRecord(key, small);
  rewriteHead(bytes, other, undefined);
  expect(decodeRecord(key, bytes)).toEqual({
    ...small,
    revision: other,
    expiresAtMs: undefined,
    size: small.value.length,
  });
  expect([recordRevision(bytes), recordExpiryMs(bytes)]).toEqual([other, 0]);
});

test('a detached record carries its locator and the checksum of the value beside it', () => {
  const locator = Buffer.alloc(16, 7);
  const bytes = encodeDetached(key, small, locator);
  expect(recordIsDetached(bytes)).toBe(true);
  expect(recordIsDetached(encodeRecord(key, small))).toBe(false);
  expect(bytes.subarray(-16)).toEqual(locator);
  const head = decodeHead(bytes);
  expect(head.size).toBe(small.value.length);
  expect(joinRecord(key, bytes, head, small.value).value).toEqual(small.value);
  expect(codeOf(() => joinRecord(key, bytes, head, Buffer.from('21.5 \u00b0F')))).toBe('record_corrupt');
});

test('the locator is never taken for the value', () => {
  expect(codeOf(() => decodeRecord(key, encodeDetached(key, small, Buffer.alloc(16))))).toBe('record_corrupt');
});

test('a decoded record holds nothing but its fields, and a message of damage names no key', () => {
  expect(Object.keys(decodeRecord(key, encodeRecord(key, small))).sort()).toEqual(
    ['contentType', 'expiresAtMs', 'revision', 'size', 'value'].sort(),
  );
  expect(() => decodeRecord('secret-key', encodeRecord(key, small))).toThrow(/^(?!.*secret-key)/);
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

function flipped(bytes: Buffer, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
