/** Atomic batches that write one token to every key of a group, in one order or the other. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import { type BatchResult, batchPath } from '../batch.ts';
import type { Batch, KeyValue } from '../history.ts';
import type { Random } from '../random.ts';
import { createRecordedClient } from '../recorded-client.ts';
import type { Recorder } from '../recorder.ts';
import type { Stage } from '../suite.ts';

export interface GroupLoad {
  readonly clients: number;
  readonly groups: number;
  readonly keysPerGroup: number;
  /** How many of 100 batches write; the rest read a whole group. */
  readonly writes: number;
}

export interface GroupWorkload {
  readonly inFlight: number;
  readonly acknowledged: number;
  stop(): Promise<void>;
}

const pauseMs = 20;

function keysOfGroup(group: number, { keysPerGroup }: GroupLoad): string[] {
  return Array.from({ length: keysPerGroup }, (_, index) => `g${group}-${index}`);
}

/** What the gets of a batch saw, in their order. */
function readBatch(reads: readonly string[]) {
  return ({ body }: Answer): readonly KeyValue[] => {
    const { results } = JSON.parse(body.toString()) as { readonly results: readonly BatchResult[] };
    const seen = results.slice(results.length - reads.length);
    return reads.map((key, index) => ({ key, value: seen[index]?.text ?? null }));
  };
}

async function sendBatch(
  stage: Stage,
  history: Recorder,
  intent: { readonly process: number; readonly writes: readonly KeyValue[]; readonly reads: readonly string[] },
): Promise<Batch> {
  const { process, writes, reads } = intent;
  const at = (key: string) => ({ namespace: stage.namespace, collection: 'c', key });
  const operations = [
    ...writes.map(({ key, value }) => ({ op: 'set', ...at(key), text: value })),
    ...reads.map((key) => ({ op: 'get', ...at(key) })),
  ];
  const body = JSON.stringify({ atomic: true, operations });
  const headers = { 'Content-Type': 'application/json' };
  const done = await history.record({
    intent: { f: 'batch', key: null, process, input: { atomic: true, writes, reads } },
    send: () => stage.client.request({ method: 'POST', path: batchPath, headers, body }),
    read: readBatch(reads),
  });
  return done as Batch;
}

/** The keys of a group in one order or the other, all to get the token or all to be read. */
function chooseBatch(random: Random, token: string, load: GroupLoad) {
  const keys = keysOfGroup(random.below(load.groups), load);
  if (random.below(2) === 0) keys.reverse();
  const writes = random.below(100) < load.writes;
  const values = keys.map((key): KeyValue => ({ key, value: token }));
  return { writes, batch: writes ? { writes: values, reads: [] } : { writes: [], reads: keys } };
}

/** Clients that write and read whole groups until they are told to stop. */
export function startGroups(stage: Stage, history: Recorder, load: GroupLoad): GroupWorkload {
  let stopping = false;
  let inFlight = 0;
  let acknowledged = 0;
  const client = async (number: number): Promise<void> => {
    const random = stage.random.split(`batches ${number}`);
    let process = history.nextProcess();
    for (let sequence = 0; !stopping && !stage.signal.aborted; sequence += 1) {
      const { writes, batch } = chooseBatch(random, `${process}:${sequence}`, load);
      inFlight += 1;
      const { type } = await sendBatch(stage, history, { process, ...batch });
      inFlight -= 1;
      if (type === 'ok' && writes) acknowledged += 1;
      if (type === 'info') process = history.nextProcess();
      if (type !== 'ok') await delay(pauseMs, undefined, { signal: stage.signal });
    }
  };
  const running = Promise.all(Array.from({ length: load.clients }, (_, index) => client(index + 1)));
  // A case that fails before it stops its clients has told why; theirs is then no news.
  void running.catch(() => undefined);
  return {
    get inFlight() {
      return inFlight;
    },
    get acknowledged() {
      return acknowledged;
    },
    async stop() {
      stopping = true;
      await running;
    },
  };
}

/** Reads every group, key by key: nothing but the store can make a whole of it. */
export async function readGroups(stage: Stage, history: Recorder, load: GroupLoad): Promise<void> {
  const reader = createRecordedClient(stage, history);
  for (let group = 0; group < load.groups; group += 1) {
    for (const key of keysOfGroup(group, load)) await reader.get(key);
  }
}
