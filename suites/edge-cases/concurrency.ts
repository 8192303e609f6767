/** Many clients on one key. What they did and saw is stored first and judged after. */

import { defineCase } from '../define-case.ts';
import type { Operation } from '../history.ts';
import { judgeHistory } from '../judge-history.ts';
import type { Random } from '../random.ts';
import { createRecordedClient, type RecordedClient } from '../recorded-client.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';

interface HotKey {
  readonly writers: number;
  readonly readers: number;
  readonly operationsPerClient: number;
  readonly valueBytes: number;
}

async function judgeHotKey(stage: Stage, load: HotKey): Promise<void> {
  const history = openHistory(stage);
  const write = async (_: unknown, number: number): Promise<void> => {
    const random = stage.random.split(`writer ${number}`);
    const valueBytes = (): number => Math.max(1, Math.round(load.valueBytes * (0.5 + random.next())));
    const client = createRecordedClient(stage, history, { valueBytes });
    for (let i = 0; i < load.operationsPerClient; i += 1) await client.set('k');
  };
  const read = async (): Promise<void> => {
    const client = createRecordedClient(stage, history);
    for (let i = 0; i < load.operationsPerClient; i += 1) await client.get('k');
  };
  const clients = [...Array.from({ length: load.writers }, write), ...Array.from({ length: load.readers }, read)];
  await Promise.all(clients);
  await judgeHistory(stage, history, [
    { checker: 'accepted', parameters: { kinds: ['get', 'set'] } },
    { checker: 'zones', parameters: {}, minimums: { writes: 10, reads: 10, values: 3, overlaps: 10 } },
  ]);
}

/** Adds one, `wins` times, each by a compare-and-set; gives up after `maxTries`. */
async function increment(
  stage: Stage,
  history: Recorder,
  work: { readonly wins: number; readonly maxTries: number },
): Promise<void> {
  const client = createRecordedClient(stage, history);
  let wins = 0;
  for (let tries = 0; wins < work.wins && tries < work.maxTries; tries += 1) {
    const { output, server } = await client.get('counter');
    const done = await client.cas('counter', server.version ?? '', { text: String(Number(output) + 1) });
    if (done.type === 'ok') wins += 1;
    // What may or may not have been added ends this client, so that it can be told at most once.
    if (done.type === 'info') return;
  }
}

async function judgeIncrements(stage: Stage, clients: number, wins: number): Promise<void> {
  const history = openHistory(stage);
  const first = createRecordedClient(stage, history);
  await first.set('counter', { text: '0' });
  await Promise.all(Array.from({ length: clients }, () => increment(stage, history, { wins, maxTries: wins * 40 })));
  await first.get('counter');
  await judgeHistory(stage, history, [
    { checker: 'increments', parameters: {}, minimums: { acknowledged: clients, 'lost races': 1 } },
  ]);
}

const longMs = 3_600_000;

/** One client that does whatever comes, by the version that it saw last. No key ends by itself before the case does. */
async function doAnything(client: RecordedClient, random: Random, operations: number): Promise<void> {
  const seen = new Map<string, string>();
  const actions: readonly ((key: string) => Promise<Operation>)[] = [
    (key) => client.get(key),
    (key) => client.get(key),
    (key) => client.set(key),
    (key) => client.set(key, { ttlMs: longMs }),
    (key) => client.set(key, { ttlMs: 'keep' }),
    (key) => client.create(key),
    (key) => client.cas(key, seen.get(key) ?? '"never"'),
    (key) => client.touch(key, random.next() < 0.5 ? null : longMs),
    (key) => client.delete(key),
  ];
  for (let i = 0; i < operations; i += 1) {
    const key = random.pick(['a', 'b']);
    const { server } = await random.pick(actions)(key);
    if (server.version !== null) seen.set(key, server.version);
  }
}

async function judgeAnything(stage: Stage, clients: number, operations: number): Promise<void> {
  const history = openHistory(stage);
  const work = Array.from({ length: clients }, (_, n) =>
    doAnything(createRecordedClient(stage, history), stage.random.split(`client ${n}`), operations),
  );
  await Promise.all(work);
  const least = clients * 3;
  await judgeHistory(stage, history, [
    // Expiry is in whole milliseconds of a clock that is corrected while it runs.
    { checker: 'linearizability', parameters: { clock: 'running', slackMs: 5 }, minimums: { overlaps: least } },
    { checker: 'activity', parameters: {}, minimums: { 'ok cas': 1, 'ok create': 1, 'ok delete': 1, 'ok touch': 1 } },
  ]);
}

const race = { timeoutMs: 60_000, costMs: 1_500 };

export const concurrencyCases: readonly Case[] = [
  defineCase(
    'concurrency/hot-key-narrow',
    'Two writers and two readers of one key: some order of all they did explains every read',
    (stage) => judgeHotKey(stage, { writers: 2, readers: 2, operationsPerClient: 120, valueBytes: 40 }),
    race,
  ),
  defineCase(
    'concurrency/hot-key-wide',
    'Twelve writers and twelve readers of one key: some order of all they did explains every read',
    (stage) => judgeHotKey(stage, { writers: 12, readers: 12, operationsPerClient: 40, valueBytes: 40 }),
    race,
  ),
  defineCase(
    'concurrency/hot-key-few-writers',
    'One writer and ten readers of one key: no reader goes back in time',
    (stage) => judgeHotKey(stage, { writers: 1, readers: 10, operationsPerClient: 60, valueBytes: 400 }),
    race,
  ),
  defineCase(
    'concurrency/large-values',
    'Values of 100 KB to 600 KB written and read at once on one key are never torn or mixed',
    async (stage) => {
      await judgeHotKey(stage, { writers: 4, readers: 4, operationsPerClient: 15, valueBytes: 400_000 });
      if (stage.server === undefined) return;
      stage.note.measurement({ name: 'server peak RSS', unit: 'bytes', value: stage.server.peakRssBytes() });
    },
    { ...race, costMs: 2_500 },
  ),
  defineCase(
    'concurrency/everything',
    'Reads, writes, conditions, touches and deletes at once: some order of all of them explains every answer',
    (stage) => judgeAnything(stage, 5, 120),
    race,
  ),
  defineCase(
    'concurrency/increments',
    'Increments of three clients by compare-and-set: none is lost and none counts twice',
    (stage) => judgeIncrements(stage, 3, 12),
    race,
  ),
];
