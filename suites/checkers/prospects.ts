/**
 * What is known of moves before they are searched, which spares the search most of its choices. Both rules are exact:
 * they leave out orders that end nowhere, or that are as good as one that is tried.
 */

import type { KeyedOperation } from '../history.ts';
import type { Move } from './moves.ts';

export interface Prospects {
  /**
   * Call of the last move that sees a value which one write alone makes: before it the value cannot be left, because it
   * never comes back. Undefined where nobody sees it or several write it.
   */
  heldUntil(value: string): bigint | undefined;
  /**
   * Writes that nobody can notice where another write follows at once: placed for nothing together with one. There are
   * some only on keys that, once there, never go.
   */
  readonly unseen: ReadonlySet<Move>;
}

export const noProspects: Prospects = { heldUntil: () => undefined, unseen: new Set() };

export function findProspects(moves: readonly Move[]): Prospects {
  const operations = moves.map(({ operation }) => operation);
  const writers = new Map<string, number>();
  for (const operation of operations) {
    const value = valueWritten(operation);
    if (value !== undefined) writers.set(value, (writers.get(value) ?? 0) + 1);
  }
  const lastSight = new Map<string, bigint>();
  for (const { operation, call, optional } of moves) {
    const value = optional ? undefined : valueSeen(operation);
    if (value !== undefined && call > (lastSight.get(value) ?? -1n)) lastSight.set(value, call);
  }
  return {
    heldUntil: (value) => (writers.get(value) === 1 ? lastSight.get(value) : undefined),
    unseen: operations.every(leavesPresence) ? unseenOf(moves) : new Set(),
  };
}

/** Neither takes the key away nor can tell one value from another without naming it. */
function leavesPresence(operation: KeyedOperation): boolean {
  const { f, output } = operation;
  if (f === 'delete' || f === 'touch' || output === 'mismatch') return false;
  return f === 'get' || typeof operation.ttlMs !== 'number';
}

function unseenOf(moves: readonly Move[]): ReadonlySet<Move> {
  const values = new Set<string>();
  const versions = new Set<string>();
  for (const { operation } of moves) {
    if (operation.f === 'get' && operation.output !== null) values.add(operation.output);
    if (operation.f !== 'cas') continue;
    if (operation.expected.by === 'value') values.add(operation.expected.value);
    else versions.add(operation.expected.version);
  }
  // Of a write without a known version every comparison may be the sight.
  const isSeen = ({ input, server }: KeyedOperation): boolean =>
    values.has(input ?? '') || (server.version === null ? versions.size > 0 : versions.has(server.version));
  const blind = moves.filter(({ operation }) => operation.f === 'set' && operation.output !== 'created');
  return new Set(blind.filter(({ operation, optional }) => !optional && !isSeen(operation)));
}

function valueWritten(operation: KeyedOperation): string | undefined {
  return operation.type === 'fail' || operation.input === null ? undefined : operation.input;
}

function valueSeen(operation: KeyedOperation): string | undefined {
  if (operation.f === 'get') return operation.output ?? undefined;
  if (operation.f !== 'cas' || operation.type === 'fail' || operation.expected.by !== 'value') return undefined;
  return operation.expected.value;
}
