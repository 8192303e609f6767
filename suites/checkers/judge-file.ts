/**
 * Judges a stored history in a thread of its own, so that a search takes no time from clients, proxies and other cases,
 * and can be ended when it takes too much time or memory.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type HistoryOrigin, HistoryRefused, type StoredCheck } from '../history-file.ts';
import type { Judgement } from './run-check.ts';

export interface FileToJudge {
  readonly file: string;
  readonly sha256: string | undefined;
  /** For all checks of the file together. */
  readonly budgetMs: number;
}

export interface JudgedFile {
  readonly origin: HistoryOrigin;
  readonly operations: number;
  readonly judgements: readonly {
    readonly check: StoredCheck;
    /** Of the checker that judged now; the check has that of then. */
    readonly version: number;
    readonly judgement: Judgement;
  }[];
}

/** The thread's heap, in MB: a history of a million operations takes half of it. */
const maxHeapMb = 1_024;
/** Checkers look at the clock themselves; one that no longer does is ended after this. */
const graceMs = 5_000;

const program = new URL(import.meta.filename.endsWith('.ts') ? 'judge-worker.ts' : 'judge-worker.js', import.meta.url);

/** The checks could not be run to their end. */
export class JudgementFailed extends Error {
  override readonly name = 'JudgementFailed';
}

/** Throws HistoryRefused for a file that is no history, JudgementFailed where time or memory ran out. */
export async function judgeFile(work: FileToJudge, signal?: AbortSignal): Promise<JudgedFile> {
  const worker = new Worker(program, { workerData: work, resourceLimits: { maxOldGenerationSizeMb: maxHeapMb } });
  const limit = AbortSignal.timeout(work.budgetMs + graceMs);
  try {
    const within = signal === undefined ? limit : AbortSignal.any([limit, signal]);
    const [judged] = (await once(worker, 'message', { signal: within })) as [JudgedFile];
    return judged;
  } catch (cause) {
    const error = cause as Error & { readonly code?: string };
    if (error.name === 'HistoryRefused') throw new HistoryRefused(error.message, { cause });
    if (limit.aborted) throw new JudgementFailed(`the checks took longer than ${work.budgetMs} ms`, { cause });
    if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      throw new JudgementFailed(`the checks took more than ${maxHeapMb} MB`, { cause });
    }
    throw new JudgementFailed(`the checks ended before they could tell: ${error.message}`, { cause });
  } finally {
    await worker.terminate();
  }
}
