/** Requests that meet on one key, in pairs and threes that leave the same behind whichever comes first. */

import { etagOf, expectBody, expectEqual, expectHeader, expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import type { Random } from '../random.ts';
import type { Case, Stage } from '../suite.ts';

const keys = Array.from({ length: 12 }, (_, index) => `k${String(index).padStart(2, '0')}`);
const rounds = 40;

/** So many rounds on every key, all keys of a round at once. */
async function meet(stage: Stage, onKey: (c: Collection, key: string, random: Random) => Promise<void>): Promise<void> {
  const c = openCollection(stage);
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(keys.map((key) => onKey(c, key, stage.random.split(`${round} ${key}`))));
  }
}

/** At once, now one first and now the other. */
async function race<A, B>(random: Random, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  if (random.next() < 0.5) return Promise.all([one(), other()]);
  const [second, first] = await Promise.all([other(), one()]);
  return [first, second];
}

/** The write comes behind the delete, or makes it fail: it is never taken away. */
async function deleteAnother(c: Collection, key: string, random: Random): Promise<void> {
  const etag = await c.store(key, 'old');
  const removal = () => c.delete(key, { headers: { 'If-Match': etag } });
  const [deleted, written] = await race(random, removal, () => c.put(key, 'new'));
  const first = deleted.status === 204;
  if (!first) expectStatus(deleted, 412, 'precondition_failed');
  expectStatus(written, first ? 201 : 200);
  const read = expectStatus(await c.get(key), 200);
  expectBody(read, 'new');
  expectHeader(read, 'etag', etagOf(written));
}

/** A condition that a touch has broken, or a key that is gone: one of the two fails. */
async function deleteTouched(c: Collection, key: string, random: Random): Promise<void> {
  const etag = await c.store(key, 'v');
  const removal = () => c.delete(key, { headers: { 'If-Match': etag } });
  const [deleted, touched] = await race(random, removal, () => c.patch(key, 'ttlMs=600000'));
  const first = deleted.status === 204;
  expectStatus(touched, first ? 404 : 200);
  if (!first) expectStatus(deleted, 412, 'precondition_failed');
  expectStatus(await c.get(key), first ? 404 : 200);
}

/** What the write keeps is what the touch has left, or is left to the touch to change. */
async function keepTouched(c: Collection, key: string, random: Random): Promise<void> {
  const change = random.next() < 0.5 ? 'persist=true' : 'ttlMs=86400000';
  await c.store(key, 'old', { query: 'ttlMs=600000' });
  const write = () => c.put(key, 'new', { query: 'keepTtl=true' });
  const [written, touched] = await race(random, write, () => c.patch(key, change));
  expectStatus(written, 200);
  const expiresAt = expectStatus(touched, 200).header('commander-expires-at');
  const read = expectStatus(await c.get(key), 200);
  expectBody(read, 'new');
  expectHeader(read, 'commander-expires-at', expiresAt);
}

async function comeAndGo(c: Collection, key: string, random: Random): Promise<void> {
  const other = random.pick([
    () => c.put(key, 'v', { query: 'ttlMs=600000' }),
    () => c.delete(key),
    () => c.patch(key, 'persist=true'),
  ]);
  await Promise.all([c.delete(key), other(), c.put(key, 'v')]);
}

async function listWhatIsThere(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  for (let round = 0; round < rounds; round += 1) {
    await Promise.all(keys.map((key) => comeAndGo(c, key, stage.random.split(`${round} ${key}`))));
    const there: string[] = [];
    for (const key of keys) {
      const answer = await c.head(key);
      if (answer.status !== 404) there.push(key);
    }
    expectEqual('the keys that are listed', await listKeys(c), there);
  }
}

const options = { timeoutMs: 60_000, costMs: 2_000 };

export const rivalCases: readonly Case[] = [
  defineCase(
    'rivals/conditional-delete',
    'A DELETE with If-Match never takes what was written at the same time: it comes first, or it is 412',
    (stage) => meet(stage, deleteAnother),
    options,
  ),
  defineCase(
    'rivals/conditional-delete-and-touch',
    'Of a DELETE with If-Match and a PATCH at the same time exactly one succeeds',
    (stage) => meet(stage, deleteTouched),
    options,
  ),
  defineCase(
    'rivals/keep-ttl-and-touch',
    'A write with keepTtl and a PATCH at the same time leave the expiry of the PATCH',
    (stage) => meet(stage, keepTouched),
    options,
  ),
  defineCase(
    'rivals/listed',
    'After writes and deletes of the same keys at once the listing has exactly the keys that are there',
    listWhatIsThere,
    options,
  ),
];
