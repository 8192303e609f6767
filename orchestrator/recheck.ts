/** Judges the stored histories of a run again, from their files alone. */

import { join, matchesGlob } from 'node:path';
import type { CaseResult, Verdict } from '../reports/schema.ts';
import { type JudgedFile, judgeFile } from '../suites/checkers/judge-file.ts';

/** More than a case has: nothing waits for it. */
const budgetMs = 120_000;

export interface Rechecked {
  readonly result: CaseResult;
  readonly now: Verdict;
  /** What was found, or why nothing could be; undefined where every check holds. */
  readonly why: string | undefined;
  readonly witness: string | undefined;
  readonly operations: number;
  /** `zones-1`, each check as it is now. */
  readonly judgedBy: string;
}

/** Results that have a history and whose id, or suite/id, matches a pattern; all without one. */
export function withHistory(results: readonly CaseResult[], patterns: readonly string[]): readonly CaseResult[] {
  const isMeant = ({ id, suite }: CaseResult): boolean =>
    patterns.length === 0 || [id, `${suite}/${id}`].some((name) => patterns.some((glob) => matchesGlob(name, glob)));
  return results.filter((result) => result.history !== null && isMeant(result));
}

export async function recheck(runFolder: string, result: CaseResult): Promise<Rechecked> {
  const { path = '', sha256 } = result.history ?? {};
  try {
    return told(result, await judgeFile({ file: join(runFolder, path), sha256, budgetMs }));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { result, now: 'inconclusive', why, witness: undefined, operations: 0, judgedBy: 'none' };
  }
}

function told(result: CaseResult, { judgements, operations }: JudgedFile): Rechecked {
  const judgedBy = judgements.map(({ check, version }) => `${check.checker}-${version}`).join(' ');
  const common = { result, operations, judgedBy, witness: undefined };
  const inconclusive = (why: string): Rechecked => ({ ...common, now: 'inconclusive', why });
  if (judgements.length === 0) return inconclusive('the case ended before its history was judged');
  const short: string[] = [];
  const unknown: string[] = [];
  for (const { judgement } of judgements) {
    if (judgement.verdict === 'violated') {
      const why = `expected ${judgement.expected}, got ${judgement.actual}`;
      return { ...common, now: 'failed', why, witness: judgement.witness };
    }
    if (judgement.verdict === 'unknown') unknown.push(judgement.reason);
    else
      short.push(
        ...judgement.guards.filter(isShort).map(({ guard, value, minimum }) => `${guard} was ${value} of ${minimum}`),
      );
  }
  const [why] = [...unknown, ...short];
  return why === undefined ? { ...common, now: 'passed', why: undefined } : inconclusive(why);
}

function isShort({ value, minimum }: { readonly value: number; readonly minimum: number }): boolean {
  return value < minimum;
}

/** A failure that its history showed then and does not now: one of the two judgements is wrong. */
export function contradicts({ result, now }: Rechecked): boolean {
  return now === 'passed' && result.findings.some(({ witness }) => witness !== null) && result.reasonCode === 'finding';
}
