import { expect, test } from 'vitest';
import { codeOf } from '../test-support/code-of.ts';
import { createQueryParser } from './query.ts';
import { Type } from './schema.ts';

const parse = createQueryParser(
  Type.Object({
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    ttlMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, 'x-error-code': 'invalid_ttl' })),
    prefix: Type.Optional(Type.String({ minLength: 1 })),
    at: Type.Optional(Type.String()),
    values: Type.Optional(Type.Boolean()),
    keyEncoding: Type.Optional(Type.Literal('base64url', { type: 'string' })),
  }),
);
const parseNothing = createQueryParser(Type.Object({}));

const read: readonly [string, object][] = [
  ['', {}],
  ['limit=1', { limit: 1 }],
  ['limit=1000', { limit: 1000 }],
  ['limit=007', { limit: 7 }],
  ['values=true', { values: true }],
  ['prefix=a%2Fb', { prefix: 'a/b' }],
  ['prefix=a+b', { prefix: 'a b' }],
  ['prefix=a%2Bb', { prefix: 'a+b' }],
  ['prefix=a=b', { prefix: 'a=b' }],
  ['prefix=a%26limit%3D2', { prefix: 'a&limit=2' }],
  ['prefix=%252F', { prefix: '%2F' }],
  ['prefix=%F0%9F%8C%A1', { prefix: '\u{1f321}' }],
  ['prefix=%00', { prefix: '\u0000' }],
  ['prefix=a?b', { prefix: 'a?b' }],
  ['at=', { at: '' }],
  ['%6Cimit=5', { limit: 5 }],
  ['keyEncoding=base64url', { keyEncoding: 'base64url' }],
  ['values=true&limit=2&prefix=x', { values: true, limit: 2, prefix: 'x' }],
];

test.each(read)('%j is read as it stands', (raw, expected) => {
  expect(parse(raw)).toEqual(expected);
});

const refused: readonly [string, string][] = [
  ['an unknown parameter', 'limits=1'],
  ['another case', 'Limit=1'],
  ['an unknown one beside a known one', 'limit=1&x=2'],
  ['a repeated parameter', 'limit=1&limit=1'],
  ['a repeated parameter under two spellings', 'limit=1&%6cimit=1'],
  ['an array by brackets', 'limit[]=1'],
  ['an empty part', 'limit=1&'],
  ['two ampersands', 'limit=1&&values=true'],
  ['a lone ampersand', '&'],
  ['a semicolon as a separator', 'limit=1;values=true'],
  ['a parameter without a value', 'values'],
  ['a text without a value', 'at'],
  ['no name', '=1'],
  ['a sign', 'limit=%2B1'],
  ['a plus, which is a space', 'limit=+1'],
  ['a negative number', 'limit=-1'],
  ['a fraction', 'limit=1.0'],
  ['an exponent', 'limit=1e2'],
  ['hexadecimal', 'limit=0x10'],
  ['an empty integer', 'limit='],
  ['a space', 'limit=1%20'],
  ['a digit of another script', 'limit=%D9%A1'],
  ['not a number', 'limit=NaN'],
  ['infinity', 'limit=Infinity'],
  ['21 digits', `limit=${'1'.repeat(21)}`],
  ['below the minimum', 'limit=0'],
  ['above the maximum', 'limit=1001'],
  ['above 2^53', 'limit=9007199254740993'],
  ['a boolean that is not true', 'values=false'],
  ['a boolean in another case', 'values=TRUE'],
  ['a boolean as a digit', 'values=1'],
  ['an empty text where one is needed', 'prefix='],
  ['another constant', 'keyEncoding=base64'],
  ['a name that every object has', 'toString=1'],
  ['a name that every object has, set', '__proto__=1'],
  ['a name that every object has, nested', 'constructor=1'],
];

test.each(refused)('%s is refused', (_, raw) => {
  expect(codeOf(() => parse(raw))).toBe('invalid_query');
});

test.each(['prefix=%', 'prefix=%f', 'prefix=%zz', 'prefix=%ff', 'prefix=%c0%af', 'prefix=%ed%a0%80', '%ff=1', '%=1'])(
  '%j is not percent-encoded UTF-8',
  (raw) => {
    expect(codeOf(() => parse(raw))).toBe('malformed_url');
  },
);

test('a broken bound gives the code that the parameter names', () => {
  expect(codeOf(() => parse('ttlMs=0'))).toBe('invalid_ttl');
  expect(codeOf(() => parse('ttlMs=101'))).toBe('invalid_ttl');
  expect(codeOf(() => parse('ttlMs=1.5'))).toBe('invalid_query');
});

test('a route without parameters takes an empty query alone', () => {
  expect(parseNothing('')).toEqual({});
  expect(codeOf(() => parseNothing('a=1'))).toBe('invalid_query');
});

test('a refusal quotes no more than a glimpse of what came', () => {
  expect(() => parse(`${'n'.repeat(5_000)}=1`)).toThrow(/^.{0,200}$/);
  expect(() => parse(`limit=${'9'.repeat(5_000)}`)).toThrow(/^.{0,200}$/);
});

test('what one query named does not stay for the next', () => {
  parse('limit=5');
  expect(parse('')).toEqual({});
  expect(parse('values=true')).toEqual({ values: true });
});
