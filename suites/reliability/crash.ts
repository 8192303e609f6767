/** SIGKILL of what holds the data while clients write: what was acknowledged is there afterwards. */

import type { Check } from '../checkers/registry.ts';
import { defineCase } from '../define-case.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { waitUntil } from '../wait-until.ts';
import { type GroupLoad, readGroups, startGroups } from './batches.ts';
import { crashAll, crashHolder } from './crash-holder.ts';
import { actMixed } from './mixed.ts';
import { readAll, startWorkload, type WorkloadOptions } from './workload.ts';

const rounds = 3;
const writesPerRound = 150;
const unique: WorkloadOptions = { clients: 8, keys: 12, valueBytes: 600, sets: 60 };
const mixed: WorkloadOptions = { clients: 6, keys: 24, valueBytes: 200, sets: 60, act: actMixed };
const groups: GroupLoad = { clients: 8, groups: 4, keysPerGroup: 8, writes: 75 };

/** Kills in the middle of a load, again and again, and judges all that was done and seen. */
async function surviveKills(
  stage: Stage,
  load: WorkloadOptions,
  { kill, checks }: { readonly kill: typeof crashAll; readonly checks: readonly Check[] },
): Promise<void> {
  const history = openHistory(stage);
  const workload = startWorkload(stage, history, load);
  const inFlight: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await workload.more(writesPerRound);
    inFlight.push(workload.inFlight);
    const crash = await kill(stage, history);
    await crash.heal();
  }
  await workload.goOn(writesPerRound);
  await workload.stop();
  await readAll(stage, history, load);
  noteCrash(stage, inFlight, workload.acknowledged);
  await judgeHistory(stage, history, checks);
}

function noteCrash(stage: Stage, inFlight: readonly number[], acknowledged: number): void {
  stage.note.vacuity({ guard: 'operations in flight at each kill', value: Math.min(...inFlight), minimum: 1 });
  stage.note.measurement({ name: 'acknowledged writes', unit: 'writes', value: acknowledged });
}

/** What is half done when the store dies is done whole or not at all once it is back. */
async function keepBatchesWhole(stage: Stage): Promise<void> {
  const history = openHistory(stage);
  const inFlight: number[] = [];
  let acknowledged = 0;
  for (let round = 0; round < rounds; round += 1) {
    const workload = startGroups(stage, history, groups);
    const enough = (): boolean => workload.acknowledged >= 40;
    await waitUntil('40 acknowledged batches', enough, { signal: stage.signal, timeoutMs: 20_000 });
    inFlight.push(workload.inFlight);
    const crash = await crashAll(stage, history);
    await workload.stop();
    await crash.heal();
    await readGroups(stage, history, groups);
    acknowledged += workload.acknowledged;
  }
  noteCrash(stage, inFlight, acknowledged);
  await judgeHistory(stage, history, [
    {
      checker: 'atomic-batches',
      parameters: {},
      minimums: { writers: 60, snapshots: 20, 'groups after a death': 6 },
    },
  ]);
}

const options = {
  isolation: 'machine',
  requires: ['server'],
  stage: { durability: 'declared' },
  faults: ['crash'],
  timeoutMs: 120_000,
  costMs: 10_000,
} as const;

export const crashCases: readonly Case[] = [
  defineCase(
    'crash/acknowledged-survives',
    'A write that was acknowledged before SIGKILL is read after the restart, and no older value comes back',
    (stage) =>
      surviveKills(stage, unique, {
        kill: crashHolder,
        checks: [{ checker: 'zones', parameters: {}, minimums: { writes: 200, reads: 100, values: 50, overlaps: 50 } }],
      }),
    { ...options, tiers: { lmdb: 'pr', redis: 'pr', mongodb: 'pr', target: 'pr' } },
  ),
  defineCase(
    'crash/every-operation',
    'Over SIGKILLs some order of all sets, creates, compare-and-sets, deletes and touches explains every answer',
    (stage) =>
      surviveKills(stage, mixed, {
        kill: crashAll,
        checks: [
          { checker: 'linearizability', parameters: { clock: 'running', slackMs: 50 }, minimums: { placed: 400 } },
        ],
      }),
    { ...options, tiers: { lmdb: 'pr', redis: 'nightly', mongodb: 'nightly', target: 'nightly' } },
  ),
  defineCase(
    'crash/batches-stay-whole',
    'An atomic batch that is under way at a SIGKILL is there whole afterwards, or not at all',
    keepBatchesWhole,
    {
      ...options,
      requires: ['server', 'atomic-batch'],
      tiers: { lmdb: 'pr', redis: 'pr', mongodb: 'pr', target: 'pr' },
    },
  ),
];
