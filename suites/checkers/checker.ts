/** What a checker is: a pure function from a history to a verdict. */

import type { TSchema } from 'typebox';
import type { Operation } from '../history.ts';

/** The history contradicts what was claimed. */
export interface Violation {
  readonly verdict: 'violated';
  /** Short, for the first lines of a report. */
  readonly expected: string;
  readonly actual: string;
  /** The smallest part of the history that shows it, as a person reads it. */
  readonly witness: string;
  /** Positions (`i`) of the operations of the witness. */
  readonly operations: readonly number[];
  /** Position of the operation that nothing explains. */
  readonly impossible?: number;
  /** What the state may have been just before it. */
  readonly statesBefore?: readonly string[];
}

export type CheckVerdict =
  /** Counts say how much was judged, so that a case can demand a minimum. */
  | { readonly verdict: 'holds'; readonly counts: Readonly<Record<string, number>> }
  | Violation
  | { readonly verdict: 'unknown'; readonly reason: string };

/** Time that a checker may take. */
export interface Budget {
  /** To be called once a step; throws OutOfBudget when the time is up. Cheap: it reads the clock once in 256 calls. */
  spend(): void;
  /** True when the time is up: for what may as well stop as go on, such as shrinking a witness. */
  spent(): boolean;
  /** How often it was spent. */
  steps(): number;
}

export interface Checker<Parameters = unknown> {
  /** Grows with every change that may change a verdict: stored beside what it judged. */
  readonly version: number;
  /** What a history of this checker stores of its parameters. */
  readonly parameters: TSchema;
  readonly check: (operations: readonly Operation[], parameters: Parameters, budget: Budget) => CheckVerdict;
}

/** The time was up before the verdict was found. */
export class OutOfBudget extends Error {
  override readonly name = 'OutOfBudget';
}

/** A history that the checker is not for. */
export class NotApplicable extends Error {
  override readonly name = 'NotApplicable';
}

export function createBudget(timeMs: number): Budget {
  const end = performance.now() + timeMs;
  let steps = 0;
  const spent = (): boolean => performance.now() > end;
  return {
    spent,
    steps: () => steps,
    spend() {
      steps += 1;
      if (steps % 256 === 0 && spent()) throw new OutOfBudget(`the checker took longer than its ${timeMs} ms`);
    },
  };
}

/** A number of steps instead of a time, so that what comes of it does not depend on the machine. */
export function createStepBudget(most: number): Budget {
  let steps = 0;
  const spent = (): boolean => steps > most;
  return {
    spent,
    steps: () => steps,
    spend() {
      steps += 1;
      if (spent()) throw new OutOfBudget(`the checker took more than its ${most} steps`);
    },
  };
}
