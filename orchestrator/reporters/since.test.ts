import { expect, test } from 'vitest';
import type { RunReport } from '../../reports/schema.ts';
import * as runs from './fixtures/runs.ts';
import { renderSince } from './since.ts';

const now = runs.createFailingRun();
const failing = now.results.find(({ verdict }) => verdict === 'failed');
if (failing === undefined) throw new Error('the failing run has no failure');

function earlier(run: RunReport, day: number): RunReport {
  return { ...run, id: `run-${day}`, startedAt: `2026-03-0${day}T00:00:00.000Z` };
}

test('a failure that earlier runs had tells since when, and when it last passed', () => {
  const older = [earlier(now, 5), earlier(now, 4), earlier(runs.createGreenRun(), 3)];
  const since = renderSince(failing, now, older);
  expect(since.text).toBe(
    'Failing since 2026-03-04 00:00:00 UTC (run-4), 3 runs in a row; last passed in 2026-03-03 00:00:00 UTC (run-3).',
  );
  expect(since.trail).toEqual(['passed', 'failed', 'failed', 'failed']);
});

test('a failure that the run before did not have is new', () => {
  const since = renderSince(failing, now, [earlier(runs.createGreenRun(), 3)]);
  expect(since.text).toMatch(/^New in this run; last passed in 2026-03-03/);
});

test('runs that never judged the claim tell nothing about it', () => {
  expect(renderSince(failing, now, [earlier(runs.createAbsentRun(), 3)]).text).toMatch(/^No earlier run judged/);
});
