/** A cache before a store that is slow, or whose answers get lost. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import { openBatches, sendBody } from '../batch.ts';
import { expectBody, expectEqual, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection, sendTo } from '../collection.ts';
import { dropCollectionPath, prefixPath } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';
import { recoverWithinMs } from './outage.ts';
import { defineStoreLinkCase, type StoreLinkCase } from './store-link.ts';

/** Uneven, so that an answer may be overtaken by what came later on another connection. */
const uneven = { kind: 'latency', delayMs: 60, jitterMs: 55 } as const;

type Write = (c: Collection, stage: Stage) => Promise<Answer>;

const writes: Readonly<Record<string, Write>> = {
  put: (c) => c.put('k', 'new'),
  'put with a condition': async (c) => c.put('k', 'new', { headers: { 'If-Match': '*' } }),
  'put that keeps the TTL': (c) => c.put('k', 'new', { query: 'keepTtl=true' }),
  touch: (c) => c.patch('k', 'ttlMs=600000'),
  delete: (c) => c.delete('k'),
  batch: (_, stage) => openBatches(stage).send([openBatches(stage).set('k', 'new')]),
  'delete of a prefix': (c, stage) => sendTo(stage, { method: 'DELETE', path: prefixPath(c, 'k') }),
  drop: (c, stage) => sendTo(stage, { method: 'DELETE', path: dropCollectionPath(c.namespace, c.name) }),
};

/** What the store has, past the cache. */
async function storedOf(stage: Stage, { namespace, name }: Collection): Promise<string> {
  const operation = { op: 'get', namespace, collection: name, key: 'k' };
  const { results } = (await untilServed(stage, () =>
    sendBody(stage, JSON.stringify({ operations: [operation] })),
  )) as {
    readonly results: readonly { readonly status: number; readonly text?: string; readonly etag?: string }[];
  };
  const [found] = results;
  return found?.status === 200 ? `${found.text} ${found.etag}` : '404';
}

/** The JSON of the first answer that is no refusal; fails when there is none in time. */
async function untilServed(stage: Stage, send: () => Promise<Answer>): Promise<unknown> {
  const endsAt = performance.now() + recoverWithinMs;
  for (;;) {
    const answer = await send();
    if (!/"store_unavailable"/.test(answer.body.toString())) return answer.json();
    if (performance.now() > endsAt) throw new CaseFailed(`an answer within ${recoverWithinMs} ms`, '503', answer);
    await delay(20, undefined, { signal: stage.signal });
  }
}

/** Of each write nobody knows whether it was done; what is read is what the store holds all the same. */
async function forgetUnknown(stage: Stage): Promise<void> {
  let cached = 0;
  let done = 0;
  for (const [index, [what, write]] of Object.entries(writes).entries()) {
    const c = openCollection(stage, { collection: `c${index}` });
    const at = what === 'batch' ? openCollection(stage) : c;
    const before = `old ${await at.store('k', 'old', { query: 'ttlMs=60000' })}`;
    await at.get('k');
    if ((await at.get('k')).header('x-cache') === 'hit') cached += 1;
    const fault = await stage.faults.network('store', { kind: 'drop-answer', percent: 100 });
    const answer = await write(at, stage);
    expectTrue(
      /"store_unavailable"/.test(answer.body.toString()),
      `an unknown outcome of a ${what}`,
      'another',
      answer,
    );
    await fault.heal();
    const stored = await storedOf(stage, at);
    if (stored !== before) done += 1;
    const read = await at.get('k');
    const seen = read.status === 404 ? '404' : `${expectStatus(read, 200).body} ${read.header('etag')}`;
    expectEqual(`what is read after a ${what}`, seen, stored, read);
  }
  stage.note.vacuity({ guard: 'keys that were cached', value: cached, minimum: Object.keys(writes).length });
  stage.note.vacuity({ guard: 'writes that were done, though refused', value: done, minimum: 4 });
}

const counts = 60;

/** Each value is read through the other server once it is acknowledged, while reads that began before it are on their way. */
async function readPastCache(stage: Stage): Promise<void> {
  const writer = openCollection(await stage.startSecondServer());
  const c = openCollection(stage);
  await writer.store('k', '0');
  const fault = await stage.faults.network('store', uneven);
  let counting = true;
  let reads = 0;
  const read = async (): Promise<void> => {
    for (; counting; reads += 1) expectStatus(await c.get('k'), 200);
  };
  const count = async (): Promise<void> => {
    for (let value = 1; value <= counts; value += 1) {
      await writer.store('k', `${value}`);
      expectBody(expectStatus(await c.get('k', { headers: { 'Cache-Control': 'no-cache' } }), 200), `${value}`);
    }
    counting = false;
  };
  await Promise.all([count(), read(), read()]);
  await fault.heal();
  stage.note.vacuity({ guard: 'reads beside', value: reads, minimum: counts });
}

const cases: readonly StoreLinkCase[] = [
  {
    id: 'cache-lost-answers',
    claim: 'A cache has nothing of what a write may have changed whose answer was lost, whatever kind of write',
    tier: 'nightly',
    run: forgetUnknown,
    serverFlags: ['--cache-bytes', '8000000', '--cache-sole-writer'],
    costMs: 15_000,
  },
  {
    id: 'cache-no-cache',
    claim:
      'A read with no-cache sees what another server has acknowledged, whatever reads of the cache are on their way',
    tier: 'nightly',
    run: readPastCache,
    serverFlags: ['--cache-bytes', '8000000', '--cache-max-staleness-ms', '1'],
    costMs: 15_000,
  },
];

export const cachedCases: readonly Case[] = cases.map(defineStoreLinkCase);
