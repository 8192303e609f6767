/** Expired records are removed beside writes that bring them back. */

import { expectBody, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';

const flushMs = 20;
const clients = 32;
/** A sweep comes every second. */
const lastMs = 3_500;
/** So many come at least, however slow the machine is. */
const leastOfClient = 10;

/**
 * Each key has a client of its own, which brings it back as soon as it has expired. While a flush takes its time, a
 * sweep that has found the key expired comes to remove it behind the write that has taken its place.
 */
async function bringBack(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const fault = await stage.faults.slowFlush(flushMs);
  const end = performance.now() + lastMs;
  let broughtBack = 0;
  const client = async (_: unknown, number: number): Promise<void> => {
    const key = `k${number}`;
    await c.store(key, 'kept');
    for (let round = 0; round < leastOfClient || performance.now() < end; round += 1) {
      // By its status: a read may come before a removal that takes what was kept.
      expectStatus(await c.put(key, 'expires', { query: 'ttlMs=1' }), 200);
      await c.store(key, `kept ${round}`);
      expectBody(expectStatus(await c.get(key), 200), `kept ${round}`);
      broughtBack += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  await fault.heal();
  stage.note.vacuity({ guard: 'records brought back', value: broughtBack, minimum: leastOfClient * clients });
}

export const sweepCases: readonly Case[] = [
  defineCase(
    'sweep/brought-back',
    'What is written in the place of an expired record is not removed with it, though a sweep is under way',
    bringBack,
    {
      isolation: 'machine',
      requires: ['server'],
      tiers: { lmdb: 'pr' },
      stage: { durability: 'declared', traced: true },
      faults: ['slow-flush'],
      timeoutMs: 60_000,
      costMs: 5_000,
    },
  ),
];
