/** The writes of each key, whatever made them, and what was read of it. */

import { byCall, type Fence, type Get, groupByKey, isKeyed, type Operation } from '../history.ts';

/** What an operation left at a key, or may have. */
export interface Write {
  readonly operation: Operation;
  /** Null: deleted. Undefined: as it was (touch). */
  readonly value: string | null | undefined;
}

export interface KeyHistory {
  /** By call; those that provably did nothing are left out. */
  readonly writes: readonly Write[];
  /** Answered reads, by call. */
  readonly gets: readonly Get[];
}

export function keyHistories(operations: readonly Operation[]): ReadonlyMap<string, KeyHistory> {
  const histories = new Map<string, KeyHistory>();
  for (const [key, own] of groupByKey(operations)) {
    const inOrder = [...own].sort(byCall);
    const gets = inOrder.filter((one): one is Get => one.f === 'get' && one.type === 'ok');
    histories.set(key, { writes: inOrder.flatMap((one) => writesTo(key, one)), gets });
  }
  return histories;
}

function writesTo(key: string, operation: Operation): readonly Write[] {
  if (operation.type === 'fail' || operation.f === 'get') return [];
  if (isKeyed(operation)) {
    if (operation.f === 'touch') return [{ operation, value: undefined }];
    return [{ operation, value: operation.input }];
  }
  if (operation.f !== 'batch') return [];
  const own = operation.input.writes.filter((write) => write.key === key);
  return own.map(({ value }) => ({ operation, value }));
}

/** Deaths that were confirmed, in time. */
export function deathsIn(operations: readonly Operation[]): readonly Fence[] {
  return operations.filter((one): one is Fence => one.f === 'fence' && one.type === 'ok').sort(byCall);
}
