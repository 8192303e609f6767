import { expect, test } from 'vitest';
import { CommanderError } from '../../errors.ts';
import { isCommitFailure, translateLmdbError } from './errors.ts';

/** As the library rejects: without a code, which a promise beside it brings. */
function commitFailure(code: number | undefined): Error {
  const commitError =
    code === undefined ? new Promise(() => undefined) : Promise.reject(Object.assign(new Error('x'), { code }));
  if (code !== undefined) commitError.catch(() => undefined);
  return Object.assign(new Error('Commit failed (see commitError for details)'), { commitError });
}

test.each([
  [28, false, 'store_full'],
  [27, false, 'store_full'],
  [5, true, 'store_full'],
  [5, false, 'store_unavailable'],
  [30, true, 'store_unavailable'],
  [undefined, true, 'store_unavailable'],
] as const)('a commit that fails with %s, the disk short: %s, is %s', async (code, short, expected) => {
  const failure = commitFailure(code);
  expect(isCommitFailure(failure)).toBe(true);
  const translated = await translateLmdbError(failure, () => short);
  expect([translated.code, translated.cause]).toEqual([expected, failure]);
});

test('what the action itself threw stays as it is, and is no failed commit', async () => {
  const error = new CommanderError('record_corrupt', 'damaged');
  expect(await translateLmdbError(error, () => true)).toBe(error);
  expect(isCommitFailure(error)).toBe(false);
});
