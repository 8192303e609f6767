/** Collects what samplers see into bins of time: as many as a plot can show, however long the run takes. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendName, CaseRef, RunReport } from '../reports/schema.ts';
import { type BackendSeries, checkSeries, type OperationSeries, type RunSeries } from '../reports/series.ts';
import type { OperationTimes } from './operation-series.ts';

export const seriesFile = 'series.json';

const quantities = ['loopLagMs', 'rssBytes', 'cpuPercent'] as const;
export type Quantity = (typeof quantities)[number];

export interface SeriesRecorder {
  /** The value counts from `fromMs` to `toMs`, on the clock of performance.now(). */
  record(backend: BackendName, quantity: Quantity, sample: Sample): void;
  /** What the history of a case says of it over time. */
  recordCase(ref: CaseRef, times: OperationTimes): void;
  series(): RunSeries;
}

export interface Sample {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: number;
}

const firstBinMs = 500;
const maxBins = 600;

type Bin = Partial<Record<Quantity, number>>;

interface Bins {
  binMs: number;
  /** By number since the run began. */
  at: Map<number, Bin>;
}

/** `startMs` is when the run began. */
export function createSeriesRecorder(startMs: number): SeriesRecorder {
  const backends = new Map<BackendName, Bins>();
  const operations: OperationSeries[] = [];
  return {
    record(backend, quantity, { fromMs, toMs, value }) {
      const bins = backends.get(backend) ?? { binMs: firstBinMs, at: new Map() };
      backends.set(backend, bins);
      const numberOf = (timeMs: number): number => Math.floor(Math.max(0, timeMs - startMs) / bins.binMs);
      for (let number = numberOf(fromMs); number <= numberOf(toMs); number += 1) {
        raise(bins.at, number, { [quantity]: value });
      }
      while (spanOf(bins.at) > maxBins) halve(bins);
    },
    recordCase(ref, times) {
      const found = times.series(ref, startMs);
      if (found !== undefined) operations.push(found);
    },
    series: () => ({
      schemaVersion: 1,
      backends: [...backends].filter(([, { at }]) => at.size > 0).map(([backend, bins]) => seriesOf(backend, bins)),
      ...(operations.length === 0 ? {} : { operations }),
    }),
  };
}

/** Writes the series beside the report and answers with the path that the report names; null without any. */
export function writeSeries(series: RunSeries, runFolder: string): string | null {
  if (series.backends.length === 0 && series.operations === undefined) return null;
  writeFileSync(join(runFolder, seriesFile), `${JSON.stringify(checkSeries(series))}\n`);
  return seriesFile;
}

/** The series that the report names; undefined where it names none or they were not kept. */
export function readSeries({ series }: RunReport, runFolder: string): RunSeries | undefined {
  if (series === null) return undefined;
  const file = join(runFolder, series);
  return existsSync(file) ? checkSeries(JSON.parse(readFileSync(file, 'utf8'))) : undefined;
}

function raise(at: Map<number, Bin>, number: number, values: Bin): void {
  const bin = at.get(number) ?? {};
  for (const quantity of quantities) {
    const value = values[quantity];
    if (value !== undefined) bin[quantity] = Math.max(bin[quantity] ?? 0, value);
  }
  at.set(number, bin);
}

function halve(bins: Bins): void {
  const wider = new Map<number, Bin>();
  for (const [number, bin] of bins.at) raise(wider, Math.floor(number / 2), bin);
  bins.at = wider;
  bins.binMs *= 2;
}

function spanOf(at: ReadonlyMap<number, Bin>): number {
  const numbers = [...at.keys()];
  return Math.max(...numbers) - Math.min(...numbers) + 1;
}

function seriesOf(backend: BackendName, { binMs, at }: Bins): BackendSeries {
  const first = Math.min(...at.keys());
  const valuesOf = (quantity: Quantity, digits: number): (number | null)[] =>
    Array.from({ length: spanOf(at) }, (_, index) => {
      const value = at.get(first + index)?.[quantity];
      return value === undefined ? null : Number(value.toFixed(digits));
    });
  return {
    backend,
    fromMs: first * binMs,
    binMs,
    loopLagMs: valuesOf('loopLagMs', 1),
    rssBytes: valuesOf('rssBytes', 0),
    cpuPercent: valuesOf('cpuPercent', 0),
  };
}
