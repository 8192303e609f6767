/**
 * What a bounded store or cache keeps, against a reference of the same size on the same trace: reads hit about as often,
 * and the hot keys survive. A store that samples its victims is held to a band, never to the very keys.
 */

import { Type } from 'typebox';
import { byCall, type Operation } from '../history.ts';
import type { Checker, CheckVerdict, Violation } from './checker.ts';

export interface HitRatioParameters {
  readonly policy: 'lru' | 'lfu';
  /** Of the reference, in keys. */
  readonly capacity: number;
  /** How far below the reference the ratio may be: 0.05 is 5 of 100 reads. */
  readonly tolerance: number;
  readonly hotKeys: readonly string[];
  readonly leastHotRatio: number;
  /** Operations at the beginning that fill it and do not count. */
  readonly warmUp: number;
  /** True of a cache that fetches what it has not: a read that misses puts the key in. */
  readonly fillsOnMiss: boolean;
}

export const hitRatio: Checker<HitRatioParameters> = {
  version: 1,
  parameters: Type.Object(
    {
      policy: Type.Union([Type.Literal('lru'), Type.Literal('lfu')]),
      capacity: Type.Integer({ minimum: 1 }),
      tolerance: Type.Number({ minimum: 0, maximum: 1 }),
      hotKeys: Type.Array(Type.String()),
      leastHotRatio: Type.Number({ minimum: 0, maximum: 1 }),
      warmUp: Type.Integer({ minimum: 0 }),
      fillsOnMiss: Type.Boolean(),
    },
    { additionalProperties: false },
  ),
  check: checkHitRatio,
};

interface Tally {
  reads: number;
  hits: number;
  expected: number;
  hotReads: number;
  hotHits: number;
}

function checkHitRatio(operations: readonly Operation[], parameters: HitRatioParameters): CheckVerdict {
  const { tolerance, leastHotRatio } = parameters;
  const { reads, hits, expected, hotReads, hotHits } = tallyOf(operations, parameters);
  const percent = (part: number, whole: number): string => `${((100 * part) / Math.max(1, whole)).toFixed(1)} %`;
  if (hits / Math.max(1, reads) < expected / Math.max(1, reads) - tolerance) {
    const band = `at least ${percent(expected - tolerance * reads, reads)} of reads to hit (reference: ${percent(expected, reads)})`;
    return violation(band, percent(hits, reads));
  }
  if (hotReads > 0 && hotHits / hotReads < leastHotRatio) {
    const least = percent(leastHotRatio, 1);
    return violation(`at least ${least} of reads of hot keys to hit`, percent(hotHits, hotReads));
  }
  return { verdict: 'holds', counts: { reads, hits, misses: reads - hits, 'hot reads': hotReads } };
}

function tallyOf(operations: readonly Operation[], parameters: HitRatioParameters): Tally {
  const { policy, capacity, hotKeys, warmUp, fillsOnMiss } = parameters;
  const reference = createReference(policy, capacity);
  const hot = new Set(hotKeys);
  const tally: Tally = { reads: 0, hits: 0, expected: 0, hotReads: 0, hotHits: 0 };
  for (const [n, one] of [...operations].sort(byCall).entries()) {
    if (one.type !== 'ok' || one.key === null) continue;
    if (one.f !== 'get') {
      if (one.f === 'delete') reference.drop(one.key);
      else reference.put(one.key);
      continue;
    }
    const expected = reference.has(one.key);
    if (!expected && fillsOnMiss) reference.put(one.key);
    if (n < warmUp) continue;
    const hit = one.output !== null;
    tally.reads += 1;
    tally.hits += Number(hit);
    tally.expected += Number(expected);
    if (!hot.has(one.key)) continue;
    tally.hotReads += 1;
    tally.hotHits += Number(hit);
  }
  return tally;
}

function violation(expected: string, actual: string): Violation {
  return { verdict: 'violated', expected, actual, witness: `${actual}, not ${expected}`, operations: [] };
}

interface Reference {
  put(key: string): void;
  /** Also notes the use. */
  has(key: string): boolean;
  drop(key: string): void;
}

function createReference(policy: HitRatioParameters['policy'], capacity: number): Reference {
  // In the order of last use, with the number of uses.
  const uses = new Map<string, number>();
  const use = (key: string): void => {
    const count = (uses.get(key) ?? 0) + 1;
    uses.delete(key);
    uses.set(key, count);
  };
  const victim = (): string | undefined => {
    const [oldest] = uses.keys();
    if (policy === 'lru') return oldest;
    let least: [string, number] | undefined;
    for (const entry of uses) if (least === undefined || entry[1] < least[1]) least = entry;
    return least?.[0];
  };
  return {
    put(key) {
      if (!uses.has(key) && uses.size >= capacity) uses.delete(victim() ?? '');
      use(key);
    },
    has(key) {
      const held = uses.has(key);
      if (held) use(key);
      return held;
    },
    drop: (key) => void uses.delete(key),
  };
}
