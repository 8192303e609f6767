/** The part of GET /metrics that the harness looks at. */

/** Counters since the server began. */
export interface ServerMetrics {
  readonly rssBytes: number | undefined;
  readonly cpuSeconds: number | undefined;
  readonly lag: LagCounts | undefined;
}

/** A histogram as it is exposed: how often the event loop was late by at most so much. */
export interface LagCounts {
  readonly sumSeconds: number;
  readonly count: number;
  readonly buckets: readonly { readonly maxSeconds: number; readonly count: number }[];
}

export function readMetrics(text: string): ServerMetrics {
  const samples = text.split('\n').flatMap((line) => {
    const [, name = '', labels = '', value = ''] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
    return name === '' ? [] : [{ name, labels, value: Number(value) }];
  });
  const one = (name: string): number | undefined => samples.find((sample) => sample.name === name)?.value;
  const cpu = samples.filter(({ name }) => name === 'commander_process_cpu_seconds_total');
  const sumSeconds = one('commander_event_loop_lag_seconds_sum');
  const count = one('commander_event_loop_lag_seconds_count');
  const buckets = samples
    .filter(({ name }) => name === 'commander_event_loop_lag_seconds_bucket')
    .map((sample) => {
      const bound = /le="([^"]+)"/.exec(sample.labels)?.[1];
      return { maxSeconds: bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), count: sample.value };
    });
  return {
    rssBytes: one('commander_process_resident_memory_bytes'),
    cpuSeconds: cpu.length === 0 ? undefined : cpu.reduce((sum, { value }) => sum + value, 0),
    lag: sumSeconds === undefined || count === undefined ? undefined : { sumSeconds, count, buckets },
  };
}

/**
 * The longest lag between two readings in seconds; undefined when nothing was counted or another process answered.
 * The highest bucket that grew says how long it was at most, and no single lag is longer than all of them together,
 * so one stall among idle looks is told almost exactly.
 */
export function longestLagSeconds(before: LagCounts, after: LagCounts): number | undefined {
  if (after.count <= before.count || after.sumSeconds < before.sumSeconds) return undefined;
  const grown = (index: number): number => (after.buckets[index]?.count ?? 0) - (before.buckets[index]?.count ?? 0);
  const highest = after.buckets.find((_, index) => grown(index) === after.count - before.count);
  return Math.min(highest?.maxSeconds ?? Number.POSITIVE_INFINITY, after.sumSeconds - before.sumSeconds);
}
