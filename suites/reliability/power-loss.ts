/** The power fails while clients write: what was acknowledged is on the disk. */

import { openBatches } from '../batch.ts';
import { expectBody, expectHeader, expectStatus } from '../check.ts';
import { countLost } from '../checkers/kept.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { ActiveFault } from '../fault.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import { dropCollectionPath, prefixPath, removeAll } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';
import { startInserts } from './inserts.ts';
import { failedCommit } from './provoked.ts';

const writesBefore = 400;
const writesAfter = 40;

async function losePower(stage: Stage, history: Recorder): Promise<ActiveFault> {
  // Over a store the server lives on and may still send what it was asked for.
  if (stage.holder === 'store') return stage.faults.powerLoss();
  const struck = Promise.withResolvers<ActiveFault>();
  await history.fence(async () => struck.resolve(await stage.faults.powerLoss()));
  return struck.promise;
}

async function writeThroughPowerLoss(stage: Stage, mayLose: boolean): Promise<void> {
  const history = openHistory(stage);
  const inserts = startInserts(stage, history, { clients: 12, valueBytes: 600 });
  await inserts.more('acknowledged', writesBefore);
  const inFlight = inserts.inFlight;
  const before = inserts.acknowledged;
  const fault = await losePower(stage, history);
  await fault.heal();
  await inserts.demand('acknowledged', writesAfter);
  await inserts.stop();
  await inserts.readAll();
  stage.note.vacuity({ guard: 'writes in flight when the power failed', value: inFlight, minimum: 1 });
  stage.note.measurement({ name: 'writes acknowledged before the power loss', unit: 'writes', value: before });
  const operations = await judgeHistory(stage, history, [
    {
      checker: 'kept',
      parameters: { mayLose },
      minimums: { acknowledged: writesBefore, read: writesBefore },
    },
  ]);
  if (mayLose) stage.note.control({ name: 'acknowledged before it is flushed', ...countLost(operations) });
}

const losing = {
  isolation: 'machine',
  requires: ['server'],
  stage: { place: { kind: 'ext4', bytes: 536_870_912 } },
  faults: ['power-loss'],
  provokes: failedCommit,
  timeoutMs: 120_000,
  costMs: 10_000,
} as const;
const nightly: Case['tiers'] = { lmdb: 'nightly', redis: 'nightly', mongodb: 'nightly' };

function losePowerCase(id: string, claim: string, durability: 'declared' | 'delayed'): Case {
  return defineCase(`power-loss/${id}`, claim, (stage) => writeThroughPowerLoss(stage, durability !== 'declared'), {
    ...losing,
    tiers: { ...nightly, lmdb: 'pr' },
    stage: { ...losing.stage, durability },
    // What was not flushed may be a page that others point to: the server then begins anew, which loses all of it.
    serverFlags: durability === 'delayed' ? ['--on-damage', 'empty'] : [],
  });
}

/** A write that is no plain PUT, on a record `k` with the value `old`, and what must be read once it was acknowledged. */
interface LastWrite {
  readonly id: string;
  readonly what: string;
  readonly write: (stage: Stage, c: Collection) => Promise<unknown>;
  readonly check: (c: Collection) => Promise<unknown>;
  readonly tiers?: Case['tiers'];
}

const isGone = async (c: Collection): Promise<unknown> => expectStatus(await c.get('k'), 404, 'key_not_found');

const lastWrites: readonly LastWrite[] = [
  {
    id: 'delete',
    what: 'DELETE',
    write: async (_, c) => expectStatus(await c.delete('k'), 204),
    check: isGone,
    tiers: { ...nightly, lmdb: 'pr' },
  },
  {
    id: 'touch',
    what: 'PATCH',
    write: async (_, c) => expectStatus(await c.patch('k', 'persist=true'), 200),
    check: async (c) => expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined),
  },
  {
    id: 'batch',
    what: 'batch',
    write: async (stage) => {
      const b = openBatches(stage);
      await b.run([b.set('k', 'new'), b.set('other', 'new')], [200, 200]);
    },
    check: async (c) => {
      for (const key of ['k', 'other']) expectBody(expectStatus(await c.get(key), 200), 'new');
    },
  },
  { id: 'removal', what: 'delete by prefix', write: (stage, c) => removeAll(stage, prefixPath(c, 'k')), check: isGone },
  {
    id: 'drop',
    what: 'drop',
    write: (stage, c) => removeAll(stage, dropCollectionPath(c.namespace, c.name)),
    check: isGone,
  },
];

/** Nothing is written after it that could take it to the disk along. */
async function loseAfter(stage: Stage, { write, check }: LastWrite): Promise<void> {
  const c = openCollection(stage);
  await c.store('k', 'old', { query: 'ttlMs=86400000' });
  await write(stage, c);
  const fault = await stage.faults.powerLoss();
  await fault.heal();
  await check(c);
}

export const powerLossCases: readonly Case[] = [
  losePowerCase(
    'acknowledged-survives',
    'A write that was acknowledged before the power failed is read after the restart',
    'declared',
  ),
  losePowerCase(
    'delayed-loses',
    'Writes that are acknowledged before they are flushed are lost with the power, and the check sees it',
    'delayed',
  ),
  ...lastWrites.map((last) =>
    defineCase(
      `power-loss/after-${last.id}`,
      `A ${last.what} that was acknowledged just before the power failed has happened after the restart`,
      (stage) => loseAfter(stage, last),
      { ...losing, stage: { ...losing.stage, durability: 'declared' }, tiers: last.tiers ?? nightly, costMs: 4_000 },
    ),
  ),
];
