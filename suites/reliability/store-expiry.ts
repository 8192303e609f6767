/** What the store itself forgets by its own clock, some time after a record has ended: nothing that has been kept since. */

import { setTimeout as delay } from 'node:timers/promises';
import { openBatches } from '../batch.ts';
import { expectBody, expectEqual, expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';

/** So far behind its store, less a little, that the longest time for which one here keeps what has expired is over. */
const behindMs = 3_600_000 - 20_000;
/** Longer than the shortest such time, and than a store waits between two looks at what has expired. */
const waitMs = 100_000;
const ttlMs = 10_000;

type Keep = (c: Collection, key: string, stage: Stage) => Promise<void>;

const inBatch = async (stage: Stage, step: object): Promise<void> => {
  await openBatches(stage).run([step], [200], { atomic: stage.capabilities.atomicBatch !== 'none' });
};

/** Ways in which a record that would have ended goes on. */
const keeps: Readonly<Record<string, Keep>> = {
  persisted: async (c, key) => void expectStatus(await c.patch(key, 'persist=true'), 200),
  lengthened: async (c, key) => void expectStatus(await c.patch(key, 'ttlMs=86400000'), 200),
  overwritten: async (c, key) => void (await c.store(key, key)),
  'overwritten with a longer TTL': async (c, key) => void (await c.store(key, key, { query: 'ttlMs=86400000' })),
  'persisted, then overwritten with its TTL kept': async (c, key) => {
    expectStatus(await c.patch(key, 'persist=true'), 200);
    await c.store(key, key, { query: 'keepTtl=true' });
  },
  'deleted and written anew': async (c, key) => {
    expectStatus(await c.delete(key), 204);
    await c.store(key, key);
  },
  'persisted in a batch': (_, key, stage) => inBatch(stage, openBatches(stage).touch(key, { persist: true })),
  'overwritten in a batch': (_, key, stage) => inBatch(stage, openBatches(stage).set(key, key)),
};

async function outliveStore(stage: Stage): Promise<void> {
  const fault = await stage.faults.clock(-behindMs);
  // A clock that is set back goes on from where it was; one that starts behind is behind.
  await stage.server?.restart();
  const c = openCollection(stage);
  const keys = Object.keys(keeps).sort();
  for (const key of keys) {
    await c.store(key, key, { query: `ttlMs=${ttlMs}` });
    await keeps[key]?.(c, key, stage);
  }
  await c.store('mortal', 'ended', { query: `ttlMs=${ttlMs}` });
  await delay(waitMs, undefined, { signal: stage.signal });
  expectStatus(await c.get('mortal'), 404);
  for (const key of keys) expectBody(expectStatus(await c.get(key), 200), key);
  expectEqual('the keys that are listed', await listKeys(c), keys);
  await fault.heal();
}

export const storeExpiryCases: readonly Case[] = [
  defineCase(
    'store-expiry/kept-records-stay',
    'What was given a longer life, or none to end, is there long after the store would have taken it away before',
    outliveStore,
    {
      isolation: 'machine',
      requires: ['server', 'testing.clock'],
      tiers: { redis: 'nightly', mongodb: 'nightly' },
      stage: { durability: 'declared', steeredClock: true },
      faults: ['clock'],
      timeoutMs: 180_000,
      costMs: 105_000,
    },
  ),
];
