/**
 * Power losses without a disk to cut off: at moments of a recording of what the server wrote and flushed, a server is
 * started on what the disk may have held then.
 */

import type { Client } from '../client.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { CrashPoint } from '../fault.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed, CaseInconclusive } from '../verdict.ts';
import { refusedFolder } from './provoked.ts';

const points = 15;
const clients = 8;
const writesOfClient = 20;

interface Written {
  readonly key: string;
  readonly value: string;
  readonly etag: string;
}

/** Keys that are written once each, by several clients at once. */
async function writeAll(stage: Stage, collection: Collection): Promise<Written[]> {
  const written: Written[] = [];
  const client = async (number: number): Promise<void> => {
    const random = stage.random.split(`writer ${number}`);
    for (let i = 0; i < writesOfClient; i += 1) {
      const key = `k${number}-${i}`;
      const value = `${key} ${'x'.repeat(random.below(6_000))}`;
      written.push({ key, value, etag: await collection.store(key, value) });
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, number) => client(number)));
  return written;
}

/** How many acknowledged writes are gone. Throws CaseFailed for a value that nobody wrote. */
async function countLost(
  client: Client,
  collection: Collection,
  written: readonly Written[],
  { what, acknowledged }: CrashPoint,
): Promise<number> {
  let lost = 0;
  for (const { key, value, etag } of written) {
    const { status, body } = await client.request({ method: 'GET', path: collection.pathOf(key) });
    const right = status === 200 && body.toString() === value;
    if (status === 200 && !right) {
      throw new CaseFailed(`${key} as it was written, or absent`, 'another value', { witness: what });
    }
    if (!right && acknowledged.has(etag)) lost += 1;
  }
  return lost;
}

async function survivePowerLosses(stage: Stage): Promise<void> {
  const collection = openCollection(stage);
  const written = await writeAll(stage, collection);
  let read = 0;
  const fault = await stage.faults.replayPowerLoss(points, async (point) => {
    const client = await point.start().catch((error: unknown) => {
      throw new CaseFailed('the server to start after the power loss', `${error}`.slice(0, 300), {
        witness: point.what,
      });
    });
    const lost = await countLost(client, collection, written, point);
    if (lost > 0) {
      const actual = `${lost} of ${point.acknowledged.size} acknowledged writes lost`;
      throw new CaseFailed('every acknowledged write on the disk', actual, { witness: point.what });
    }
    read += point.acknowledged.size;
  });
  await fault.heal();
  stage.note.vacuity({ guard: 'acknowledged writes read after a power loss', value: read, minimum: 10 * points });
  stage.note.measurement({ name: 'crash points', unit: 'points', value: points });
}

/** What a server that does not flush has lost counts; one that does not even start has lost all. */
async function losePowerLosses(stage: Stage): Promise<void> {
  const collection = openCollection(stage);
  const written = await writeAll(stage, collection);
  let bad = 0;
  let lost = 0;
  let acknowledged = 0;
  const fault = await stage.faults.replayPowerLoss(points, async (point) => {
    const gone = await lostOf(point, collection, written);
    lost += gone;
    acknowledged += point.acknowledged.size;
    if (gone > 0) bad += 1;
  });
  await fault.heal();
  stage.note.measurement({ name: 'crash points that lost acknowledged writes', unit: 'points', value: bad });
  stage.note.control({ name: 'acknowledged and never flushed, at all crash points', acknowledged, lost });
}

async function lostOf(point: CrashPoint, collection: Collection, written: readonly Written[]): Promise<number> {
  try {
    return await countLost(await point.start(), collection, written, point);
  } catch (error) {
    if (error instanceof CaseInconclusive) throw error;
    return point.acknowledged.size;
  }
}

function replayCase(id: string, claim: string, run: Case['run'], durability: 'declared' | 'delayed'): Case {
  return defineCase(`power-loss-replay/${id}`, claim, run, {
    isolation: 'machine',
    requires: ['server'],
    tiers: { lmdb: 'nightly' },
    stage: { durability, recordsWrites: true },
    faults: ['power-loss-replay'],
    ...(durability === 'delayed' ? { provokes: refusedFolder } : {}),
    timeoutMs: 300_000,
    costMs: 40_000,
  });
}

export const powerLossReplayCases: readonly Case[] = [
  replayCase(
    'acknowledged-survives',
    'Whenever the power fails and whatever of the unflushed the disk has kept, the server starts and every write acknowledged by then is read',
    survivePowerLosses,
    'declared',
  ),
  replayCase(
    'delayed-loses',
    'A server that flushes nothing loses acknowledged writes at some of the moments, and the check sees it',
    losePowerLosses,
    'delayed',
  ),
];
