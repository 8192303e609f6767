import { expect, test } from 'vitest';
import type { Operation } from '../suites/history.ts';
import { createOperationTimes } from './operation-series.ts';

const ref = { backend: 'lmdb', suite: 'reliability', id: 'crash/x' } as const;

test('operations are counted in the bin in which they ended, with the quantiles of how long they took', () => {
  const runStartMs = performance.now();
  const times = createOperationTimes();
  const zeroNs = process.hrtime.bigint();
  const at = (ms: number): bigint => zeroNs + BigInt(ms) * 1_000_000n;
  const add = (f: string, from: number, to: number): void =>
    times.add({ f, call: at(from), return: at(to) } as unknown as Operation);
  for (let i = 0; i < 99; i += 1) add('set', 1_000, 1_002);
  add('get', 1_000, 1_050);
  add('get', 1_400, 1_430);
  add('fence', 0, 9_000);
  const series = times.series(ref, runStartMs);
  expect(series).toMatchObject({ ...ref, binMs: 100, operations: [100, 0, 0, 0, 1] });
  expect(series?.p50Ms).toEqual([2, null, null, null, 30]);
  expect(series?.p99Ms[0]).toBe(50);
  expect(Math.abs((series?.fromMs ?? 0) - 1_002)).toBeLessThan(50);
});

test('a case without operations has no series', () => {
  expect(createOperationTimes().series(ref, 0)).toBeUndefined();
});
