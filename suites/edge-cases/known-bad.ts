/** Whether the harness that judges here can say no at all. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JudgedFile } from '../checkers/judge-file.ts';
import { type KnownBad, knownBad } from '../checkers/known-bad.ts';
import { storeCheck } from '../checkers/run-check.ts';
import { defineCase } from '../define-case.ts';
import { openHistoryWriter } from '../history-file.ts';
import { judgeHistory } from '../judge-history.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';

/** As a case that has recorded them would have them judged. Throws CaseFailed when a check finds nothing. */
async function demandViolations(stage: Stage, file: string, { checks, operations }: KnownBad): Promise<void> {
  const writer = openHistoryWriter(file, { case: 'known-bad', backend: 'none', seed: stage.seed });
  for (const operation of operations) writer.append(operation);
  const history = { close: () => writer.finish(checks.map(storeCheck)) };
  let judgements: JudgedFile['judgements'] = [];
  const judgeFile: Stage['judgeFile'] = async (work, signal) => {
    const judged = await stage.judgeFile(work, signal);
    judgements = judged.judgements;
    return judged;
  };
  const failed = await judgeHistory({ ...stage, judgeFile }, history, checks).then(
    () => false,
    (error: unknown) => error instanceof CaseFailed || Promise.reject(error),
  );
  const verdictOf = (name: string) => judgements.find(({ check }) => check.checker === name)?.judgement.verdict;
  const blind = checks.filter(({ checker }) => verdictOf(checker) !== 'violated').map(({ checker }) => checker);
  if (failed && blind.length === 0) return;
  throw new CaseFailed('every checker to find what is wrong', `nothing found by ${blind.join(', ') || 'the case'}`);
}

/** The files are no history of the case: judged again, they would be violated again. */
async function findAll(stage: Stage): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'known-bad-'));
  try {
    for (const [i, one] of knownBad.entries()) await demandViolations(stage, join(folder, `${i}`), one);
  } finally {
    await rm(folder, { recursive: true });
  }
}

export const knownBadCases: readonly Case[] = [
  defineCase(
    'checkers/known-bad',
    'Every checker finds what is wrong with a history that no right server makes',
    findAll,
    { costMs: 1_000 },
  ),
];
