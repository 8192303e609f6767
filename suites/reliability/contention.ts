/** Many clients and few keys: nothing wrong, and nobody waits for ever. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Check } from '../checkers/registry.ts';
import { defineCase } from '../define-case.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { startGroups } from './batches.ts';
import { actMixed } from './mixed.ts';
import { startWorkload } from './workload.ts';

/** Far above what any of it takes, and below a client's own patience. */
const live: Check = {
  checker: 'liveness',
  parameters: { deadlineMs: 8_000, stallMs: 5_000, recoverMs: 5_000, faults: [] },
};
/** How long those who still wait at the end are given: longer than what counts as a stall. */
const graceMs = 6_000;

/** Ends the load, and gives up on those who do not come back: the history shows them as without an end. */
async function endOrGiveUp(stop: () => Promise<void>, signal: AbortSignal): Promise<void> {
  await Promise.race([stop(), delay(graceMs, undefined, { signal })]);
}

async function contend(stage: Stage): Promise<void> {
  const history = openHistory(stage);
  const workload = startWorkload(stage, history, { clients: 32, keys: 8, valueBytes: 80, sets: 0, act: actMixed });
  const batches = startGroups(stage, history, { clients: 12, groups: 2, keysPerGroup: 10, writes: 80 });
  await delay(2_500, undefined, { signal: stage.signal });
  await endOrGiveUp(async () => {
    await Promise.all([workload.stop(), batches.stop()]);
  }, stage.signal);
  stage.note.measurement({ name: 'acknowledged writes', unit: 'writes', value: workload.acknowledged });
  stage.note.measurement({ name: 'acknowledged batches', unit: 'batches', value: batches.acknowledged });
  await judgeHistory(stage, history, [live]);
}

const writers = [1, 2, 4, 8, 16, 32, 64];
const stepMs = 700;
/** So many are waited for where the time was too short for them: a slow machine takes longer and proves no less. */
const writesOfStep = 120;

/** One key under more and more writers, each step a history of its own part; the rate of each is told. */
async function growWriters(stage: Stage): Promise<void> {
  const history = openHistory(stage);
  for (const clients of writers) {
    const workload = startWorkload(stage, history, { clients, keys: 1, valueBytes: 60, sets: 90 });
    const from = performance.now();
    await Promise.all([delay(stepMs, undefined, { signal: stage.signal }), workload.more(writesOfStep)]);
    const value = Math.round((workload.acknowledged * 1000) / (performance.now() - from));
    await workload.stop();
    stage.note.measurement({ name: `${clients} writers of one key`, unit: 'writes/s', value });
  }
  await judgeHistory(stage, history, [
    live,
    { checker: 'zones', parameters: {}, minimums: { writes: 500, reads: 50 } },
  ]);
}

const options = {
  isolation: 'machine',
  requires: ['server'],
  tiers: { lmdb: 'pr', redis: 'pr', mongodb: 'pr', target: 'pr' },
  timeoutMs: 90_000,
  costMs: 7_000,
} as const;

export const contentionCases: readonly Case[] = [
  defineCase(
    'contention/everybody-ends',
    'Hot keys, refused conditions and batches over the same keys in opposite orders: every operation ends in time',
    contend,
    options,
  ),
  defineCase(
    'contention/growing-writers',
    'One key under 1 to 64 writers: some order explains every read, and the rate of each number is recorded',
    growWriters,
    options,
  ),
];
