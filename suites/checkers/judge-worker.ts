/** A thread that reads one stored history and judges it: started by judge-file.ts, with the file as workerData. */

import { parentPort, workerData } from 'node:worker_threads';
import { readHistory } from '../history-file.ts';
import type { FileToJudge, JudgedFile } from './judge-file.ts';
import { runCheck, versionOf } from './run-check.ts';

const { file, sha256, budgetMs } = workerData as FileToJudge;
const { origin, checks, operations } = await readHistory(file, sha256);
const end = performance.now() + budgetMs;
const judged: JudgedFile = {
  origin,
  operations: operations.length,
  judgements: checks.map((check) => ({
    check,
    version: versionOf(check.checker),
    judgement: runCheck(operations, check, end - performance.now()),
  })),
};
parentPort?.postMessage(judged);
