import { type BackendName, backendNames, type CaseResult, type RunReport } from '../../reports/schema.ts';
import type { BackendSeries, OperationSeries, RunSeries } from '../../reports/series.ts';
import { epochMsOf, renderBytes, renderCount } from './quantities.ts';

/** A quantity over the run: one list of values a backend, one value a slot, null where nothing is known. */
export interface Lane {
  readonly name: string;
  readonly peak: number;
  readonly series: readonly LaneSeries[];
  readonly render: (value: number) => string;
}

interface LaneSeries {
  readonly backend: BackendName;
  /** Empty, or what tells two series of one backend apart: `p99`. */
  readonly label: string;
  readonly values: readonly (number | null)[];
}

/** From and to in milliseconds since the run began. */
export interface Span {
  readonly backend: BackendName;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Timeline {
  readonly durationMs: number;
  readonly backends: readonly BackendName[];
  /** When each suite ran on each backend, in as few rows as keep them apart. */
  readonly suites: readonly (readonly Span[])[];
  readonly faults: readonly Span[];
  readonly lanes: readonly Lane[];
}

export const slotCount = 240;
/** Starts are cut to whole milliseconds, durations are not. */
const clockStepMs = 1;

interface Placed {
  readonly result: CaseResult;
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The run over time, as far as its cases tell: operations and their latencies as a history has them; else operations
 * spread evenly over the case that sent them, and the latencies of a load case over all of it. A case's own times for its faults count from its start. Memory, processor and event loop
 * are as they were sampled; without samples the peak memory of a case stands for all of it.
 */
export function createTimeline(report: RunReport, series: RunSeries | undefined): Timeline {
  const placed = place(report);
  const durationMs = Math.max(report.durationMs, ...placed.map(({ toMs }) => toMs), 1);
  const backends = backendNames.filter((name) => placed.some(({ result }) => result.backend === name));
  const lane = (name: string, render: Lane['render'], series: readonly LaneSeries[]): Lane => ({
    name,
    render,
    series: series.filter(({ values }) => values.some((value) => value !== null && value > 0)),
    peak: Math.max(0, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))),
  });
  const recorded = series?.operations ?? [];
  const measured = (series?.backends ?? []).filter(({ backend }) => backends.includes(backend));
  const sampled = (
    name: string,
    render: Lane['render'],
    of: (one: BackendSeries) => readonly (number | null)[],
  ): Lane =>
    lane(
      name,
      render,
      measured.map((one) => ({
        backend: one.backend,
        label: '',
        values: inSlots(one, of(one), durationMs),
      })),
    );
  const of = (backend: BackendName): readonly Placed[] => placed.filter(({ result }) => result.backend === backend);
  const lanes = [
    lane(
      'Operations a second',
      (value) => `${renderCount(Math.round(value))}/s`,
      backends.map((backend) => ({
        backend,
        label: '',
        values: operationsOf(
          of(backend),
          recorded.filter((one) => one.backend === backend),
          durationMs,
        ),
      })),
    ),
    series === undefined
      ? lane(
          'Peak memory',
          renderBytes,
          backends.map((backend) => ({
            backend,
            label: '',
            values: highest(of(backend), durationMs, ({ peakRssBytes }) => peakRssBytes),
          })),
        )
      : sampled('Memory', renderBytes, ({ rssBytes }) => rssBytes),
    sampled(
      'Processor',
      (value) => `${renderCount(Math.round(value))} %`,
      ({ cpuPercent }) => cpuPercent,
    ),
    sampled(
      'Event-loop lag',
      (value) => `${renderCount(Number(value.toPrecision(3)))} ms`,
      ({ loopLagMs }) => loopLagMs,
    ),
    lane(
      'Latency',
      (value) => `${renderCount(Number(value.toPrecision(3)))} ms`,
      backends.flatMap((backend) =>
        ['p50', 'p99'].map((label) => ({
          backend,
          label,
          values: highestOf([
            highest(of(backend), durationMs, (result) => latencyOf(result, label)),
            ...recorded
              .filter((one) => one.backend === backend)
              .map((one) => inSlots(one, label === 'p50' ? one.p50Ms : one.p99Ms, durationMs)),
          ]),
        })),
      ),
    ),
  ];
  return {
    durationMs,
    backends,
    suites: packSpans(suiteSpans(placed)),
    faults: placed.flatMap(faultSpans),
    lanes: lanes.filter(({ series }) => series.length > 0),
  };
}

function place(report: RunReport): readonly Placed[] {
  const zeroMs = epochMsOf(report.startedAt);
  return report.results
    .filter(({ verdict }) => verdict !== 'skipped')
    .map((result) => {
      const fromMs = Math.max(0, epochMsOf(result.startedAt) - zeroMs);
      return { result, fromMs, toMs: fromMs + result.durationMs };
    });
}

function slotsOf({ fromMs, toMs }: Placed, durationMs: number): { readonly first: number; readonly last: number } {
  const slotOf = (timeMs: number): number => Math.min(slotCount - 1, Math.floor((timeMs / durationMs) * slotCount));
  return { first: slotOf(fromMs), last: slotOf(toMs) };
}

/** Spread evenly over each case, but as they really ended where the case has a history. */
function operationsOf(
  placed: readonly Placed[],
  recorded: readonly OperationSeries[],
  durationMs: number,
): readonly (number | null)[] {
  const told = new Set(recorded.map(({ suite, id }) => `${suite} ${id}`));
  const rest = placed.filter(({ result }) => !told.has(`${result.suite} ${result.id}`));
  const rates = recorded.map((one) =>
    inSlots(
      one,
      one.operations.map((count) => (count * 1000) / one.binMs),
      durationMs,
    ),
  );
  return highestOf([spreadOperations(rest, durationMs), ...rates]);
}

function highestOf(lists: readonly (readonly (number | null)[])[]): readonly (number | null)[] {
  return Array.from({ length: slotCount }, (_, slot) => {
    const values = lists.flatMap((list) => list[slot] ?? []);
    return values.length === 0 ? null : Math.max(...values);
  });
}

function spreadOperations(placed: readonly Placed[], durationMs: number): readonly (number | null)[] {
  const values = new Array<number | null>(slotCount).fill(null);
  const slotSeconds = durationMs / slotCount / 1000;
  for (const one of placed) {
    const { ok, fail, info } = one.result.operations;
    const { first, last } = slotsOf(one, durationMs);
    const share = (ok + fail + info) / (last - first + 1) / slotSeconds;
    for (let slot = first; slot <= last; slot += 1) values[slot] = (values[slot] ?? 0) + share;
  }
  return values;
}

function highest(
  placed: readonly Placed[],
  durationMs: number,
  measure: (result: CaseResult) => number | null,
): readonly (number | null)[] {
  const values = new Array<number | null>(slotCount).fill(null);
  for (const one of placed) {
    const value = measure(one.result);
    if (value === null || value <= 0) continue;
    const { first, last } = slotsOf(one, durationMs);
    for (let slot = first; slot <= last; slot += 1) values[slot] = Math.max(values[slot] ?? 0, value);
  }
  return values;
}

/** The highest of the bins that a slot touches; a slot that none touches keeps what the bin around it says. */
function inSlots(
  { fromMs, binMs }: Pick<BackendSeries, 'fromMs' | 'binMs'>,
  bins: readonly (number | null)[],
  durationMs: number,
): readonly (number | null)[] {
  const values = new Array<number | null>(slotCount).fill(null);
  const slotOf = (timeMs: number): number => Math.min(slotCount - 1, Math.floor((timeMs / durationMs) * slotCount));
  for (const [index, value] of bins.entries()) {
    if (value === null) continue;
    const last = slotOf(fromMs + (index + 1) * binMs - clockStepMs);
    for (let slot = slotOf(fromMs + index * binMs); slot <= last; slot += 1) {
      values[slot] = Math.max(values[slot] ?? 0, value);
    }
  }
  return values;
}

function latencyOf({ suite, measurements }: CaseResult, quantile: string): number | null {
  if (suite !== 'load') return null;
  return measurements.find(({ name, unit }) => unit === 'ms' && name.endsWith(` ${quantile}`))?.value ?? null;
}

function suiteSpans(placed: readonly Placed[]): readonly Span[] {
  const groups = Map.groupBy(placed, ({ result }) => `${result.backend} ${result.suite}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const name = first.result.suite;
    const fromMs = Math.min(...group.map((one) => one.fromMs));
    return [{ backend: first.result.backend, name, fromMs, toMs: Math.max(...group.map((one) => one.toMs)) }];
  });
}

/** Each span goes into the first row that is free by then. */
function packSpans(spans: readonly Span[]): readonly (readonly Span[])[] {
  const rows: Span[][] = [];
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const free = rows.find((row) => (row.at(-1)?.toMs ?? 0) <= span.fromMs + clockStepMs);
    if (free === undefined) rows.push([span]);
    else free.push(span);
  }
  return rows;
}

function faultSpans({ result, fromMs }: Placed): readonly Span[] {
  return result.faults.map((fault) => ({
    backend: result.backend,
    name: `${fault.name} on ${fault.target}`,
    fromMs: fromMs + fault.fromMs,
    toMs: fromMs + fault.toMs,
  }));
}
