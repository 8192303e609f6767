import { expect, test } from 'vitest';
import type { StoredRecord } from './backends/backend.ts';
import {
  decodeHead,
  decodeRecord,
  encodeDetached,
  encodeRecord,
  maxHeadBytes,
  type RecordFields,
  recordChecksum,
  recordChecksumOf,
  recordExpiryMs,
  recordHeaderBytes,
  recordIsDetached,
  recordRevision,
  recordVersion,
  rewriteHead,
  withCheckedValue,
} from './record.ts';
import type { Revision } from './revision.ts';
import { codeOf } from './test-support/code-of.ts';

const revision = '0123456789abcdef0123456789abcdef' as Revision;
const other = 'fedcba9876543210fedcba9876543210' as Revision;
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
  expect(withCheckedValue(key, decodeHead(bytes), recordChecksumOf(bytes), value)).toEqual(expected);
});

test('the layout on disk does not change: a record written by the first version is read for ever', () => {
  const bytes = encodeRecord('k', { revision, contentType: 'a/b', expiresAtMs: 2 ** 32 + 5, value: Buffer.from('v') });
  const expected = [
    '01 00 0003 7eb6749a',
    '00000001 00000005',
    '0123456789abcdef0123456789abcdef',
    '00000001 00000000',
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

test('every single flipped bit of value, checksum, size, version and media type length is detected', () => {
  const bytes = encodeRecord(key, small);
  const valueAt = recordHeaderBytes + small.contentType.length;
  const covered = [...range(0, 1), ...range(2, 8), ...range(32, 36), ...range(valueAt, bytes.length)];
  for (const byte of covered) {
    for (let bit = 0; bit < 8; bit += 1) {
      expect(codeOf(() => decodeRecord(key, flipped(bytes, byte * 8 + bit)))).toBe('record_corrupt');
    }
  }
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
  expect(recordChecksumOf(bytes)).toBe(recordChecksum(key, small.value));
  const head = decodeHead(bytes);
  expect(head.size).toBe(small.value.length);
  expect(withCheckedValue(key, head, recordChecksumOf(bytes), small.value).value).toEqual(small.value);
  expect(codeOf(() => withCheckedValue(key, head, recordChecksumOf(bytes), Buffer.from('21.5 \u00b0F')))).toBe(
    'record_corrupt',
  );
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
