/** What is gone gives its room back: over and over, a small disk takes many times of what it holds. */

import { setTimeout as delay } from 'node:timers/promises';
import { expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { prefixPath, removeAll } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';
import { encodeValue } from '../unique-value.ts';
import { CaseFailed } from '../verdict.ts';

const placeBytes = 16_777_216;
/** Above what the embedded store keeps beside its head, so that a value has parts of its own. */
const valueBytes = 300_000;
const perBurst = 10;
/** Three times what the place holds. */
const bursts = Math.ceil((3 * placeBytes) / (perBurst * valueBytes));
const ttlMs = 50;
/** What has expired is removed by and by. */
const removedWithinMs = 10_000;
const pollMs = 100;

const keys = Array.from({ length: perBurst }, (_, index) => `k${index}`);

interface Ending {
  /** Of the write. */
  readonly query?: string;
  /** What ends the records of a burst; absent: the writes of the next one, or their expiry. */
  readonly end?: (stage: Stage, c: Collection) => Promise<unknown>;
}

/** A write that finds the disk full is tried again for as long as what has expired may take to be removed. */
async function writeOnce(c: Collection, key: string, body: Buffer, { query }: Ending, waits: boolean): Promise<void> {
  const until = performance.now() + (waits ? removedWithinMs : 0);
  for (;;) {
    const { status, exchange } = await c.put(key, body, { query });
    if (status < 300) return;
    if (status !== 507 || performance.now() > until) {
      throw new CaseFailed('room for what takes the place of what is gone', String(status), { exchange });
    }
    await delay(pollMs);
  }
}

async function reuse(stage: Stage, ending: Ending, waits: boolean): Promise<void> {
  const c = openCollection(stage);
  for (let burst = 0; burst < bursts; burst += 1) {
    // Under new names where they expire: an old name would be overwritten.
    const names = waits ? keys.map((key) => `${burst}-${key}`) : keys;
    await Promise.all(
      names.map((key, i) => writeOnce(c, key, encodeValue({ process: i, sequence: burst }, valueBytes), ending, waits)),
    );
    await ending.end?.(stage, c);
  }
  stage.note.measurement({ name: 'written', unit: 'bytes', value: bursts * perBurst * valueBytes });
}

const deleteAll: Ending['end'] = (_, c) => Promise.all(keys.map(async (key) => expectStatus(await c.delete(key), 204)));
const removePrefix: Ending['end'] = (stage, c) => removeAll(stage, prefixPath(c, 'k'));

async function touchAll(_: Stage, c: Collection): Promise<void> {
  const { items } = expectStatus(await c.list(), 200).json() as { readonly items: readonly { readonly key: string }[] };
  await Promise.all(items.map(({ key }) => c.patch(key, `ttlMs=${ttlMs}`)));
}

function spaceCase(id: string, claim: string, ending: Ending, waits: boolean): Case {
  return defineCase(`space/${id}`, claim, (stage) => reuse(stage, ending, waits), {
    isolation: 'machine',
    requires: ['server'],
    tiers: { lmdb: waits && id !== 'expired' ? 'nightly' : 'pr' },
    stage: { durability: 'declared', place: { kind: 'tmpfs', bytes: placeBytes } },
    timeoutMs: 60_000,
    costMs: waits ? 4_000 : 1_500,
  });
}

const times = 'three times of what the disk holds can be written';

const expiring: Ending = { query: `ttlMs=${ttlMs}` };

export const spaceCases: readonly Case[] = [
  spaceCase('overwritten', `Over the same keys ${times}`, {}, false),
  spaceCase('deleted', `Of values that are deleted again ${times}`, { end: deleteAll }, false),
  spaceCase('removed', `Of values that are removed by their prefix ${times}`, { end: removePrefix }, false),
  spaceCase('expired', `Of values that expire ${times}`, expiring, true),
  {
    ...spaceCase(
      'expired-at-second',
      `Through a server whose elder has been killed ${times} of values that expire`,
      expiring,
      true,
    ),
    run: async (stage) => {
      const second = await stage.startSecondServer();
      await stage.server?.kill();
      await reuse(second, expiring, true);
    },
  },
  spaceCase('touched', `Of values that expire by a touch ${times}`, { end: touchAll }, true),
];
