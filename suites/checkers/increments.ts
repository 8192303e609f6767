/**
 * No lost update: every acknowledged compare-and-set begins at the value that exactly one write made, so that they
 * form one chain from the first value to the last.
 */

import type { Operation } from '../history.ts';

export const incrementsVersion = 'increments-1';

export interface Ends {
  /** ETag of the write of 0 that all begins with. */
  readonly first: string;
  readonly final: { readonly value: number; readonly etag: string };
}

export interface BrokenChain {
  readonly expected: string;
  readonly reason: string;
  readonly operations: readonly Operation[];
}

/** `input` of an operation is `etag n -> n + 1`, its server version the ETag that it made. Undefined: one chain. */
export function checkIncrements(operations: readonly Operation[], { first, final }: Ends): BrokenChain | undefined {
  const acknowledged = operations.filter(({ type }) => type === 'ok');
  const unknown = operations.filter(({ type }) => type === 'info');
  const byFrom = Map.groupBy(acknowledged, ({ input }) => fromOf(input));
  for (const [from, group] of byFrom) {
    if (group.length === 1) continue;
    const expected = 'one successor of every write';
    return { expected, reason: `${group.length} acknowledged writes began at ${from}`, operations: group };
  }
  const [least, most] = [acknowledged.length, acknowledged.length + unknown.length];
  if (final.value < least || final.value > most) {
    const expected = least === most ? `a counter of ${least}` : `a counter of ${least} to ${most}`;
    return { expected, reason: `the counter ends at ${final.value}`, operations: acknowledged.slice(-3) };
  }
  if (unknown.length > 0) return undefined;
  return followChain(byFrom, acknowledged.length, { first, final });
}

function followChain(
  byFrom: ReadonlyMap<string, readonly Operation[]>,
  length: number,
  { first, final }: Ends,
): BrokenChain | undefined {
  let etag = first;
  let last: Operation | undefined;
  for (let step = 0; step < length; step += 1) {
    const next = byFrom.get(etag)?.[0];
    if (next === undefined) {
      const shown = last === undefined ? [...byFrom.values()].flat().slice(0, 2) : [last];
      return { expected: 'one chain of acknowledged writes', reason: `nothing follows ${etag}`, operations: shown };
    }
    last = next;
    etag = next.server.version ?? '';
  }
  if (etag === final.etag) return undefined;
  return {
    expected: `the last acknowledged write, ${etag}, to be what is stored`,
    reason: `${final.etag} is stored`,
    operations: last === undefined ? [] : [last],
  };
}

function fromOf(input: string | null): string {
  return input?.split(' ', 1)[0] ?? '';
}
