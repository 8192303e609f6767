import { mkdtempSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FinishedFile, HistoryRefused, openHistoryWriter } from '../history-file.ts';
import { judgeFile } from './judge-file.ts';
import { storeCheck } from './run-check.ts';
import { get, historyOf, remove, type Step, set } from './sketch.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'judge-test-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function store(steps: readonly Step[]): Promise<FinishedFile> {
  const writer = openHistoryWriter(join(folder, 'h.zst'), { case: 'a/b', backend: 'lmdb', seed: 1 });
  for (const operation of historyOf(steps)) writer.append(operation);
  return writer.finish([
    storeCheck({ checker: 'zones', parameters: {}, minimums: { reads: 1 } }),
    storeCheck({ checker: 'linearizability', parameters: { clock: 'running', slackMs: 0 } }),
  ]);
}

const right: readonly Step[] = [
  [1, set('a'), 0, 1],
  [2, get('a'), 2, 3],
];

test('a stored history is judged from its file alone, by every check in it', async () => {
  const { judgements, ...judged } = await judgeFile({ ...(await store(right)), budgetMs: 10_000 });
  expect(judged).toEqual({ origin: { case: 'a/b', backend: 'lmdb', seed: 1 }, operations: 2 });
  expect(judgements.map(({ check, judgement }) => [check.checker, judgement.verdict])).toEqual([
    ['zones', 'holds'],
    ['linearizability', 'holds'],
  ]);
});

test('a violation comes with its witness', async () => {
  const wrong = await store([...right, [1, set('b'), 4, 5], [2, get('a'), 6, 7]]);
  const { judgements } = await judgeFile({ ...wrong, budgetMs: 10_000 });
  for (const { judgement } of judgements) {
    expect(judgement).toMatchObject({ verdict: 'violated', witness: expect.stringContaining('get k -> a') });
  }
});

test('a file that is cut is refused', async () => {
  const finished = await store(right);
  truncateSync(finished.file, 20);
  await expect(judgeFile({ ...finished, budgetMs: 10_000 })).rejects.toThrow(HistoryRefused);
});

test('time that is up is unknown, and an abort ends it', async () => {
  // A key that may go has no shortcuts: any order of the writes before the first return, many millions of states.
  const wide = Array.from({ length: 24 }, (_, n): Step => [n, set(`${n}`), 0, 9]);
  const finished = await store([...wide, [1, remove(), 10, 11]]);
  const { judgements } = await judgeFile({ ...finished, budgetMs: 100 });
  expect(judgements[1]?.judgement).toMatchObject({
    verdict: 'unknown',
    reason: expect.stringContaining('took longer'),
  });
  const ended = judgeFile({ ...finished, budgetMs: 60_000 }, AbortSignal.timeout(300));
  await expect(ended).rejects.toMatchObject({ name: 'JudgementFailed' });
});
