import { expect, test } from 'vitest';
import { nearest, unknownName } from './suggest.ts';

const flags = ['suite', 'backend', 'require', 'provider', 'case', 'seed', 'fail-fast', 'last-failed', 'dry-run'];

test.each([
  ['sute', 'suite'],
  ['backends', 'backend'],
  ['requires', 'require'],
  ['fail_fast', 'fail-fast'],
  ['dryrun', 'dry-run'],
  ['SEED', 'seed'],
  ['last', 'last-failed'],
  ['csae', 'case'],
])('%s is taken for %s', (typed, meant) => {
  expect(nearest(typed, flags)).toBe(meant);
});

test.each(['xyz', 'output', 'q', ''])('nothing is suggested for "%s"', (typed) => {
  expect(nearest(typed, flags)).toBeUndefined();
});

test('an unknown name is told with the nearest one and with all there are', () => {
  expect(unknownName('suite', 'conformence', ['conformance', 'load'])).toBe(
    'there is no suite "conformence". Did you mean "conformance"? There is: conformance, load',
  );
});
