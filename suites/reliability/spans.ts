/** Times in a history in which something happened, and what it met. */

import { renderWitness } from '../checkers/witness.ts';
import type { Operation } from '../history.ts';
import { CaseFailed } from '../verdict.ts';

/** A time in which something happened, of the clock of histories. */
export interface Span {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** What began and ended in that time. */
export function insideOf(operations: readonly Operation[], { fromNs, toNs }: Span): readonly Operation[] {
  return operations.filter((one) => one.call > fromNs && one.return < toNs);
}

/** How many operations were under way when the first in that time was lost; 0 when none was. */
export function countLostTogether(operations: readonly Operation[], { fromNs, toNs }: Span): number {
  const ends = operations
    .filter((one) => one.type === 'info' && one.return > fromNs && one.return < toNs)
    .map((one) => one.return);
  const first = ends.reduce((earliest, end) => (end < earliest ? end : earliest), ends[0] ?? 0n);
  const requests = operations.filter(({ f }) => f !== 'fence');
  return requests.filter((one) => one.call <= first && one.return >= first).length;
}

/** Throws when there is one of them. */
export function demandNone(operations: readonly Operation[], expected: string, actual: string): void {
  if (operations.length === 0) return;
  const witness = renderWitness(actual, operations.slice(0, 5));
  throw new CaseFailed(expected, `${operations.length} operations ${actual}`, { witness });
}
