/** Many clients on one key. What they did and saw is stored first and judged after. */

import { expectStatus } from '../check.ts';
import { checkIncrements, incrementsVersion } from '../checkers/increments.ts';
import { renderWitness } from '../checkers/witness.ts';
import { checkZones, zonesVersion } from '../checkers/zones.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { countOverlaps, createHistory, type HistoryRecorder, type Operation, renderHistory } from '../history.ts';
import type { Case, Stage } from '../suite.ts';
import { decodeValue, encodeValue, nameOf } from '../unique-value.ts';
import { CaseFailed } from '../verdict.ts';

interface HotKey {
  readonly writers: number;
  readonly readers: number;
  readonly operationsPerClient: number;
  readonly valueBytes: number;
}

/** Numbers clients; one whose operation has no outcome goes on under a new number. */
function createProcesses(): () => number {
  let last = 0;
  return () => {
    last += 1;
    return last;
  };
}

async function runHotKey(stage: Stage, load: HotKey): Promise<readonly Operation[]> {
  const c = openCollection(stage);
  const history = createHistory(stage.server === undefined ? null : String(stage.server.pid));
  const nextProcess = createProcesses();
  const torn: CaseFailed[] = [];

  const write = async (): Promise<void> => {
    const random = stage.random.split(`writer ${nextProcess()}`);
    let process = nextProcess();
    for (let sequence = 0; sequence < load.operationsPerClient; sequence += 1) {
      const id = { process, sequence };
      const body = encodeValue(id, Math.max(1, Math.round(load.valueBytes * (0.5 + random.next()))));
      const done = await history.record({
        process,
        key: 'k',
        f: 'set',
        input: nameOf(id),
        send: () => stage.client.request({ method: 'PUT', path: c.pathOf('k'), body }),
        ok: [200, 201],
      });
      if (done.type === 'info') process = nextProcess();
    }
  };
  const read = async (): Promise<void> => {
    let process = nextProcess();
    for (let i = 0; i < load.operationsPerClient; i += 1) {
      const done = await history.record({
        process,
        key: 'k',
        f: 'get',
        input: null,
        send: () => stage.client.request({ method: 'GET', path: c.pathOf('k') }),
        ok: [200, 404],
        read: (answer) => {
          if (answer.status === 404) return null;
          const id = decodeValue(answer.body);
          if (!('torn' in id)) return nameOf(id);
          torn.push(new CaseFailed('a whole value', `one that is torn: ${id.torn}`, { exchange: answer.exchange }));
          return id.torn;
        },
      });
      if (done.type === 'info') process = nextProcess();
    }
  };
  const clients = [...Array.from({ length: load.writers }, write), ...Array.from({ length: load.readers }, read)];
  await Promise.all(clients);

  await stage.note.history(renderHistory(history.operations()), zonesVersion);
  if (torn[0] !== undefined) throw torn[0];
  return history.operations();
}

/** A history that could not have shown a contradiction proves nothing. */
function noteVacuity(stage: Stage, operations: readonly Operation[]): void {
  const ok = (f: Operation['f']): number => operations.filter((one) => one.f === f && one.type === 'ok').length;
  const seen = new Set(operations.filter(({ f, type }) => f === 'get' && type === 'ok').map(({ output }) => output));
  stage.note.vacuity({
    guard: 'operations under way together with a write',
    value: countOverlaps(operations),
    minimum: 10,
  });
  stage.note.vacuity({ guard: 'acknowledged writes', value: ok('set'), minimum: 10 });
  stage.note.vacuity({ guard: 'answered reads', value: ok('get'), minimum: 10 });
  stage.note.vacuity({ guard: 'different values read', value: seen.size, minimum: 3 });
}

async function judgeHotKey(stage: Stage, load: HotKey): Promise<void> {
  const operations = await runHotKey(stage, load);
  const refused = operations.find(({ type }) => type === 'fail');
  if (refused !== undefined) {
    const witness = renderWitness('an operation without a condition was refused', [refused]);
    throw new CaseFailed('every read and write to be taken', refused.error ?? 'a refusal', { witness });
  }
  const verdict = checkZones(operations);
  if (!verdict.legal) {
    const witness = renderWitness(verdict.reason, verdict.operations);
    throw new CaseFailed('some order of the operations that explains every read', 'none', { witness });
  }
  noteVacuity(stage, operations);
}

/** Adds one, `wins` times, each by a compare-and-set; gives up after `maxTries`. */
async function increment(
  stage: Stage,
  c: Collection,
  history: HistoryRecorder,
  work: { readonly process: number; readonly wins: number; readonly maxTries: number },
): Promise<void> {
  let wins = 0;
  for (let tries = 0; wins < work.wins && tries < work.maxTries; tries += 1) {
    const read = expectStatus(await c.get('counter'), 200);
    const [from, etag] = [Number(read.body.toString()), read.header('etag') ?? ''];
    const done = await history.record({
      process: work.process,
      key: 'counter',
      f: 'cas',
      input: `${etag} ${from} -> ${from + 1}`,
      send: () =>
        stage.client.request({
          method: 'PUT',
          path: c.pathOf('counter'),
          headers: { 'If-Match': etag },
          body: String(from + 1),
        }),
      ok: [200],
    });
    if (done.type === 'ok') wins += 1;
    // What may or may not have been added ends this client, so that it can be told at most once.
    if (done.type === 'info') return;
  }
}

async function judgeIncrements(stage: Stage, clients: number, wins: number): Promise<void> {
  const c = openCollection(stage);
  const history = createHistory(stage.server === undefined ? null : String(stage.server.pid));
  const first = await c.store('counter', '0');
  await Promise.all(
    Array.from({ length: clients }, (_, i) =>
      increment(stage, c, history, { process: i + 1, wins, maxTries: wins * 40 }),
    ),
  );
  const last = expectStatus(await c.get('counter'), 200);
  const operations = history.operations();
  await stage.note.history(renderHistory(operations), incrementsVersion);
  const final = { value: Number(last.body.toString()), etag: last.header('etag') ?? '' };
  const illegal = checkIncrements(operations, { first, final });
  if (illegal !== undefined) {
    const witness = renderWitness(illegal.reason, illegal.operations);
    throw new CaseFailed(illegal.expected, illegal.reason, { witness, exchange: last.exchange });
  }
  const count = (type: Operation['type']): number => operations.filter((one) => one.type === type).length;
  stage.note.vacuity({ guard: 'acknowledged increments', value: count('ok'), minimum: clients });
  stage.note.vacuity({ guard: 'increments that lost a race', value: count('fail'), minimum: 1 });
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
    'concurrency/increments',
    'Increments of three clients by compare-and-set: none is lost and none counts twice',
    (stage) => judgeIncrements(stage, 3, 12),
    race,
  ),
];
