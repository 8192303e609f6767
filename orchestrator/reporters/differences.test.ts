import { expect, test } from 'vitest';
import { type Differences, markDifferences } from './differences.ts';

function show({ expected, actual }: Differences): readonly string[] {
  return [expected, actual].map((segments) =>
    segments.map(({ text, differs }) => (differs ? `[${text}]` : text)).join(''),
  );
}

test('one wrong byte is one mark', () => {
  expect(show(markDifferences('"\\xf0\\x9f\\x8d"', '"\\xf0\\x9f\\x8c"'))).toEqual([
    '"\\xf0\\x9f\\x8[d]"',
    '"\\xf0\\x9f\\x8[c]"',
  ]);
});

test('where each text quotes one thing, the words around it are no difference', () => {
  expect(show(markDifferences('header etag "abc1"', 'etag: "abc2"'))).toEqual([
    'header etag "abc[1]"',
    'etag: "abc[2]"',
  ]);
});

test('words that are missing and words that came instead are marked', () => {
  expect(show(markDifferences('a b c d e', 'a b x d e f'))).toEqual(['a b [c] d e', 'a b [x] d e[ f]']);
});

test('texts that share next to nothing are not peppered with marks', () => {
  expect(show(markDifferences('GET after the end -> 200', '404 key_not_found'))).toEqual([
    'GET after the end -> 200',
    '404 key_not_found',
  ]);
});

test('no mark splits a surrogate pair', () => {
  const { expected } = markDifferences('key 😀 end', 'key 😁 end');
  expect(expected.every(({ text }) => text.isWellFormed())).toBe(true);
});

test('texts of any length are compared, and both come back whole', () => {
  const left = `${'word '.repeat(5_000)}a`;
  const right = `${'word '.repeat(5_000)}b`;
  const marked = markDifferences(left, right);
  expect(marked.expected.map(({ text }) => text).join('')).toBe(left);
  expect(marked.actual.map(({ text }) => text).join('')).toBe(right);
  expect(marked.actual.at(-1)).toEqual({ text: 'b', differs: true });
});
