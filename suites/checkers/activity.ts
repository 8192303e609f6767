/** Judges nothing: counts what a history holds, so that a case can demand that enough happened. */

import { Type } from 'typebox';
import { countOverlaps, isKeyed, type Operation } from '../history.ts';
import type { Checker } from './checker.ts';
import { deathsIn } from './writes.ts';

export const activity: Checker<Readonly<Record<string, never>>> = {
  version: 1,
  parameters: Type.Object({}, { additionalProperties: false }),
  check(operations) {
    const counts: Record<string, number> = {
      overlaps: countOverlaps(operations),
      'values read': new Set(operations.flatMap((one) => (one.f === 'get' && one.type === 'ok' ? [one.output] : [])))
        .size,
      'without an outcome': operations.filter(({ type }) => type === 'info').length,
      'under way at a death': underWayAtDeath(operations),
    };
    // `ok set`, `fail cas`, and so on.
    for (const { type, f } of operations) counts[`${type} ${f}`] = (counts[`${type} ${f}`] ?? 0) + 1;
    return { verdict: 'holds', counts };
  },
};

/** The fewest operations on keys that a death met; 0 without any death. */
export function underWayAtDeath(operations: readonly Operation[]): number {
  const met = deathsIn(operations).map(({ call, return: end }) => {
    const isOpen = (one: Operation): boolean => one.call <= end && (one.type === 'info' || one.return >= call);
    return operations.filter((one) => (isKeyed(one) || one.f === 'batch') && isOpen(one) && one.return >= call).length;
  });
  return met.length === 0 ? 0 : Math.min(...met);
}
