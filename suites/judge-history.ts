import { type JudgedFile, JudgementFailed } from './checkers/judge-file.ts';
import type { Check } from './checkers/registry.ts';
import type { Operation } from './history.ts';
import { excerptOf } from './history-excerpt.ts';
import { readHistory } from './history-file.ts';
import type { Recorder } from './recorder.ts';
import type { Stage } from './suite.ts';
import { CaseFailed, CaseInconclusive } from './verdict.ts';

/** For all checks of a case together. */
const budgetMs = 30_000;

/**
 * Ends the history and judges its file, in a thread of its own. Returns what is in the file when every check holds; notes
 * the counts that have a minimum. Throws CaseFailed for a violation, CaseInconclusive for what no checker could tell.
 */
export async function judgeHistory(
  stage: Pick<Stage, 'note' | 'signal' | 'judgeFile'>,
  history: Pick<Recorder, 'close'>,
  checks: readonly Check[],
): Promise<readonly Operation[]> {
  const { file, sha256 } = await history.close(checks);
  const { judgements } = await judge(file, sha256, stage);
  for (const { judgement } of judgements) {
    if (judgement.verdict === 'holds') for (const guard of judgement.guards) stage.note.vacuity(guard);
  }
  const { operations } = await readHistory(file, sha256);
  for (const { judgement } of judgements) {
    if (judgement.verdict !== 'violated') continue;
    const { expected, actual, witness } = judgement;
    throw new CaseFailed(expected, actual, { witness, excerpt: excerptOf(operations, judgement) });
  }
  for (const { judgement } of judgements) {
    if (judgement.verdict === 'unknown') throw new CaseInconclusive('checker_unknown', judgement.reason);
  }
  return operations;
}

async function judge(
  file: string,
  sha256: string,
  { judgeFile, signal }: Pick<Stage, 'judgeFile' | 'signal'>,
): Promise<JudgedFile> {
  try {
    return await judgeFile({ file, sha256, budgetMs }, signal);
  } catch (error) {
    throw error instanceof JudgementFailed ? untold(error) : error;
  }
}

function untold(cause: JudgementFailed): CaseInconclusive {
  return new CaseInconclusive('checker_unknown', cause.message, { cause });
}
