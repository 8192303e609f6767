import { parse, validateStrict } from 'ctrf';
import { expect, test } from 'vitest';
import { ctrfReporter } from './ctrf.ts';
import { createContext } from './fixtures/context.ts';
import { plant } from './fixtures/hostile.ts';
import * as runs from './fixtures/runs.ts';

const made = {
  green: runs.createGreenRun(),
  failing: runs.createFailingRun(),
  inconclusive: runs.createInconclusiveRun(),
  absent: runs.createAbsentRun(),
  hostile: plant(runs.createFailingRun()),
};

test.each(Object.entries(made))('the %s run is valid CTRF with every case once', (_name, run) => {
  const report = parse(ctrfReporter.render(run, createContext()));
  expect(() => validateStrict(report)).not.toThrow();
  expect(new Set(report.results.tests.map(({ testId }) => testId)).size).toBe(run.planned.length);
});

test('inconclusive is other, and the totals agree with the report', () => {
  const run = runs.createFailingRun();
  const { results } = parse(ctrfReporter.render(run, createContext()));
  expect(results.summary).toMatchObject({ tests: 201, passed: 194, failed: 5, other: 2, skipped: 0, pending: 0 });
  const other = results.tests.filter(({ status }) => status === 'other');
  expect(other.map(({ rawStatus }) => rawStatus)).toEqual(['inconclusive', 'inconclusive']);
});
