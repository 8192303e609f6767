import { expect, test } from 'vitest';
import { parseFreshness } from './freshness.ts';

test.each([undefined, '', 'public', 'min-fresh=5', 'only-if-cached', 'no-cached', 'x="no-cache"'])(
  '%s takes what the cache has',
  (header) => {
    expect(parseFreshness(header)).toBeUndefined();
  },
);

test.each([
  ['no-cache', 0, true],
  ['NO-CACHE', 0, true],
  ['max-age=60 , no-cache', 0, true],
  ['no-store', 0, false],
  ['no-store, max-age=60', 0, false],
  ['max-age=0', 0, true],
  ['max-age=60', 60_000, true],
  ['max-age="60"', 60_000, true],
  ['max-age=60, max-age=5', 5_000, true],
  ['max-age', 0, true],
  ['max-age=-1', 0, true],
  ['max-age=1.5', 0, true],
])('%s asks for less than %i ms of age, kept: %s', (header, maxAgeMs, keep) => {
  expect(parseFreshness(header)).toEqual({ maxAgeMs, keep });
});
