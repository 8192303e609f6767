import { expect, test } from 'vitest';
import { checkSeries } from '../reports/series.ts';
import { createSeriesRecorder } from './series.ts';

test('a bin keeps the highest of its samples, and a sample counts in every bin it touches', () => {
  const recorder = createSeriesRecorder(1_000);
  recorder.record('lmdb', 'rssBytes', { fromMs: 2_100, toMs: 2_100, value: 5 });
  recorder.record('lmdb', 'rssBytes', { fromMs: 2_400, toMs: 2_400, value: 7 });
  recorder.record('lmdb', 'rssBytes', { fromMs: 2_450, toMs: 2_450, value: 6 });
  recorder.record('lmdb', 'loopLagMs', { fromMs: 2_400, toMs: 3_600, value: 1_200.04 });
  expect(recorder.series().backends).toEqual([
    {
      backend: 'lmdb',
      fromMs: 1_000,
      binMs: 500,
      rssBytes: [7, null, null, null],
      loopLagMs: [1_200, 1_200, 1_200, 1_200],
      cpuPercent: [null, null, null, null],
    },
  ]);
});

test('however long a run takes, a backend has at most 600 bins, and its peak is among them', () => {
  const recorder = createSeriesRecorder(0);
  for (let atMs = 90_000; atMs < 3_600_000; atMs += 250) {
    const value = atMs === 1_800_000 ? 999 : atMs % 97;
    recorder.record('redis', 'cpuPercent', { fromMs: atMs, toMs: atMs, value });
  }
  const series = checkSeries(recorder.series());
  const [redis] = series.backends;
  expect(redis?.cpuPercent.length).toBeLessThanOrEqual(600);
  expect(redis?.cpuPercent).not.toContain(null);
  const at = (redis?.fromMs ?? 0) + (redis?.cpuPercent.indexOf(999) ?? -1) * (redis?.binMs ?? 0);
  expect(1_800_000 - at).toBeGreaterThanOrEqual(0);
  expect(1_800_000 - at).toBeLessThan(redis?.binMs ?? 0);
  expect(JSON.stringify(series).length).toBeLessThan(20_000);
});

test.each<[string, unknown]>([
  ['of unequal lengths', { backend: 'lmdb', fromMs: 0, binMs: 1, loopLagMs: [1], rssBytes: [], cpuPercent: [1] }],
  ['below zero', { backend: 'lmdb', fromMs: 0, binMs: 1, loopLagMs: [-1], rssBytes: [1], cpuPercent: [1] }],
  ['of no backend', { backend: 'x', fromMs: 0, binMs: 1, loopLagMs: [], rssBytes: [], cpuPercent: [] }],
])('series %s are refused', (_, one) => {
  expect(() => checkSeries({ schemaVersion: 1, backends: [one] })).toThrow();
});
