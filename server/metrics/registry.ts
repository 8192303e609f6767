/**
 * What GET /metrics shows: families of counters, gauges and histograms. A part of the server asks the registry for a
 * family once, keeps the series that it writes to, and so pays for no look-up when something happens.
 */

import { createHistogram, type Histogram, type HistogramCells } from './histogram.ts';
import { renderFamily } from './text.ts';

export interface FamilySpec<L extends string> {
  /** `commander_`, what is measured, its base unit; a counter ends with `_total`. */
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

export interface HistogramSpec<L extends string> extends FamilySpec<L> {
  /** Ascending upper bounds. */
  readonly bounds: readonly number[];
}

export interface Counter {
  /** By an amount of zero or more. */
  add(amount: number): void;
  /** To what somebody else has counted; never back. */
  raiseTo(total: number): void;
}

export interface Gauge {
  /** Undefined takes the series out of the answer: nothing is known. */
  set(value: number | undefined): void;
}

export interface Family<L extends string, T> {
  /**
   * The series with these labels, made when it is first asked for. A label's values come from a closed set, never from
   * a client; a family that grows beyond `maxSeries` nevertheless counts the rest under `other`.
   */
  of(labels: Readonly<Record<L, string>>): T;
}

export interface MetricsRegistry {
  counter<L extends string = never>(spec: FamilySpec<L>): Family<L, Counter>;
  gauge<L extends string = never>(spec: FamilySpec<L>): Family<L, Gauge>;
  histogram<L extends string = never>(spec: HistogramSpec<L>): Family<L, Histogram>;
  /** Called before each answer, for what is read rather than counted. It does not reject and ends within a second. */
  collect(callback: () => void | Promise<void>): void;
  /** The whole in the text exposition format, version 0.0.4. */
  render(): Promise<string>;
}

/** More than any family of ours has: every route with every method and status. */
const maxSeries = 1_000;

const other = 'other';

interface Series<T> {
  readonly labels: readonly string[];
  readonly cell: T;
}

/** Throws RangeError for a name that breaks the rules or stands already: a mistake in the program. */
export function createRegistry(): MetricsRegistry {
  const names = new Set<string>();
  const families: (() => string)[] = [];
  const callbacks: (() => void | Promise<void>)[] = [];

  const family = <L extends string, T>(spec: FamilySpec<L>, create: () => T) => {
    if (!/^commander(_[a-z0-9]+)+$/.test(spec.name) || names.has(spec.name)) {
      throw new RangeError(`${spec.name} is no name for another metric`);
    }
    names.add(spec.name);
    const labelNames = spec.labels ?? [];
    const series = new Map<string, Series<T>>();
    const of = (labels: Readonly<Record<L, string>>): T => {
      const wanted = labelNames.map((name) => labels[name]);
      const values = series.has(wanted.join('\n')) || series.size < maxSeries ? wanted : labelNames.map(() => other);
      const key = values.join('\n');
      const known = series.get(key) ?? { labels: values, cell: create() };
      series.set(key, known);
      return known.cell;
    };
    return { of, series };
  };
  const numbers = <L extends string>(type: 'counter' | 'gauge', spec: FamilySpec<L>) => {
    const { of, series } = family(spec, createNumber);
    families.push(() =>
      renderFamily(
        { ...spec, type },
        [...series.values()].map(({ labels, cell }) => ({ labels, value: cell.value() })),
      ),
    );
    return { of };
  };

  return {
    counter(spec) {
      if (!spec.name.endsWith('_total')) throw new RangeError(`${spec.name} is no name for a counter`);
      return numbers('counter', spec);
    },
    gauge: (spec) => numbers('gauge', spec),
    histogram(spec) {
      const { of, series } = family<string, HistogramCells>(spec, () => createHistogram(spec.bounds));
      families.push(() =>
        renderFamily(
          { ...spec, type: 'histogram' },
          [...series.values()].map(({ labels, cell }) => ({
            labels,
            sum: cell.sum(),
            cumulative: cell.cumulative(),
            bounds: spec.bounds,
          })),
        ),
      );
      return { of };
    },
    collect: (callback) => void callbacks.push(callback),
    async render() {
      await Promise.all(callbacks.map((callback) => callback()));
      return families.map((render) => render()).join('');
    },
  };
}

function createNumber(): Counter & Gauge & { value(): number | undefined } {
  const cell = new Float64Array(1);
  let known = false;
  const write = (value: number): void => {
    cell[0] = value;
    known = true;
  };
  return {
    add: (amount) => write((cell[0] ?? 0) + amount),
    raiseTo: (total) => write(Math.max(cell[0] ?? 0, total)),
    set(value) {
      if (value === undefined) known = false;
      else write(value);
    },
    value: () => (known ? cell[0] : undefined),
  };
}
