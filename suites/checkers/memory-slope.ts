/**
 * Memory stays level: after the warm-up the slope of Theil and Sen (the median of the slopes of all pairs) is not above
 * what is negligible with 95 % confidence, and no sample is above the ceiling. The interval is that of Sen, "Estimates of
 * the regression coefficient based on Kendall's tau", JASA 63 (1968), section 6.
 */

import { Type } from 'typebox';
import type { Checker, CheckVerdict } from './checker.ts';
import { NotApplicable } from './checker.ts';

/** Milliseconds since the start, and bytes. */
export type MemorySample = readonly [atMs: number, bytes: number];

export interface MemorySlopeParameters {
  readonly samples: readonly MemorySample[];
  readonly warmUpMs: number;
  /** Null: no ceiling. */
  readonly ceilingBytes: number | null;
  readonly negligibleBytesPerSecond: number;
}

export const memorySlope: Checker<MemorySlopeParameters> = {
  version: 1,
  parameters: Type.Object(
    {
      samples: Type.Array(Type.Tuple([Type.Number(), Type.Number()])),
      warmUpMs: Type.Number({ minimum: 0 }),
      ceilingBytes: Type.Union([Type.Number(), Type.Null()]),
      negligibleBytesPerSecond: Type.Number({ minimum: 0 }),
    },
    { additionalProperties: false },
  ),
  check: (_operations, parameters) => checkMemory(parameters),
};

/** All pairs of more than these are too many; evenly taken ones are as good. */
const maxSamples = 1_000;
const leastSamples = 10;

function checkMemory({
  samples,
  warmUpMs,
  ceilingBytes,
  negligibleBytesPerSecond,
}: MemorySlopeParameters): CheckVerdict {
  const peak = samples.reduce((most, [, bytes]) => Math.max(most, bytes), 0);
  if (ceilingBytes !== null && peak > ceilingBytes) {
    return violation(`at most ${ceilingBytes} bytes`, `a peak of ${peak} bytes`);
  }
  const start = samples[0]?.[0] ?? 0;
  const warm = samples.filter(([at]) => at - start >= warmUpMs);
  if (warm.length < leastSamples)
    throw new NotApplicable(`${warm.length} samples after the warm-up, ${leastSamples} are needed`);
  const step = Math.ceil(warm.length / maxSamples);
  const { median, low, high } = slopeOf(warm.filter((_, n) => n % step === 0));
  const perSecond = (slope: number): number => Math.round(slope * 1_000);
  if (perSecond(low) > negligibleBytesPerSecond) {
    const actual = `${perSecond(median)} bytes a second more (95 %: ${perSecond(low)} to ${perSecond(high)})`;
    return violation(`no growth above ${negligibleBytesPerSecond} bytes a second`, actual);
  }
  return { verdict: 'holds', counts: { samples: warm.length, 'peak bytes': peak } };
}

function violation(expected: string, actual: string): CheckVerdict {
  return { verdict: 'violated', expected, actual, witness: actual, operations: [] };
}

interface Slope {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Bytes a millisecond. */
function slopeOf(samples: readonly MemorySample[]): Slope {
  const slopes = samples.flatMap(([at, bytes], n) =>
    samples.slice(n + 1).flatMap(([later, then]) => (later === at ? [] : [(then - bytes) / (later - at)])),
  );
  const sorted = Float64Array.from(slopes).sort();
  const n = samples.length;
  const spread = 1.96 * Math.sqrt((n * (n - 1) * (2 * n + 5)) / 18);
  const at = (position: number): number =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(position)))] ?? Number.NaN;
  const half = (sorted.length - 1) / 2;
  return { median: at(half), low: at(half - spread / 2), high: at(half + spread / 2) };
}
