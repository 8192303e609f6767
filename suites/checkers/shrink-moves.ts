/**
 * Makes a contradiction small enough to read. Only such steps are taken as cannot make one where there was none: a move
 * that changes nothing may go, one that changes something may become one that need not have happened, and what was called
 * after the contradiction has no part in it.
 */

import { byCall } from '../history.ts';
import { type Budget, createStepBudget, NotApplicable, OutOfBudget } from './checker.ts';
import { type Search, searchOrder } from './frontier.ts';
import type { KeyModel } from './key-model.ts';
import { type Move, neededMoves } from './moves.ts';
import { findProspects, noProspects } from './prospects.ts';

interface Shrinking {
  readonly model: KeyModel;
  readonly budget: Budget;
  /** How many steps the search took that found the contradiction. */
  readonly searchSteps: number;
}

export interface Shrunk {
  /** The moves that contradict each other, in the order of their calls, and the writes of what they saw. */
  readonly shown: readonly Move[];
  /** Where a plain search of them ends; undefined when that takes too long. */
  readonly at: (Search & { readonly explained: false }) | undefined;
}

/** A small witness is not worth a long wait: for all steps together, and for one, as often as long as the search took. */
const limits = { all: { least: 800_000, times: 6 }, each: { least: 10_000, times: 2 } } as const;

/** `moves` contradict each other. */
export function shrinkMoves(moves: readonly Move[], { model, budget, searchSteps }: Shrinking): Shrunk {
  const { all, each } = limits;
  let left = Math.max(all.least, all.times * searchSteps);
  const most = Math.max(each.least, each.times * searchSteps);
  const search = (firm: readonly Move[], findAhead: typeof findProspects): Search | undefined => {
    const kept = new Set(firm);
    const loose = moves.filter((move) => !kept.has(move) && changes(move)).map(loosen);
    const some = neededMoves([...loose, ...firm]);
    const own = createStepBudget(most);
    try {
      return searchOrder(some, model, { budget: own, prospects: findAhead(some) });
    } catch (error) {
      if (error instanceof OutOfBudget || error instanceof NotApplicable) return undefined;
      throw error;
    } finally {
      // Preparing a search is work too.
      left -= own.steps() + moves.length;
    }
  };
  const plain = search(moves, () => noProspects);
  const end = plain?.explained === false ? plain.impossible.end : undefined;
  let firm = end === undefined ? moves : moves.filter(({ call }) => call <= end);
  // Pieces from the beginning on, half as large every time: what matters is seldom far from the end.
  for (let size = Math.ceil(firm.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < firm.length && left > 0 && !budget.spent(); ) {
      const without = [...firm.slice(0, from), ...firm.slice(from + size)];
      if (search(without, findProspects)?.explained === false) firm = without;
      else from += size;
    }
  }
  const last = search(firm, () => noProspects);
  const at = last?.explained === false ? last : plain;
  return { shown: withWrites(firm, moves), at: at?.explained === false ? at : undefined };
}

function changes({ operation }: Move): boolean {
  return operation.f !== 'get' && operation.type !== 'fail';
}

/** The same at the same time, or never. */
function loosen(move: Move): Move {
  return { ...move, operation: { ...move.operation, type: 'info', output: null } as Move['operation'], optional: true };
}

function withWrites(firm: readonly Move[], all: readonly Move[]): readonly Move[] {
  const seen = new Set(firm.flatMap(({ operation }) => (operation.f === 'get' ? (operation.output ?? []) : [])));
  const shown = new Set(firm);
  const isShown = (move: Move): boolean =>
    shown.has(move) || (changes(move) && move.operation.input !== null && seen.has(move.operation.input));
  return all.filter(isShown).sort((a, b) => byCall(a.operation, b.operation));
}
