import { expect, test } from 'vitest';
import { createRun } from './fixtures/report.ts';
import * as runs from './fixtures/runs.ts';
import { renderSentence } from './sentence.ts';

test('a green run says how much holds where', () => {
  expect(renderSentence(runs.createGreenRun())).toBe('All 67 claims hold on lmdb, redis and mongodb');
});

test('a failing run says what fails where, what holds, and what was not tested', () => {
  const report = createRun({
    alter: (result) =>
      result.backend === 'redis' && result.id.startsWith('head/')
        ? runs.fail(result, { expected: '200', actual: '404' })
        : result,
    notTested: [{ what: 'power loss on mongodb', reason: 'needs root', mend: null }],
  });
  expect(renderSentence(report)).toBe(
    '2 of 67 claims fail on redis; lmdb and mongodb hold; not tested: power loss on mongodb (needs root)',
  );
});

test('a run with both says both, for each backend its own count', () => {
  expect(renderSentence(runs.createFailingRun())).toMatch(
    /^2 of 67 claims fail on lmdb and redis, 1 of 67 on mongodb; 2 of 67 claims are inconclusive on mongodb/,
  );
});

test('an inconclusive run never reads as one that holds', () => {
  expect(renderSentence(runs.createInconclusiveRun())).toBe(
    '1 of 67 claims is inconclusive on lmdb and redis, 2 of 67 on mongodb',
  );
});

test('a run of skipped cases alone holds nothing', () => {
  const report = createRun({
    backends: ['lmdb'],
    alter: (result) => ({ ...result, verdict: 'skipped', reasonCode: 'x', reason: 'no clock' }),
  });
  expect(renderSentence(report)).toMatch(
    /^Nothing was tested; not tested: 55 claims of conformance on lmdb \(no clock\)/,
  );
});

test('a run without a store says that nothing was tested', () => {
  expect(renderSentence(runs.createAbsentRun())).toMatch(/^Nothing was tested; not tested: lmdb \(/);
});
