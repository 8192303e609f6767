/** Prepares the operations of one key for a search: what can be told, when it began, and when it must have happened. */

import type { Fence, KeyedOperation, Operation } from '../history.ts';
import { isKeyed } from '../history.ts';
import type { ServerTime } from './server-time.ts';

/** An operation of one key that a search has to place. */
export interface Move {
  readonly operation: KeyedOperation;
  readonly call: bigint;
  /** By then it has happened, or, where it is optional, it never will. Undefined: it may still. */
  readonly end: bigint | undefined;
  /** It may also never have happened. */
  readonly optional: boolean;
  /** The server's clock, in ms, while it happened. */
  readonly earliestMs: number;
  readonly latestMs: number;
}

/** `operations`: those of the key. `fences`: all of the history. */
export function movesOf(
  key: string,
  operations: readonly Operation[],
  { fences, time }: { readonly fences: readonly Fence[]; readonly time: ServerTime },
): readonly Move[] {
  const own = operations.flatMap((operation) => (isKeyed(operation) ? [operation] : partsOf(key, operation)));
  const moves = own.filter(isTelling).map((operation): Move => {
    const optional = operation.type === 'info';
    const end = optional ? endOfHope(operation, fences) : operation.return;
    return {
      operation,
      call: operation.call,
      end,
      optional,
      earliestMs: time.earliest(operation.call),
      latestMs: end === undefined ? Number.POSITIVE_INFINITY : time.latest(end),
    };
  });
  return neededMoves(moves);
}

/**
 * Leaves out what may not have happened and what nothing can be explained by: its value was not seen, and nothing found
 * the key there, or gone, or changed.
 */
export function neededMoves(moves: readonly Move[]): readonly Move[] {
  const sights = sightsOf(moves);
  return moves.filter(({ operation, optional }) => !optional || mayExplain(operation, sights));
}

/** The first death of its server that came after its call. */
function endOfHope({ call, server }: KeyedOperation, fences: readonly Fence[]): bigint | undefined {
  const deadly = fences.filter(
    (fence) =>
      fence.type === 'ok' && fence.return >= call && (fence.deadBoot === null || fence.deadBoot === server.boot),
  );
  return deadly.reduce<bigint | undefined>((first, fence) => {
    return first === undefined || fence.return < first ? fence.return : first;
  }, undefined);
}

/** Reads without an answer, and refusals that say nothing of the key, tell nothing. */
function isTelling({ f, type, output }: KeyedOperation): boolean {
  if (f === 'get') return type === 'ok';
  return type !== 'fail' || output !== null;
}

/** What the operations of a key together saw of it. */
interface Sights {
  readonly values: ReadonlySet<string>;
  readonly absent: number;
  /** Told that it was there, but not with which value. */
  readonly present: number;
  readonly changed: number;
}

function sightsOf(moves: readonly Move[]): Sights {
  const operations = moves.map(({ operation }) => operation);
  const count = (sees: (operation: KeyedOperation) => boolean): number => operations.filter(sees).length;
  const settledAt = settledFrom(moves);
  return {
    values: new Set(operations.flatMap(seenValue)),
    absent: count(isSightOfAbsence),
    present: moves.filter(({ operation, call }) => call < settledAt && isSightOfPresence(operation)).length,
    changed: count(({ output }) => output === 'mismatch'),
  };
}

/** From when on the key is there for certain, so that seeing it there needs no explanation. */
function settledFrom(moves: readonly Move[]): bigint {
  const mayGo = ({ operation }: Move): boolean =>
    operation.f === 'delete' || ('ttlMs' in operation && typeof operation.ttlMs === 'number');
  const never = 1n << 100n;
  if (moves.some(mayGo)) return never;
  const written = moves.filter(({ operation }) => operation.type === 'ok' && operation.input !== null);
  return written.reduce((first, { end = never }) => (end < first ? end : first), never);
}

function seenValue(operation: KeyedOperation): readonly string[] {
  if (operation.f === 'cas') return operation.expected.by === 'value' ? [operation.expected.value] : [];
  return operation.f === 'get' && operation.output !== null ? [operation.output] : [];
}

function isSightOfAbsence({ f, output }: KeyedOperation): boolean {
  return f === 'get' ? output === null : output === 'created' || output === 'absent';
}

function isSightOfPresence(operation: KeyedOperation): boolean {
  const { f, output, type } = operation;
  if (f === 'cas') return operation.expected.by === 'version' && type !== 'fail';
  return output === 'exists' || output === 'touched' || output === 'deleted' || (f === 'set' && output === 'replaced');
}

function mayExplain(operation: KeyedOperation, { values, absent, present, changed }: Sights): boolean {
  if (changed > 0 || operation.f === 'touch') return true;
  if (operation.f === 'get') return false;
  if (operation.f === 'delete') return absent > 0;
  // It may have replaced what would have stayed, and have ended by itself.
  if (typeof operation.ttlMs === 'number' && absent > 0) return true;
  return present > (isSightOfPresence(operation) ? 1 : 0) || values.has(operation.input);
}

/** A batch as operations of one key, each of which may come anywhere within it. */
function partsOf(key: string, batch: Operation): readonly KeyedOperation[] {
  if (batch.f !== 'batch') return [];
  const { i, process, type, call, server, error } = batch;
  const common = { i, process, type, key, call, return: batch.return, server: { ...server, version: null }, error };
  const writes = batch.input.writes.filter((write) => write.key === key);
  const reads = (batch.output ?? []).filter((read) => read.key === key);
  return [
    ...writes.map(({ value }): KeyedOperation => {
      if (value === null) return { ...common, f: 'delete', input: null, output: null };
      return { ...common, f: 'set', input: value, ttlMs: null, output: null };
    }),
    ...reads.map(({ value }): KeyedOperation => ({ ...common, f: 'get', input: null, output: value })),
  ];
}
