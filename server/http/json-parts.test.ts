import { expect, test } from 'vitest';
import { hasMoreParts } from './json-parts.ts';

test.each([
  ['[1,2,3]', 3],
  ['{"a":1,"b":[{}]}', 4],
  ['[[[[[[[[', 8],
  ['["[,{", ",,,,"]', 2],
  ['["\\"[,{", ",,,,"]', 2],
  ['["\\\\", 1, "\\\\\\", 1"]', 3],
  ['["unended, [[[[', 1],
  ['"\\u0022,,,"', 0],
  ['"é,中,\u{1F600}"', 0],
  ['', 0],
])('%s has %i parts', (json, parts) => {
  const padded = Buffer.from(json.padEnd(30, ' '));
  expect(hasMoreParts(padded, parts)).toBe(false);
  expect(parts === 0 || hasMoreParts(padded, parts - 1)).toBe(true);
});

test('a text with no more bytes than parts allowed is not looked at', () => {
  expect(hasMoreParts(Buffer.from('[[[['), 4)).toBe(false);
});
