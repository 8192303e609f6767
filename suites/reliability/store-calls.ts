/** Requests that are more than one call of the store, over a link on which some of these calls fail or are late. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import { openBatches, resultsOf } from '../batch.ts';
import { expectEqual, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection, sendTo } from '../collection.ts';
import { pageOf } from '../listing.ts';
import { collectionsPath, namesPageOf, namespacesPath } from '../names.ts';
import type { Case, Stage } from '../suite.ts';
import { startLoad } from './load.ts';
import { batchStepMs, marginMs, recoverWithinMs, storeTimeoutMs } from './outage.ts';
import { defineStoreLinkCase, type StoreLinkCase } from './store-link.ts';

const largeBytes = 2_500_000;
/** What a value of that size may take beside: 1 s a megabyte. */
const largeTimeoutMs = storeTimeoutMs + largeBytes / 1_000;

/** Values so large that silence alone does not tell a dead connection from a busy one. */
async function surviveHalfOpen(stage: Stage): Promise<void> {
  const load = await startLoad([stage], { clients: 12, keys: 4, valueBytes: largeBytes });
  for (let round = 0; round < 2; round += 1) {
    await load.more(20);
    const fault = await load.strike(() => stage.faults.network('store', { kind: 'half-open' }));
    await load.recover(largeTimeoutMs + recoverWithinMs);
    await fault.heal();
    await load.recover(recoverWithinMs);
  }
  await load.judge();
}

const steps = 60;

/** Each operation waits for the one before, as they have one key: they cannot all be done in time. */
async function endInTime(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const b = openBatches(stage);
  await c.store('k', 'before');
  const fault = await stage.faults.network('store', { kind: 'latency', delayMs: 150, jitterMs: 0 });
  const started = performance.now();
  const answer = expectStatus(await b.send(Array.from({ length: steps }, (_, step) => b.set('k', `${step}`))), 207);
  const tookMs = Math.round(performance.now() - started);
  await fault.heal();
  const withinMs = storeTimeoutMs + steps * batchStepMs + marginMs;
  expectTrue(tookMs <= withinMs, `an answer within ${withinMs} ms`, `${tookMs} ms`, answer);
  const statuses = resultsOf(answer).map(({ status }) => status);
  const done = statuses.indexOf(503);
  stage.note.vacuity({ guard: 'operations that were done', value: done, minimum: 2 });
  stage.note.vacuity({ guard: 'operations that were not', value: steps - done, minimum: 10 });
  expectEqual('the statuses', statuses, [...Array(done).fill(200), ...Array(steps - done).fill(503)], answer);
  // Of the first that has failed nobody knows; what came behind it was never sent.
  const left = Number(expectStatus(await c.get('k'), 200).body.toString());
  expectTrue(left === done - 1 || left === done, `${done - 1} or ${done}`, `${left}`, answer);
}

const records = 240;
const collections = ['c', ...Array.from({ length: 12 }, (_, index) => `d${String(index).padStart(2, '0')}`)];
const refusals = 10;
const walks = 3;

interface Walk {
  readonly what: string;
  readonly path: string;
  readonly expected: readonly string[];
  readonly read: (answer: Answer) => { readonly names: readonly string[]; readonly cursor: string | undefined };
}

async function walksOf(stage: Stage, c: Collection): Promise<readonly Walk[]> {
  const keys = Array.from({ length: records }, (_, index) => `k${String(index).padStart(4, '0')}`);
  const b = openBatches(stage);
  const value = (index: number) => ({ json: { rare: index % 60 === 59 } });
  const sets = keys.map((key, index) => ({ ...b.set(key, ''), text: undefined, ...value(index) }));
  expectStatus(await b.send(sets), 200);
  for (const collection of collections.slice(1)) await openCollection(stage, { collection }).store('k', 'v');
  const namespaces = ['', '-a', '-b', '-c', '-d'].map((end) => `${stage.namespace}${end}`);
  for (const namespace of namespaces.slice(1)) await openCollection(stage, { namespace }).store('k', 'v');
  const readKeys: Walk['read'] = (answer) => {
    const { items, cursor } = pageOf(answer);
    return { names: items.map(({ key }) => key), cursor };
  };
  const rare = encodeURIComponent(JSON.stringify({ rare: { eq: true } }));
  const rarely = keys.filter((_, index) => index % 60 === 59);
  return [
    { what: 'keys', path: `${c.path}?limit=20`, expected: keys, read: readKeys },
    { what: 'values', path: `${c.path}?limit=40&values=true`, expected: keys, read: readKeys },
    { what: 'filtered keys', path: `${c.path}?limit=3&filter=${rare}`, expected: rarely, read: readKeys },
    {
      what: 'collections',
      path: `${collectionsPath(stage.namespace)}?limit=5`,
      expected: collections,
      read: namesPageOf,
    },
    // The store is the case's own.
    { what: 'namespaces', path: `${namespacesPath}?limit=2`, expected: namespaces, read: namesPageOf },
  ];
}

/** Walks again and again until the link has refused enough; a page that is refused is asked for again. */
async function walk(stage: Stage, { what, path, expected, read }: Walk): Promise<void> {
  let refused = 0;
  for (let whole = 0; whole < walks || refused < refusals; ) {
    const names: string[] = [];
    let cursor: string | undefined = '';
    while (cursor !== undefined) {
      const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const answer: Answer = await sendTo(stage, { method: 'GET', path: `${path}${query}` });
      if (answer.status === 503) {
        refused += 1;
        await delay(20, undefined, { signal: stage.signal });
        continue;
      }
      const page = read(answer);
      names.push(...page.names);
      cursor = page.cursor;
    }
    expectEqual(`the ${what}`, names, expected);
    whole += 1;
  }
  stage.note.vacuity({ guard: `pages of ${what} that were refused`, value: refused, minimum: refusals });
}

async function listWhole(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const all = await walksOf(stage, c);
  const fault = await stage.faults.network('store', { kind: 'drop-answer', percent: 4 });
  await Promise.all(all.map((one) => walk(stage, one)));
  await fault.heal();
}

const repetitions = 15;

/** A batch that shows by its own condition whether it has run before. */
async function sendOnce(stage: Stage, key: string): Promise<Answer> {
  const b = openBatches(stage);
  const atomic = stage.capabilities.atomicBatch !== 'none';
  const headers = { 'Idempotency-Key': `${stage.namespace}.${key}` };
  return b.send([b.set(key, key, { ifNoneMatch: '*' }), b.set(`${key}-twin`, key)], { atomic, headers });
}

/** Answers that leave open what has happened, so that a client sends the request again. */
function isOpen(answer: Answer): boolean {
  return answer.status === 503 || (answer.status === 409 && /"idempotency_running"/.test(answer.body.toString()));
}

function expectFirstRun(answer: Answer): void {
  if (answer.header('idempotency-replayed') === 'true') return;
  if (answer.status === 409) expectProblem(answer, 409, 'outcome_unknown');
  else expectTrue(resultsOf(answer)[0]?.status !== 412, 'no second run of what was done', 'one', answer);
}

async function repeatUntilSettled(stage: Stage, key: string): Promise<boolean> {
  let answer = await sendOnce(stage, key);
  const first = answer;
  while (isOpen(answer)) {
    await delay(20, undefined, { signal: stage.signal });
    answer = await sendOnce(stage, key);
  }
  expectFirstRun(answer);
  return answer !== first;
}

async function runOnce(stage: Stage): Promise<void> {
  const fault = await stage.faults.network('store', { kind: 'drop-answer', percent: 15 });
  let repeated = 0;
  const client = async (number: number): Promise<void> => {
    for (let count = 0; repeated < repetitions; count += 1) {
      const key = `k${number}-${count}`;
      if (await repeatUntilSettled(stage, key)) repeated += 1;
    }
  };
  await Promise.all([0, 1].map(client));
  await fault.heal();
  stage.note.vacuity({ guard: 'batches that were sent again', value: repeated, minimum: repetitions });
}

const cases: readonly StoreLinkCase[] = [
  {
    id: 'half-open-large',
    claim: 'Connections that die without a word under large values cost no more than their deadline, time and again',
    tier: 'nightly',
    run: surviveHalfOpen,
    costMs: 30_000,
  },
  {
    id: 'slow-batch',
    claim: 'A batch of many calls over a slow link ends within its one deadline, and tells what was done by then',
    tier: 'nightly',
    run: endInTime,
    costMs: 8_000,
  },
  {
    id: 'listings',
    claim: 'A listing over a store whose answers get lost is whole, page by page: no failure reads as its end',
    tier: 'nightly',
    run: listWhole,
  },
  {
    id: 'repeat-with-key',
    claim: 'Batches with an Idempotency-Key over a store whose answers get lost, sent again, run at most once',
    tier: 'nightly',
    run: runOnce,
    // So that a store that gave no answer can be told something else at once.
    serverFlags: ['--redis-connections', '4'],
  },
];

export const storeCallCases: readonly Case[] = cases.map(defineStoreLinkCase);
