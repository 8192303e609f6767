import { expect, test } from 'vitest';
import { parseDuration, renderDuration } from './duration.ts';

test.each([
  ['500ms', 500],
  ['90s', 90_000],
  ['5m', 300_000],
  ['1h30m', 5_400_000],
])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms));

test.each(['', '5', 'm', '5 m', '-5m', '5d', '1.5h'])('"%s" is no duration', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

test('it is told in seconds, then in minutes', () => {
  expect([renderDuration(40), renderDuration(59_900), renderDuration(61_000)]).toEqual(['0 s', '59.9 s', '1 min 1 s']);
});
