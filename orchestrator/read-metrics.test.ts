import { expect, test } from 'vitest';
import { type LagCounts, longestLagSeconds, readMetrics } from './read-metrics.ts';

const text = `# HELP commander_event_loop_lag_seconds How late.
# TYPE commander_event_loop_lag_seconds histogram
commander_event_loop_lag_seconds_bucket{le="0.01"} 4
commander_event_loop_lag_seconds_bucket{le="1"} 5
commander_event_loop_lag_seconds_bucket{le="+Inf"} 5
commander_event_loop_lag_seconds_sum 0.52
commander_event_loop_lag_seconds_count 5
commander_process_resident_memory_bytes 1.5e7
commander_process_cpu_seconds_total{mode="user"} 1.5
commander_process_cpu_seconds_total{mode="system"} 0.25
`;

function counts(sumSeconds: number, cumulative: readonly number[]): LagCounts {
  const bounds = [0.01, 1, Number.POSITIVE_INFINITY];
  const buckets = bounds.map((maxSeconds, index) => ({ maxSeconds, count: cumulative[index] ?? 0 }));
  return { sumSeconds, count: cumulative.at(-1) ?? 0, buckets };
}

test('memory, processor and lag are read', () => {
  expect(readMetrics(text)).toEqual({ rssBytes: 15_000_000, cpuSeconds: 1.75, lag: counts(0.52, [4, 5, 5]) });
});

test('what a server does not tell is undefined', () => {
  expect(readMetrics('<html>\n')).toEqual({ rssBytes: undefined, cpuSeconds: undefined, lag: undefined });
});

test('one stall among idle looks is told by the sum, many by the bound of their bucket', () => {
  const before = counts(0.1, [10, 10, 10]);
  expect(longestLagSeconds(before, counts(0.6, [20, 21, 21]))).toBeCloseTo(0.5);
  expect(longestLagSeconds(before, counts(9.1, [10, 40, 40]))).toBe(1);
  expect(longestLagSeconds(before, counts(7.1, [10, 10, 11]))).toBeCloseTo(7);
  expect(longestLagSeconds(before, counts(0.101, [12, 12, 12]))).toBeCloseTo(0.001);
});

test('nothing new, and another process, tell nothing', () => {
  const before = counts(0.1, [10, 10, 10]);
  expect(longestLagSeconds(before, before)).toBeUndefined();
  expect(longestLagSeconds(before, counts(0.01, [2, 2, 2]))).toBeUndefined();
});
