/** Keys that end while writes to them wait for others: what was seen to have ended does not come back. */

import { setTimeout as delay } from 'node:timers/promises';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Operation } from '../history.ts';
import { judgeHistory } from '../judge-history.ts';
import type { Random } from '../random.ts';
import { createRecordedClient } from '../recorded-client.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';

const lanes = 2;
const roundsPerLane = 30;
const writers = 4;
const readers = 2;
/** Of the life that is left after the write of it, and in which writes are called around its end. */
const leastMs = 3;
const crowd = 2;
const crowdBytes = 60_000;

/**
 * One key with an end, and writes that would let it live on: called a little before the end or after it, they come to
 * their turn some time later, while others look.
 */
async function outlive(
  stage: Stage,
  history: Recorder,
  { key, random, paceMs }: { readonly key: string; readonly random: Random; readonly paceMs: number },
): Promise<number> {
  const client = () => createRecordedClient(stage, history);
  const ttlMs = Math.ceil(2 * paceMs) + leastMs;
  const first = await client().set(key, { ttlMs });
  const tookMs = Number(first.return - first.call) / 1e6;
  const version = first.server.version ?? '"none"';
  let working = true;
  const read = async (): Promise<void> => {
    const reader = client();
    while (working && !stage.signal.aborted) await reader.get(key);
  };
  const write = async (): Promise<Operation> => {
    const writer = client();
    const actions: readonly (() => Promise<Operation>)[] = [
      () => writer.touch(key, null),
      () => writer.cas(key, version),
      () => writer.set(key),
      () => writer.create(key),
      () => writer.set(key, { ttlMs: 'keep' }),
      () => writer.delete(key),
    ];
    const leftMs = ttlMs - Number(process.hrtime.bigint() - first.call) / 1e6;
    await delay(Math.max(0, leftMs - random.next() * (paceMs + 1)), undefined, { signal: stage.signal });
    return random.pick(actions)();
  };
  const reading = Array.from({ length: readers }, read);
  await Promise.all(Array.from({ length: writers }, write)).finally(() => {
    working = false;
  });
  await Promise.all(reading);
  await client().get(key);
  return tookMs;
}

async function judgeShortLives(stage: Stage): Promise<void> {
  const history = openHistory(stage);
  const beside = openCollection(stage, { collection: 'beside' });
  let working = true;
  /** Large writes, so that the others wait for their turn. */
  const throng = async (_: unknown, number: number): Promise<void> => {
    while (working && !stage.signal.aborted) await beside.store(`k${number}`, Buffer.alloc(crowdBytes, number));
  };
  const lane = async (_: unknown, number: number): Promise<void> => {
    const random = stage.random.split(`lane ${number}`);
    let paceMs = 2;
    for (let round = 0; round < roundsPerLane; round += 1) {
      const tookMs = await outlive(stage, history, { key: `${number}-${round}`, random, paceMs });
      paceMs = (paceMs + tookMs) / 2;
    }
  };
  const crowded = Array.from({ length: crowd }, throng);
  await Promise.all(Array.from({ length: lanes }, lane)).finally(() => {
    working = false;
  });
  await Promise.all(crowded);
  await judgeHistory(stage, history, [
    // Expiry is in whole milliseconds of a clock that is corrected while it runs.
    { checker: 'linearizability', parameters: { clock: 'running', slackMs: 5 }, minimums: { overlaps: 200 } },
    {
      checker: 'activity',
      parameters: {},
      minimums: { 'ok cas': 1, 'fail cas': 3, 'ok create': 2, 'fail create': 3, 'ok touch': 3, 'fail touch': 2 },
    },
  ]);
}

export const shortLifeCases: readonly Case[] = [
  defineCase(
    'short-lives/outlived',
    'Of writes that come to their turn around the end of a key and would let it live on, some order explains every answer: what was seen to have ended does not come back',
    judgeShortLives,
    { timeoutMs: 60_000, costMs: 3_000 },
  ),
];
