/**
 * Whether some order of concurrent moves explains what they saw: a just-in-time search (Lowe, "Testing for
 * linearizability", Concurrency and Computation 29(4), 2017, section 4). It walks through calls and returns in time, and
 * keeps a frontier of configurations: a state and which of the moves under way have happened in it. A move is placed
 * when it must be, at its return; then every order of others under way that may come before it is tried once.
 *
 * The frontier stays small because a move that fits now and changes nothing is placed at once, which never costs a later
 * choice; because a move that need not happen is worth more unused, so that of two configurations that differ in those
 * alone the one that used fewer stays; because configurations are remembered, so that each is gone through once a return;
 * and because of what is known of the moves beforehand (prospects.ts).
 */

import type { Budget } from './checker.ts';
import { NotApplicable } from './checker.ts';
import type { KeyModel, StateId } from './key-model.ts';
import type { Move } from './moves.ts';
import type { Prospects } from './prospects.ts';

export type Search =
  | { readonly explained: true }
  | {
      readonly explained: false;
      /** What nothing explains. */
      readonly impossible: Move;
      /** What the state may have been. */
      readonly before: readonly StateId[];
    };

export interface SearchOptions {
  readonly budget: Budget;
  readonly prospects: Prospects;
}

/** Moves under way as bits: those that must happen in a number, those that may in a bigint. */
interface Configuration {
  readonly state: StateId;
  readonly placed: number;
  readonly used: bigint;
}

/** As many bits as a number has for bitwise operators, without its sign. */
const maxSlots = 31;

interface Slot {
  readonly move: Move;
  readonly bit: number;
  readonly optionalBit: bigint;
}

/**
 * `prospects`: without them the search is slow, but the move that it ends at is the one that a person would name: with
 * them it ends where a value is given up that is still to be seen.
 */
export function searchOrder(moves: readonly Move[], model: KeyModel, { budget, prospects }: SearchOptions): Search {
  const slots = createSlots();
  let frontier: readonly Configuration[] = [{ state: 0, placed: 0, used: 0n }];
  for (const { move, kind, at } of eventsOf(moves)) {
    if (kind === 'call') {
      slots.take(move);
      continue;
    }
    const slot = slots.of(move);
    const next = createFrontier();
    const open = slots.open();
    const placing = { last: slot, open, unseen: unseenBits(open, prospects), at, prospects, model, budget, into: next };
    for (const one of frontier) {
      place(one, placing);
      // From now on it never happens.
      if (move.optional) next.add(withoutBit(one, slot));
    }
    if (next.isEmpty())
      return { explained: false, impossible: move, before: [...new Set(frontier.map(({ state }) => state))] };
    slots.free(move);
    frontier = next.all();
  }
  return { explained: true };
}

interface Placing {
  /** What must have happened now. */
  readonly last: Slot;
  readonly open: readonly Slot[];
  /** Bits of those among them that nobody notices. */
  readonly unseen: number;
  readonly at: bigint;
  readonly prospects: Prospects;
  readonly model: KeyModel;
  readonly budget: Budget;
  readonly into: Frontier;
}

function unseenBits(open: readonly Slot[], { unseen }: Prospects): number {
  return open.reduce((bits, { move, bit }) => (unseen.has(move) ? bits | bit : bits), 0);
}

/** Adds every configuration in which the last move has happened, without its bit. */
function place(from: Configuration, placing: Placing): void {
  const { last, open, model, budget, into } = placing;
  const seen = createFrontier();
  const left = [from];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const now = placeObservers(at, open, model);
    if (isPlaced(now, last)) {
      into.add(withoutBit(now, last));
    } else if (seen.add(now)) {
      for (const slot of open) {
        budget.spend();
        if (!isPlaced(now, slot)) left.push(...after(now, slot, placing));
      }
    }
  }
}

function after(now: Configuration, slot: Slot, placing: Placing): Configuration[] {
  const { last, unseen, model } = placing;
  // Any other write without a condition takes it along.
  if ((slot.bit & unseen) !== 0 && slot !== last && now.state !== 0) return [];
  const alone = withPlaced(now, slot);
  const takesAlong = slot.move.operation.f === 'set' && now.state !== 0;
  const placed = takesAlong ? { ...alone, placed: alone.placed | unseen } : alone;
  const found: Configuration[] = [];
  for (const state of model.step(now.state, slot.move)) {
    if (state === now.state) {
      // A look that fits was placed before; a move that need not happen would only be used up.
      if (slot === last || !(slot.move.optional || onlyLooks(slot.move))) found.push(placed);
    } else if (mayLeave(now.state, state, placing)) {
      found.push({ ...placed, state });
    }
  }
  return found;
}

/** False while the value is still to be seen and would never come back. */
function mayLeave(from: StateId, to: StateId, { model, prospects, at }: Placing): boolean {
  const value = model.valueOf(from);
  if (value === undefined || model.valueOf(to) === value) return true;
  const until = prospects.heldUntil(value);
  return until === undefined || until <= at;
}

function placeObservers(at: Configuration, slots: readonly Slot[], model: KeyModel): Configuration {
  let placed = at.placed;
  for (const { move, bit } of slots) {
    if (move.optional || (placed & bit) !== 0 || !onlyLooks(move)) continue;
    if (model.step(at.state, move).includes(at.state)) placed |= bit;
  }
  return placed === at.placed ? at : { ...at, placed };
}

/** True for what leaves everything as it found it. */
function onlyLooks({ operation }: Move): boolean {
  return operation.f === 'get' || operation.type === 'fail';
}

function isPlaced({ placed, used }: Configuration, { move, bit, optionalBit }: Slot): boolean {
  return move.optional ? (used & optionalBit) !== 0n : (placed & bit) !== 0;
}

function withPlaced(at: Configuration, { move, bit, optionalBit }: Slot): Configuration {
  return move.optional ? { ...at, used: at.used | optionalBit } : { ...at, placed: at.placed | bit };
}

function withoutBit(at: Configuration, { bit, optionalBit }: Slot): Configuration {
  return { ...at, placed: at.placed & ~bit, used: at.used & ~optionalBit };
}

interface Frontier {
  /** False when it, or one that is worth as much or more, is there already. */
  add(configuration: Configuration): boolean;
  all(): readonly Configuration[];
  isEmpty(): boolean;
}

/** Configurations of which none could do all that another can. */
function createFrontier(): Frontier {
  const byPlace = new Map<number, Configuration[]>();
  return {
    add(configuration) {
      const { state, placed, used } = configuration;
      const place = state * 2 ** maxSlots + placed;
      const known = byPlace.get(place);
      if (known === undefined) {
        byPlace.set(place, [configuration]);
        return true;
      }
      if (known.some((other) => (other.used & ~used) === 0n)) return false;
      const stay = known.filter((other) => (used & ~other.used) !== 0n);
      byPlace.set(place, [...stay, configuration]);
      return true;
    },
    all: () => [...byPlace.values()].flat(),
    isEmpty: () => byPlace.size === 0,
  };
}

interface Slots {
  take(move: Move): void;
  of(move: Move): Slot;
  free(move: Move): void;
  open(): readonly Slot[];
}

function createSlots(): Slots {
  const open = new Map<Move, Slot>();
  const freeBits = Array.from({ length: maxSlots }, (_, n) => 2 ** n).reverse();
  const freeOptional: bigint[] = [];
  let nextOptional = 1n;
  return {
    take(move) {
      if (move.optional) {
        const optionalBit = freeOptional.pop() ?? nextOptional;
        if (optionalBit === nextOptional) nextOptional <<= 1n;
        open.set(move, { move, bit: 0, optionalBit });
        return;
      }
      const bit = freeBits.pop();
      if (bit === undefined) throw new NotApplicable(`more than ${maxSlots} operations were under way on one key`);
      // The highest bit of 31 is positive still: bitwise operators are signed from 32 on.
      open.set(move, { move, bit, optionalBit: 0n });
    },
    of(move) {
      const slot = open.get(move);
      if (slot === undefined) throw new Error('a move returned that was not called');
      return slot;
    },
    free(move) {
      const slot = open.get(move);
      open.delete(move);
      if (slot === undefined) return;
      if (move.optional) freeOptional.push(slot.optionalBit);
      else freeBits.push(slot.bit);
    },
    open: () => [...open.values()],
  };
}

interface Event {
  readonly move: Move;
  readonly kind: 'call' | 'return';
  readonly at: bigint;
}

/** In time; on a tie calls come before returns. */
function eventsOf(moves: readonly Move[]): readonly Event[] {
  const events = moves.flatMap((move): Event[] => {
    const call: Event = { move, kind: 'call', at: move.call };
    return move.end === undefined ? [call] : [call, { move, kind: 'return', at: move.end }];
  });
  return events.sort((a, b) =>
    a.at < b.at ? -1 : a.at > b.at ? 1 : a.kind === b.kind ? 0 : a.kind === 'call' ? -1 : 1,
  );
}
