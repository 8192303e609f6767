/** One key as the API promises it: what each operation finds and leaves. States have numbers, so that they compare fast. */

import type { CompareAndSet, Create, Get, SetValue, Touch, Ttl } from '../history.ts';
import type { Move } from './moves.ts';

/** A number that stands for a state; 0 is absence. */
export type StateId = number;

export interface KeyModel {
  /** States that the move may leave; none when it cannot happen in that state as it was seen to. */
  step(state: StateId, move: Move): readonly StateId[];
  /** Undefined for absence. */
  valueOf(state: StateId): string | undefined;
  describe(state: StateId): string;
}

interface Present {
  readonly value: string;
  /** Null: of a write without an answer, so that any version may be its. */
  readonly version: string | null;
  readonly life: Life | null;
}

/** When it ends, on the server's clock in ms: somewhere from one moment to another. */
interface Life {
  readonly from: number;
  readonly to: number;
  /** Position of the operation that gave it. */
  readonly by: number;
}

type State = Present | undefined;

/** `versions`: those that answers of writes showed. */
export function createKeyModel(versions: ReadonlySet<string>, slackMs: number): KeyModel {
  const states: State[] = [undefined];
  const ids = new Map<string, StateId>();

  const idOf = (state: State): StateId => {
    if (state === undefined) return 0;
    const name = `${state.life?.by ?? ''} ${state.version ?? ''} ${state.value}`;
    const known = ids.get(name);
    if (known !== undefined) return known;
    ids.set(name, states.length);
    states.push(state);
    return states.length - 1;
  };
  const hasVersion: HasVersion = (state, version) =>
    state.version === null ? !versions.has(version) : state.version === version;

  return {
    step(id, move) {
      const state = states[id];
      const next: StateId[] = [];
      const add = (before: State): void => {
        const after = outcomeOf(before, move, hasVersion);
        if (after === impossible) return;
        next.push(after === state ? id : idOf(after));
      };
      const life = state?.life ?? null;
      if (life === null || move.earliestMs <= life.to + slackMs) add(state);
      if (life !== null && move.latestMs >= life.from - slackMs) add(undefined);
      return next;
    },
    valueOf: (id) => states[id]?.value,
    describe(id) {
      const state = states[id];
      if (state === undefined) return 'absent';
      return state.life === null ? state.value : `${state.value}, or expired`;
    },
  };
}

const impossible = Symbol('impossible');

/** Whether a state may have a version: one that no answer showed may be that of any write without an answer. */
type HasVersion = (state: Present, version: string) => boolean;

/** What a move leaves where it finds `before`; `impossible` where it cannot have found that. */
function outcomeOf(before: State, move: Move, hasVersion: HasVersion): State | typeof impossible {
  const { operation } = move;
  switch (operation.f) {
    case 'get':
      return isSeenBy(operation, before, hasVersion) ? before : impossible;
    case 'set':
      return isWrongSight(operation.output, before) ? impossible : written(before, move, operation);
    case 'create':
      return created(before, move, operation);
    case 'cas':
      return swapped(before, move, { operation, hasVersion });
    case 'delete':
      if (operation.output === 'absent') return before === undefined ? before : impossible;
      return before === undefined && operation.output === 'deleted' ? impossible : undefined;
    case 'touch':
      return touched(before, move, operation);
  }
}

function isSeenBy({ output, server }: Get, before: State, hasVersion: HasVersion): boolean {
  if (before === undefined || output === null) return before === undefined && output === null;
  return before.value === output && (server.version === null || hasVersion(before, server.version));
}

function isWrongSight(output: SetValue['output'], before: State): boolean {
  return output !== null && (output === 'created') !== (before === undefined);
}

function created(before: State, move: Move, operation: Create): State | typeof impossible {
  if (operation.output === 'exists') return before === undefined ? impossible : before;
  return before === undefined ? written(before, move, operation) : impossible;
}

interface Swap {
  readonly operation: CompareAndSet;
  readonly hasVersion: HasVersion;
}

function swapped(before: State, move: Move, { operation, hasVersion }: Swap): State | typeof impossible {
  const { expected, output } = operation;
  const held =
    before !== undefined &&
    (expected.by === 'value' ? before.value === expected.value : hasVersion(before, expected.version));
  if (output !== 'mismatch') return held ? written(before, move, operation) : impossible;
  // Of an unknown version nobody can say that it was the one.
  const mayDiffer = !held || (expected.by === 'version' && before.version === null);
  return mayDiffer ? before : impossible;
}

function touched(before: State, move: Move, { output, server, ttlMs }: Touch): State | typeof impossible {
  if (output === 'absent') return before === undefined ? before : impossible;
  if (before === undefined) return impossible;
  return { ...before, version: server.version, life: lifeOf(before, move, ttlMs) };
}

function written(before: State, move: Move, { input, server, ttlMs }: SetValue | Create | CompareAndSet): Present {
  return { value: input, version: server.version, life: lifeOf(before, move, ttlMs) };
}

function lifeOf(before: State, { operation, earliestMs, latestMs }: Move, ttlMs: Ttl): Life | null {
  if (ttlMs === null) return null;
  if (ttlMs === 'keep') return before?.life ?? null;
  return { from: earliestMs + ttlMs, to: latestMs + ttlMs, by: operation.i };
}
