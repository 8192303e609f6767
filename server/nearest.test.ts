import { expect, test } from 'vitest';
import { nearest } from './nearest.ts';

const known = ['backend', 'data', 'host', 'port', 'log-level', 'max-value-bytes'];

test.each([
  ['prot', 'port'],
  ['ort', 'port'],
  ['pport', 'port'],
  ['por', 'port'],
  ['po', 'port'],
  ['rt', 'port'],
  ['portxx', 'port'],
  ['xxport', 'port'],
  ['bakend', 'backend'],
  ['host', 'host'],
  ['max-value-byte', 'max-value-bytes'],
  ['max_value_bytes', 'max-value-bytes'],
  ['loglevel', 'log-level'],
])('%s is most likely %s', (word, candidate) => {
  expect(nearest(word, known)).toBe(candidate);
});

test.each(['', 't', 'xxxport', 'portxxx', 'zebra-crossing', '__proto__', '\u{1f600}\u{1f600}\u{1f600}'])(
  '%j is close to nothing',
  (word) => {
    expect(nearest(word, known)).toBeUndefined();
  },
);

test('of no known words none is close', () => {
  expect(nearest('port', [])).toBeUndefined();
});
