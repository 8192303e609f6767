/** How many operations of a judged case ended when, and how long they took: binned for the plot over time. */

import type { CaseRef } from '../reports/schema.ts';
import type { OperationSeries } from '../reports/series.ts';
import type { Operation } from '../suites/history.ts';

export interface OperationTimes {
  add(operation: Operation): void;
  /** `runStartMs`: when the run began, on the clock of performance.now(). Undefined when nothing was added. */
  series(ref: CaseRef, runStartMs: number): OperationSeries | undefined;
}

const maxBins = 150;
const leastBinMs = 100;

export function createOperationTimes(): OperationTimes {
  // Both clocks at one moment: a history counts nanoseconds, a run milliseconds.
  const zeroNs = process.hrtime.bigint();
  const zeroMs = performance.now();
  const endsMs: number[] = [];
  const tookMs: number[] = [];
  return {
    add({ f, call, return: end }) {
      if (f === 'fence' || f === 'advance') return;
      endsMs.push(zeroMs + Number(end - zeroNs) / 1e6);
      tookMs.push(Number(end - call) / 1e6);
    },
    series({ backend, suite, id }, runStartMs) {
      if (endsMs.length === 0) return undefined;
      const fromMs = Math.max(0, least(endsMs) - runStartMs);
      const spanMs = most(endsMs) - runStartMs - fromMs;
      const binMs = Math.max(leastBinMs, Math.ceil(spanMs / maxBins));
      const bins = Array.from({ length: Math.floor(spanMs / binMs) + 1 }, (): number[] => []);
      for (const [index, endMs] of endsMs.entries()) {
        bins[Math.floor((endMs - runStartMs - fromMs) / binMs)]?.push(tookMs[index] ?? 0);
      }
      for (const bin of bins) bin.sort((a, b) => a - b);
      const quantile = (bin: readonly number[], share: number): number | null => {
        const value = bin[Math.min(bin.length - 1, Math.floor(bin.length * share))];
        return value === undefined ? null : Number(value.toFixed(2));
      };
      return {
        ...{ backend, suite, id, fromMs: Math.round(fromMs), binMs },
        operations: bins.map(({ length }) => length),
        p50Ms: bins.map((bin) => quantile(bin, 0.5)),
        p99Ms: bins.map((bin) => quantile(bin, 0.99)),
      };
    },
  };
}

function least(values: readonly number[]): number {
  return values.reduce((found, value) => Math.min(found, value), Number.POSITIVE_INFINITY);
}

function most(values: readonly number[]): number {
  return values.reduce((found, value) => Math.max(found, value), 0);
}
