import { expect, test } from 'vitest';
import type { EtagList } from '../backends/backend.ts';
import type { Revision } from '../revision.ts';
import { codeOf } from '../test-support/code-of.ts';
import { etagOf, parseCondition } from './conditions.ts';

const a = 'a'.repeat(32) as Revision;
const b = '0123456789abcdef0123456789abcdef' as Revision;

test('without either header there is no condition', () => {
  expect(parseCondition({})).toBeUndefined();
  expect(parseCondition({ 'if-modified-since': 'Mon, 23 Nov 2026 04:42:02 GMT', 'if-range': '"x"' })).toBeUndefined();
});

test('each header stands for itself', () => {
  expect(parseCondition({ 'if-match': etagOf(a) })).toEqual({ ifMatch: [a], ifNoneMatch: undefined });
  expect(parseCondition({ 'if-none-match': '*' })).toEqual({ ifMatch: undefined, ifNoneMatch: '*' });
  expect(parseCondition({ 'if-match': '*', 'if-none-match': etagOf(b) })).toEqual({ ifMatch: '*', ifNoneMatch: [b] });
});

const lists: readonly [string, EtagList][] = [
  ['*', '*'],
  [' * ', '*'],
  [`"${a}"`, [a]],
  [`"${a}","${b}"`, [a, b]],
  [` "${a}" ,\t"${b}" `, [a, b]],
  [`,, "${a}",,"${b}",`, [a, b]],
  ['"unknown"', []],
  ['""', []],
  ['"with,a,comma"', []],
  [`"x,${a}","${b}"`, [b]],
  [`","`, []],
  [`"${a}", "a,b,c" , "${b}"`, [a, b]],
  [`"${a.toUpperCase()}"`, []],
  ['"\u00e9\u00ff"', []],
  ['"!#~"', []],
  [`"back\\slash","${b}"`, [b]],
];

test.each(lists)('%j lists what it names', (text, expected) => {
  expect(parseCondition({ 'if-match': text })?.ifMatch).toEqual(expected);
  expect(parseCondition({ 'if-none-match': text })?.ifNoneMatch).toEqual(expected);
});

test('a weak tag never matches If-Match and counts for If-None-Match', () => {
  const text = `W/"${a}", "${b}"`;
  expect(parseCondition({ 'if-match': text })?.ifMatch).toEqual([b]);
  expect(parseCondition({ 'if-none-match': text })?.ifNoneMatch).toEqual([a, b]);
});

const malformed = [
  '',
  ' ',
  ',',
  ',,,',
  a,
  `"${a}`,
  `${a}"`,
  `'${a}'`,
  `w/"${a}"`,
  `W/ "${a}"`,
  `W/${a}`,
  'W/',
  `"${a}" "${b}"`,
  `"${a}""${b}"`,
  `"${a}";"${b}"`,
  `"${a}"x`,
  `x"${a}"`,
  `""${a}"`,
  `*,"${a}"`,
  `"${a}",*`,
  '* *',
  '"with space"',
  '"tab\t"',
  '"\u007f"',
  // A quote that is never closed, after a good tag and before one.
  `"${a}","`,
  `"${a}","${b}`,
  `"${a}",W/"`,
  `","${a}"`,
  '"',
];

test.each(malformed)('%j is refused as a whole', (text) => {
  expect(codeOf(() => parseCondition({ 'if-match': text }))).toBe('invalid_header');
  expect(codeOf(() => parseCondition({ 'if-none-match': text }))).toBe('invalid_header');
});

// Well above what a header may hold: a quadratic reader would take minutes.
test.each([
  ['quotes', '"'.repeat(400_001)],
  ['commas', ','.repeat(400_000)],
  ['spaces', `"${a}"${' '.repeat(400_000)}x`],
  ['tags', `${`"${a}",`.repeat(10_000)}x`],
])('a long run of %s is read in one pass', (_, text) => {
  expect(codeOf(() => parseCondition({ 'if-match': text }))).toBe('invalid_header');
});
