/** A cache before the store: never behind a write, never past an expiry or a bound. */

import type { Answer } from '../answer.ts';
import { openBatches } from '../batch.ts';
import { etagOf, expectBody, expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { cachedServer, expectHit, expectMiss } from './cached-server.ts';

const soleWriter = cachedServer('--cache-bytes', '8000000', '--cache-sole-writer');

/** Reads until the cache has it. */
async function warm(c: Collection): Promise<Answer> {
  await c.get('k');
  return expectHit(await c.get('k'));
}

async function hitAndMiss(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  await c.store('k', 'value', { query: 'ttlMs=600000', headers: { 'content-type': 'text/x-special' } });
  const miss = expectMiss(await c.get('k'));
  const hit = expectHit(await c.get('k'));
  expectBody(hit, 'value');
  for (const name of ['etag', 'content-type', 'last-modified', 'commander-expires-at', 'cache-control']) {
    expectHeader(hit, name, miss.header(name));
  }
  await stage.advanceClock(2_500);
  expectHeader(expectHit(await c.get('k')), 'age', /^([2-9]|\d{2,})$/);
  expectHeader(expectHit(await c.head('k')), 'content-length', '5');
  const same = expectStatus(await c.get('k', { headers: { 'If-None-Match': etagOf(hit) } }), 304);
  expectHeader(same, 'x-cache', 'hit');
  expectHeader(same, 'age', /^\d+$/);
  expectStatus(await c.get('k', { headers: { 'If-Match': `"${'0'.repeat(32)}"` } }), 412, 'precondition_failed');
}

async function clientDecides(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const get = (cacheControl: string): Promise<Answer> => c.get('k', { headers: { 'Cache-Control': cacheControl } });
  await c.store('k', 'v');
  expectMiss(await get('no-store'));
  expectMiss(await c.get('k'));
  await stage.advanceClock(10_000);
  expectHit(await get('max-age=3600'));
  expectHit(await get('min-fresh=1, x-unknown=2'));
  expectMiss(await get('max-age=10'));
  expectHit(await get('max-age=3600'));
  expectHeader(await c.get('k'), 'age', /^\d$/);
  for (const asked of [
    'no-cache',
    'No-Cache',
    'max-age=0',
    'max-age=x',
    'max-age=3600, no-cache',
    'private,no-store',
  ]) {
    expectMiss(await get(asked));
  }
  expectMiss(await c.get('k'));
  expectHit(await c.get('k'));
  expectMiss(await c.head('k', { headers: { 'Cache-Control': 'no-cache' } }));
}

async function everyWrite(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  await c.store('k', 'first');
  const writes: readonly { readonly write: (etag: string) => Promise<Answer>; readonly body: string }[] = [
    { write: () => c.put('k', 'put'), body: 'put' },
    { write: () => c.send('POST', 'k', { body: 'posted' }), body: 'posted' },
    { write: (etag) => c.put('k', 'conditional', { headers: { 'If-Match': etag } }), body: 'conditional' },
    { write: () => c.patch('k', 'ttlMs=600000'), body: 'conditional' },
    { write: () => c.put('k', 'kept', { query: 'keepTtl=true' }), body: 'kept' },
    { write: () => c.patch('k', 'persist=true'), body: 'kept' },
  ];
  for (const { write, body } of writes) {
    const etag = etagOf(await warm(c));
    const written = expectStatus(await write(etag), 200);
    const read = expectMiss(await c.get('k'));
    expectBody(read, body);
    expectHeader(read, 'etag', etagOf(written));
    expectHeader(read, 'commander-expires-at', written.header('commander-expires-at'));
  }
  const etag = etagOf(await warm(c));
  expectStatus(await c.put('k', 'refused', { headers: { 'If-None-Match': '*' } }), 412);
  expectHeader(expectStatus(await c.get('k'), 200), 'etag', etag);
  await warm(c);
  expectStatus(await c.delete('k'), 204);
  for (const answer of [await c.get('k'), await c.head('k')]) expectStatus(answer, 404);
  await c.store('k', 'again');
  expectBody(await warm(c), 'again');
}

async function batches(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const b = openBatches(stage);
  const keys = ['set', 'touched', 'deleted', 'refused'];
  for (const key of keys) {
    await c.store(key, 'old');
    await c.get(key);
    expectHit(await c.get(key));
  }
  const steps = [
    b.set('set', 'new'),
    b.touch('touched', { ttlMs: 600_000 }),
    b.delete('deleted'),
    b.set('refused', 'new', { ifNoneMatch: '*' }),
    b.get('set'),
  ];
  const [, touched, , , got] = await b.run(steps, [200, 200, 204, 412, 200]);
  expectEqual('what the batch reads', got?.text, 'new');
  expectBody(expectMiss(await c.get('set')), 'new');
  expectHeader(expectMiss(await c.get('touched')), 'commander-expires-at', touched?.expiresAt);
  expectStatus(await c.get('deleted'), 404, 'key_not_found');
  expectBody(expectStatus(await c.get('refused'), 200), 'old');
  expectHit(await c.get('set'));
  expectStatus(await b.deleteKeys(['set', 'touched']), 200);
  for (const key of ['set', 'touched']) expectStatus(await c.get(key), 404, 'key_not_found');
}

/** The sample of a metric without labels. */
async function sampleOf(stage: Stage, name: string): Promise<number> {
  const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/metrics' }), 200);
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(answer.body.toString())?.[1] ?? Number.NaN);
}

async function counts(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  await c.store('k', 'v');
  const before = await sampleOf(stage, 'commander_cache_hits_total');
  for (let round = 0; round < 4; round += 1) await c.get('k');
  expectEqual('hits', (await sampleOf(stage, 'commander_cache_hits_total')) - before, 3);
  expectEqual('entries', await sampleOf(stage, 'commander_cache_entries'), 1);
  expectTrue((await sampleOf(stage, 'commander_cache_bytes')) > 0, 'bytes', 'none');
  await c.delete('k');
  expectEqual('entries', await sampleOf(stage, 'commander_cache_entries'), 0);
}

async function expiry(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const read = async (): Promise<readonly number[]> => [(await c.get('k')).status, (await c.head('k')).status];
  await c.store('k', 'v', { query: 'ttlMs=5000' });
  await warm(c);
  await stage.advanceClock(4_999);
  expectHit(await c.get('k'));
  await stage.advanceClock(1);
  expectEqual('GET and HEAD at the end of the TTL', await read(), [404, 404]);
  await c.store('k', 'v', { query: 'ttlMs=600000' });
  await warm(c);
  expectStatus(await c.patch('k', 'ttlMs=10'), 200);
  await warm(c);
  await stage.advanceClock(10);
  expectEqual('GET and HEAD at the end of the shorter TTL', await read(), [404, 404]);
}

/** Writers count up, one key each; readers may see no count that is over. */
async function underWrites(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const keys = ['a', 'b', 'c'];
  const least = new Map(keys.map((key) => [key, -1]));
  let writing = keys.length;
  let hits = 0;
  const write = async (key: string): Promise<void> => {
    for (let count = 0; count < 120; count += 1) {
      await c.store(key, `${count}`);
      least.set(key, count);
      // Nobody else writes the key, so what a touch leaves is what is read next.
      const touched = expectStatus(await c.patch(key, 'ttlMs=600000'), 200);
      expectHeader(expectStatus(await c.get(key), 200), 'etag', etagOf(touched));
      // Time for some reads, so that the cache has something to give.
      for (let read = 0; read < count % 4; read += 1) await c.get(key);
    }
    writing -= 1;
  };
  const read = async (random: Stage['random']): Promise<void> => {
    while (writing > 0) {
      const key = random.pick(keys);
      const before = least.get(key) ?? 0;
      const answer = await c.get(key, random.next() < 0.2 ? { headers: { 'Cache-Control': 'no-cache' } } : {});
      const seen = answer.status === 404 ? -1 : Number(expectStatus(answer, 200).body.toString());
      expectTrue(seen >= before, `${before} or later`, `${seen}`, answer);
      least.set(key, Math.max(least.get(key) ?? 0, seen));
      if (answer.header('x-cache') === 'hit') hits += 1;
    }
  };
  const readers = Array.from({ length: 8 }, (_, index) => read(stage.random.split(`reader ${index}`)));
  await Promise.all([...keys.map(write), ...readers]);
  stage.note.measurement({ name: 'hits', unit: 'count', value: hits });
  if (hits === 0) throw new CaseInconclusive('vacuous', 'the cache answered nothing');
}

async function otherServer(stage: Stage): Promise<void> {
  const other = openCollection(await stage.startSecondServer());
  const c = openCollection(stage);
  await c.store('k', 'old');
  await warm(c);
  expectStatus(await other.put('k', 'new'), 200);
  expectBody(expectMiss(await c.get('k', { headers: { 'Cache-Control': 'no-cache' } })), 'new');
  expectStatus(await other.put('k', 'newer'), 200);
  await stage.advanceClock(60_001);
  expectBody(expectMiss(await c.get('k')), 'newer');
  await warm(c);
  expectStatus(await other.delete('k'), 204);
  await stage.advanceClock(60_001);
  expectStatus(await c.get('k'), 404, 'key_not_found');
}

async function off(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  await c.store('k', 'v');
  for (let round = 0; round < 3; round += 1) {
    const answer = expectStatus(await c.get('k'), 200);
    for (const name of ['x-cache', 'age']) expectHeader(answer, name, undefined);
  }
}

export const cacheCases: readonly Case[] = [
  defineCase(
    'cache/hit-and-miss',
    'What the cache answers is what the store answered, with X-Cache and its Age in seconds, for GET, HEAD and 304',
    hitAndMiss,
    soleWriter,
  ),
  defineCase(
    'cache/client-decides',
    'Cache-Control of a request is obeyed: no-cache and max-age read from the store, no-store keeps nothing of it',
    clientDecides,
    soleWriter,
  ),
  ...(['lru', 'lfu'] as const).map((policy) =>
    defineCase(
      `cache/every-write-${policy}`,
      `With ${policy.toUpperCase()}, what is read after a write of any kind is what the write left`,
      everyWrite,
      cachedServer('--cache-bytes', '8000000', '--cache-sole-writer', '--cache-policy', policy),
    ),
  ),
  defineCase(
    'cache/batches',
    'What is read after a batch is what its operations left, each of them, and a batch is not answered from the cache',
    batches,
    soleWriter,
  ),
  defineCase('cache/counts', 'The metrics count the hits, and what is cached', counts, soleWriter),
  defineCase(
    'cache/expiry',
    'A cached record is there until its TTL ends and absent from that instant on',
    expiry,
    soleWriter,
  ),
  defineCase(
    'cache/under-writes',
    'Among readers and writers no read goes back behind an acknowledged write or an earlier read',
    underWrites,
    { ...soleWriter, costMs: 3_000, timeoutMs: 60_000 },
  ),
  defineCase(
    'cache/other-server',
    'What another server writes is seen at once with no-cache, and otherwise once the bound on staleness has passed',
    otherServer,
    {
      ...cachedServer('--cache-bytes', '8000000', '--cache-max-staleness-ms', '60000'),
      requires: ['server', 'testing.clock', 'shared-store'],
      costMs: 1_500,
    },
  ),
  defineCase('cache/off', 'Without a cache no answer speaks of one', off),
];
