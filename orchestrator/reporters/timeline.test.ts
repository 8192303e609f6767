import { expect, test } from 'vitest';
import type { CaseResult } from '../../reports/schema.ts';
import { createRun } from './fixtures/report.ts';
import * as runs from './fixtures/runs.ts';
import { createTimeline, slotCount } from './timeline.ts';

test('every operation of the run is in the lane of operations', () => {
  const run = runs.createGreenRun();
  const { lanes, durationMs } = createTimeline(run, undefined);
  const rates = lanes.find(({ name }) => name === 'Operations a second')?.series.flatMap(({ values }) => values) ?? [];
  const counted = rates.reduce<number>((sum, rate) => sum + (rate ?? 0) * (durationMs / slotCount / 1000), 0);
  const sent = run.results.reduce((sum, { operations: { ok, fail, info } }) => sum + ok + fail + info, 0);
  expect(counted).toBeCloseTo(sent, 3);
});

test('the highest point of the lane of memory is the peak of the run', () => {
  const run = runs.createGreenRun();
  const lane = createTimeline(run, undefined).lanes.find(({ name }) => name === 'Peak memory');
  expect(lane?.peak).toBe(Math.max(...run.results.map(({ peakRssBytes }) => peakRssBytes ?? 0)));
});

test('what was sampled takes the place of the peaks of the cases, where it was sampled', () => {
  const run = runs.createGreenRun();
  const measured = { backend: 'redis', fromMs: 2_000, binMs: 500 } as const;
  const { lanes, durationMs } = createTimeline(run, {
    schemaVersion: 1,
    backends: [{ ...measured, loopLagMs: [1, null, 700], rssBytes: [5e7, null, 9e7], cpuPercent: [3, null, 101] }],
  });
  expect(lanes.map(({ name, peak }) => [name, peak]).slice(1, 4)).toEqual([
    ['Memory', 9e7],
    ['Processor', 101],
    ['Event-loop lag', 700],
  ]);
  const values = lanes.find(({ name }) => name === 'Event-loop lag')?.series[0]?.values ?? [];
  const slotMs = durationMs / slotCount;
  expect(values.findIndex((value) => value !== null)).toBe(Math.floor(2_000 / slotMs));
  expect(values.findLastIndex((value) => value !== null)).toBe(Math.floor(3_499 / slotMs));
});

test('suites that ran one after the other share a row, those that ran together do not', () => {
  const run = runs.createGreenRun();
  expect(createTimeline(run, undefined).suites.map((row) => row.length)).toEqual([9]);
  const [first] = run.results;
  const results = run.results.map((result) => ({ ...result, startedAt: first?.startedAt ?? '' }));
  expect(createTimeline({ ...run, results }, undefined).suites).toHaveLength(9);
});

test('a fault lies where its case lies', () => {
  const disturb = (result: CaseResult): CaseResult =>
    result.id === 'writers/one-key'
      ? { ...result, faults: [{ name: 'kill', target: 'server', fromMs: 5, toMs: 9, evidence: 'exit by SIGKILL' }] }
      : result;
  const run = createRun({ backends: ['lmdb'], alter: disturb });
  const start = Date.parse(run.results.find(({ id }) => id === 'writers/one-key')?.startedAt ?? '');
  const fromMs = start - Date.parse(run.startedAt) + 5;
  expect(createTimeline(run, undefined).faults).toEqual([
    { backend: 'lmdb', name: 'kill on server', fromMs, toMs: fromMs + 4 },
  ]);
});
