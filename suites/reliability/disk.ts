/** The disk under the data gets full while clients write. */

import { expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory } from '../recorder.ts';
import type { Case, PlaceDemand, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';
import { type Inserts, startInserts } from './inserts.ts';
import { failedCommit } from './provoked.ts';

const load = { clients: 12, valueBytes: 8_000 };
const writesBefore = 150;
const writesAfter = 50;
/** So many must have been refused, or have had no answer, while the disk was full. */
const refusals = 30;
const ambushes = 3;

/** Ends the load, reads all, and demands that nothing acknowledged is gone. */
async function judgeKept(stage: Stage, history: ReturnType<typeof openHistory>, inserts: Inserts) {
  await inserts.stop();
  await inserts.readAll();
  const minimums = { acknowledged: writesBefore, read: writesBefore };
  return judgeHistory(stage, history, [{ checker: 'kept', parameters: { mayLose: false }, minimums }]);
}

/** Fills the disk so far that writes are refused, by the server or by the store, which both live on. */
async function refuseWrites(stage: Stage, leaveBytes: number, deletes: boolean): Promise<void> {
  const history = openHistory(stage);
  const beside = openCollection(stage, { collection: 'beside' });
  await beside.store('deleted', 'a value that is deleted while the disk is full');
  const inserts = startInserts(stage, history, load);
  await inserts.more('acknowledged', writesBefore);
  const inFlight = inserts.inFlight;
  const fault = await stage.faults.diskFull({ leaveBytes, mayEnd: false });
  await inserts.demand('refused', refusals);
  await inserts.demand('read', refusals);
  if (deletes) expectStatus(await beside.delete('deleted'), 204);
  const fullUntilNs = process.hrtime.bigint();
  await fault.heal();
  await inserts.demand('acknowledged', writesAfter);
  const operations = await judgeKept(stage, history, inserts);
  stage.note.vacuity({ guard: 'writes in flight when the disk got full', value: inFlight, minimum: 1 });
  const strange = operations.find(
    ({ f, type, error, call }) =>
      f === 'set' && type !== 'ok' && call >= fault.begunNs && call < fullUntilNs && !error?.startsWith('507'),
  );
  if (strange !== undefined) {
    throw new CaseFailed('507 store_full for a write without room', strange.error ?? 'no answer', {
      witness: `operation ${strange.i}, ${strange.f} ${strange.key}`,
    });
  }
}

/** Takes the space while writes are under way that have been let through; what cannot bear it may end. */
async function ambush(stage: Stage): Promise<void> {
  const history = openHistory(stage);
  const inserts = startInserts(stage, history, load);
  const inFlight: number[] = [];
  for (let round = 0; round < ambushes; round += 1) {
    await inserts.more('acknowledged', writesBefore);
    inFlight.push(inserts.inFlight);
    const fault = await stage.faults.diskFull({ leaveBytes: 0, mayEnd: true });
    await inserts.more('refused', refusals);
    await fault.heal();
  }
  await inserts.demand('acknowledged', writesAfter);
  stage.note.vacuity({ guard: 'writes in flight at each ambush', value: Math.min(...inFlight), minimum: 1 });
  await judgeKept(stage, history, inserts);
}

interface DiskOptions extends Pick<Case, 'tiers' | 'provokes'> {
  readonly place: PlaceDemand;
  readonly durability?: 'declared' | 'delayed';
  readonly costMs: number;
}

function diskCase(id: string, claim: string, run: Case['run'], options: DiskOptions): Case {
  const { place, durability = 'declared', ...others } = options;
  return defineCase(`disk-full/${id}`, claim, run, {
    isolation: 'machine',
    requires: ['server'],
    stage: { durability, place },
    faults: ['disk-full'],
    timeoutMs: 180_000,
    ...others,
  });
}

const memory = (bytes: number): PlaceDemand => ({ kind: 'tmpfs', bytes });
const survives = 'Space that is taken while writes are under way costs nothing that was acknowledged, and with room';

export const diskCases: readonly Case[] = [
  diskCase(
    'guarded',
    'A write without room beside the reserve of the disk answers 507 while reads and deletes go on, and with room writes go on without a restart',
    // The least reserve is 4 MB.
    (stage) => refuseWrites(stage, 3_000_000, true),
    { tiers: { lmdb: 'pr' }, place: memory(67_108_864), costMs: 5_000 },
  ),
  diskCase(
    'refused-by-store',
    'A store that refuses writes because its disk is full makes them answer 507 while reads go on, and with room writes go on without a restart',
    (stage) => refuseWrites(stage, 0, false),
    // With appendfsync always Redis ends instead.
    { tiers: { redis: 'pr' }, place: memory(33_554_432), durability: 'delayed', costMs: 5_000 },
  ),
  diskCase('ambush', `${survives} the service comes back`, ambush, {
    tiers: { lmdb: 'pr', redis: 'pr' },
    place: memory(67_108_864),
    costMs: 10_000,
    provokes: failedCommit,
  }),
  diskCase('ambush-on-disk', `${survives} the store on a device of its own comes back`, ambush, {
    tiers: { mongodb: 'pr' },
    place: { kind: 'ext4', bytes: 536_870_912 },
    costMs: 30_000,
  }),
];
