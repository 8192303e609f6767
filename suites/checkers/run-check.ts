import { Value } from 'typebox/value';
import type { Operation } from '../history.ts';
import type { StoredCheck } from '../history-file.ts';
import { type Checker, type CheckVerdict, createBudget } from './checker.ts';
import { type Check, checkers } from './registry.ts';

/** What a check says; the counts that fell short of their minimum make it vacuous, never wrong. */
export type Judgement =
  | Exclude<CheckVerdict, { readonly verdict: 'holds' }>
  | { readonly verdict: 'holds'; readonly guards: readonly Guard[] };

/** A count that has a minimum. */
export interface Guard {
  readonly guard: string;
  readonly value: number;
  readonly minimum: number;
}

/** With the version of the checker, as it goes into the file. */
export function storeCheck({ checker, parameters, minimums = {} }: Check): StoredCheck {
  return { checker, version: checkers[checker].version, parameters, minimums };
}

function checkerOf(name: string): Checker<never> | undefined {
  return (checkers as Readonly<Record<string, Checker<never> | undefined>>)[name];
}

/** 0 where there is no such checker any more. */
export function versionOf(checker: string): number {
  return checkerOf(checker)?.version ?? 0;
}

/** Never throws: what a checker cannot decide, in the time that it has, is unknown. */
export function runCheck(operations: readonly Operation[], stored: StoredCheck, timeMs: number): Judgement {
  const checker = checkerOf(stored.checker);
  if (checker === undefined) return { verdict: 'unknown', reason: `there is no checker ${stored.checker}` };
  const [problem] = Value.Errors(checker.parameters, stored.parameters);
  if (problem !== undefined) {
    const reason = `parameters of ${stored.checker}: ${problem.instancePath || '/'} ${problem.message}`;
    return { verdict: 'unknown', reason };
  }
  try {
    const verdict = checker.check(operations, stored.parameters as never, createBudget(timeMs));
    return verdict.verdict === 'holds' ? { verdict: 'holds', guards: guardsOf(verdict.counts, stored) } : verdict;
  } catch (error) {
    const why = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { verdict: 'unknown', reason: `${stored.checker} could not tell: ${why}` };
  }
}

function guardsOf(counts: Readonly<Record<string, number>>, { checker, minimums }: StoredCheck): Guard[] {
  // A count that the checker does not keep is one that was never reached.
  return Object.entries(minimums).map(([name, minimum]) => {
    return { guard: `${checker}: ${name}`, value: counts[name] ?? 0, minimum };
  });
}
