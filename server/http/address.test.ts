import { expect, test } from 'vitest';
import { codeOf } from '../test-support/code-of.ts';
import { addressOf, checkCollection } from './address.ts';

const at = (key: string) => ({ namespace: 'ns', collection: 'c', key });
const encoded = (bytes: Buffer | string) => at(Buffer.from(bytes).toString('base64url'));

test.each(['a', '0', 'A.b_c-9', `a${'-'.repeat(63)}`, 'a..', 'kv'])('%s is a name', (name) => {
  expect(codeOf(() => checkCollection({ namespace: name, collection: name }))).toBeUndefined();
});

const noNames = [
  '',
  '.',
  '..',
  '-a',
  '_a',
  '__proto__',
  'a/b',
  'a b',
  'a%2Fb',
  'a\u0000',
  'a\n',
  '\u00e4',
  'a\u0301',
  '\u0661',
  `a${'b'.repeat(64)}`,
];

test.each(noNames)('%j is no name, of a namespace and of a collection alike', (name) => {
  expect(codeOf(() => checkCollection({ namespace: name, collection: 'c' }))).toBe('invalid_name');
  expect(codeOf(() => checkCollection({ namespace: 'n', collection: name }))).toBe('invalid_name');
  expect(codeOf(() => addressOf({ namespace: name, collection: 'c', key: 'k' }, undefined))).toBe('invalid_name');
});

const keys = [
  'k',
  '.',
  '..',
  '/',
  '__proto__',
  '\u0000',
  '\ufeffbom',
  '%2e',
  '\u{1f321}',
  'e\u0301',
  '\u00e9',
  'x'.repeat(1024),
  '\u{1f321}'.repeat(256),
  '\u20ac'.repeat(341),
];

test.each(keys)('the key %j stays as it is, plain and in base64url', (key) => {
  expect(addressOf(at(key), undefined)).toEqual({ namespace: 'ns', collection: 'c', key });
  expect(addressOf(encoded(key), 'base64url')).toEqual({ namespace: 'ns', collection: 'c', key });
});

const noKeys = ['', 'x'.repeat(1025), '\u20ac'.repeat(342), `${'\u{1f321}'.repeat(256)}x`, '\ud83d', 'a\udf21b'];

test.each(noKeys)('the key %j is refused', (key) => {
  expect(codeOf(() => addressOf(at(key), undefined))).toBe('invalid_key');
});

const noEncodedKeys: readonly [string, string][] = [
  ['nothing', ''],
  ['padding', 'a2V5cw=='],
  ['the other alphabet', '_-8/'],
  ['a plus', 'a+b_'],
  ['a character outside the alphabet', 'a2V5!'],
  ['a space', 'a2 V5'],
  ['a lone character', 'a'],
  ['bits that no byte uses', 'YR'],
  ['a length that no bytes have', 'YWJjZ'],
  ['a byte that is not UTF-8', Buffer.of(0xff).toString('base64url')],
  ['an overlong slash', Buffer.of(0xc0, 0xaf).toString('base64url')],
  ['a surrogate in UTF-8', Buffer.of(0xed, 0xa0, 0x80).toString('base64url')],
  ['a cut sequence', Buffer.of(0xf0, 0x9f, 0x8c).toString('base64url')],
  ['a code point beyond Unicode', Buffer.of(0xf4, 0x90, 0x80, 0x80).toString('base64url')],
  ['1025 bytes', Buffer.alloc(1025, 'x').toString('base64url')],
];

test.each(noEncodedKeys)('base64url with %s is refused', (_, key) => {
  expect(codeOf(() => addressOf(at(key), 'base64url'))).toBe('invalid_key');
});
