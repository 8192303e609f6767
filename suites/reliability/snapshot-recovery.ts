/** A damaged file with snapshots beside it: the newest good one takes its place by itself, and what is lost is told. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual, expectStatus, expectTrue } from '../check.ts';
import { sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { CorruptionOptions, Damage, DamagedFile } from '../fault.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';
import { startInserts } from './inserts.ts';
import { refusedFolder } from './provoked.ts';
import { scrape } from './scrape.ts';

const load = { clients: 8, valueBytes: 2_000 };
const writesBefore = 150;
const writesBetween = 60;
const writesAfter = 40;
const snapshotEveryMs = 200;
/** More than are taken. */
const snapshotKeep = 200;
const serverFlags = [
  ...['--snapshot-interval-ms', String(snapshotEveryMs)],
  ...['--snapshot-keep', String(snapshotKeep)],
];
const pollMs = 20;
/** The server tells its times in whole milliseconds of the wall clock. */
const roundingMs = 1;

interface Ending {
  readonly damage: Damage;
  /** So many of the newest snapshots are damaged too. */
  readonly damagedSnapshots: number;
}

/** What the server says of a damaged file that was replaced. */
interface Recovery {
  readonly quarantine: string;
  readonly lostFrom: string;
  readonly lostTo: string;
}

async function awaitSnapshots(stage: Stage, more: number): Promise<void> {
  const count = (): Promise<number> => scrape(stage, 'commander_snapshots_total');
  const target = (await count()) + more;
  while ((await count()) < target) await delay(pollMs, undefined, { signal: stage.signal });
}

/** Kills the server under load and damages its file; the history has the death. */
async function damageFile(stage: Stage, history: Recorder, { damage, damagedSnapshots }: Ending) {
  const options: CorruptionOptions = { snapshots: damagedSnapshots };
  const faults: DamagedFile[] = [];
  const death = await history.fence(async () => {
    faults.push(await stage.faults.corruption(damage, options));
  });
  const [fault] = faults;
  if (fault === undefined) throw new Error('the fence resolved without its kill');
  return { fault, death };
}

/** Where a time of the wall clock lies on the clock of histories, in ms; at most `roundingMs` too late. */
function monotonicMsOf(time: string): number {
  return Number(process.hrtime.bigint()) / 1e6 - Date.now() + Date.parse(time);
}

async function readRecovery(stage: Stage): Promise<Recovery> {
  const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/health/ready' }), 200);
  const { recovery } = answer.json() as { readonly recovery?: Recovery & { readonly lostFrom: string | null } };
  if (typeof recovery?.lostFrom === 'string') return recovery;
  const actual = answer.body.toString().slice(0, 300);
  throw new CaseFailed('/health/ready to tell from when to when writes are lost', actual);
}

/** Demands the same of the log and of the metrics, and one line for each snapshot that was passed over. */
async function expectTold(stage: Stage, { lostFrom, lostTo }: Recovery, passedOver: number): Promise<void> {
  const lostMs = Date.parse(lostTo) - Date.parse(lostFrom);
  const lines = (await readFile(stage.server?.logFile ?? '', 'utf8')).split('\n');
  const told = lines.filter((line) => line.includes('"lostMs":'));
  expectEqual(
    'the losses that the log tells, in ms',
    told.map((line) => (JSON.parse(line) as { readonly lostMs: number }).lostMs),
    [lostMs],
  );
  expectEqual('the loss of the metrics, in s', await scrape(stage, 'commander_recovery_lost_seconds'), lostMs / 1000);
  const passed = lines.filter((line) => line.includes('A snapshot is damaged and is not used'));
  expectEqual('the snapshots that the log says were passed over', passed.length, passedOver);
}

async function expectQuarantine({ quarantine }: Recovery, sha256: string): Promise<void> {
  const bytes = await readFile(join(quarantine, 'data.mdb')).catch((cause: unknown) => {
    throw new CaseFailed(`the damaged file in ${quarantine}`, 'none', { cause });
  });
  const found = createHash('sha256').update(bytes).digest('hex');
  expectEqual('the SHA-256 of the file in quarantine', found, sha256);
}

async function recover(stage: Stage, ending: Ending): Promise<void> {
  const history = openHistory(stage);
  const inserts = startInserts(stage, history, load);
  await inserts.more('acknowledged', writesBefore);
  // An old one, which must not be taken.
  await awaitSnapshots(stage, 1);
  await inserts.more('acknowledged', writesBetween);
  const sureMs = Number(process.hrtime.bigint()) / 1e6;
  // The first of them may have begun before now.
  await awaitSnapshots(stage, 2 + ending.damagedSnapshots);
  await inserts.more('acknowledged', writesBetween);
  const newestAtMs = 1000 * (await scrape(stage, 'commander_snapshot_timestamp_seconds'));
  const inFlight = inserts.inFlight;
  const { fault, death } = await damageFile(stage, history, ending);
  await fault.heal();
  if (fault.refused !== undefined) {
    throw new CaseFailed('a start from a snapshot', `none: ${fault.refused.slice(0, 300)}`);
  }
  await inserts.demand('acknowledged', writesAfter);
  await inserts.stop();
  await inserts.readAll();

  const recovery = await readRecovery(stage);
  const [fromMs, toMs] = [monotonicMsOf(recovery.lostFrom), monotonicMsOf(recovery.lostTo)];
  const usesNewest = ending.damagedSnapshots > 0 || Math.round(newestAtMs) <= Date.parse(recovery.lostFrom);
  const newest = new Date(Math.round(newestAtMs)).toISOString();
  expectTrue(usesNewest, `the newest good snapshot, of ${newest} or later`, `one of ${recovery.lostFrom}`);
  const tooOldMs = Math.round(sureMs - fromMs - roundingMs);
  expectTrue(tooOldMs <= 0, 'the newest good snapshot', `one that began ${tooOldMs} ms before two later ones`);
  await expectTold(stage, recovery, ending.damagedSnapshots);
  await expectQuarantine(recovery, fault.sha256);
  stage.note.vacuity({ guard: 'writes in flight when it was killed', value: inFlight, minimum: 1 });
  stage.note.measurement({ name: 'loss that was told', unit: 'ms', value: Math.round(toMs - fromMs) });
  const mayLose = { fromMs: fromMs - roundingMs, toMs: toMs + roundingMs };
  const windowMs = Number(death.call) / 1e6 - mayLose.fromMs;
  const acknowledged = writesBefore + 2 * writesBetween;
  await judgeHistory(stage, history, [
    { checker: 'kept', parameters: { mayLose }, minimums: { acknowledged, read: acknowledged, lost: 1 } },
    { checker: 'durability', parameters: { profile: 'prefix', windowMs }, minimums: { 'keys read': acknowledged } },
  ]);
}

const refusal = /exit code 2\b.*is not a sound LMDB file.*There is no sound snapshot.*nothing was changed/s;

/** The control: the same load and the same damage, with no good snapshot. */
async function refuse(stage: Stage, damage: Damage, snapshots: number): Promise<void> {
  const history = openHistory(stage);
  const inserts = startInserts(stage, history, load);
  await inserts.more('acknowledged', writesBefore);
  if (snapshots > 0) await awaitSnapshots(stage, 1);
  const { fault } = await damageFile(stage, history, { damage, damagedSnapshots: snapshots });
  await inserts.stop();
  await fault.heal();
  const said = fault.refused ?? 'a start';
  expectTrue(refusal.test(said), 'no start, for want of a sound snapshot', said.slice(0, 400));
  const minimums = { acknowledged: writesBefore };
  await judgeHistory(stage, history, [{ checker: 'kept', parameters: { mayLose: false }, minimums }]);
}

const usual = {
  isolation: 'machine',
  requires: ['server'],
  serverFlags,
  stage: { durability: 'declared' },
  faults: ['corruption'],
  timeoutMs: 60_000,
  costMs: 5_000,
} as const;

const restores =
  'the server restores the newest good snapshot by itself and loses nothing outside of the window it tells';

const damages: readonly (readonly [id: string, claim: string, damage: Damage, tier: 'pr' | 'nightly'])[] = [
  ['truncated', 'From a file that was cut short', 'truncate', 'pr'],
  ['zeroed-pages', 'From a file with zeroed pages', 'zero-pages', 'nightly'],
  ['flipped-heads', 'From a file with flipped bits in the heads of its pages', 'flip-heads', 'nightly'],
  ['zeroed-head', 'From a file whose own head is zeroed', 'zero-meta', 'nightly'],
];

const passedOver: readonly (readonly [id: string, how: string, damage: Damage])[] = [
  ['passes-over-truncated', 'A snapshot that is cut short like the file itself', 'truncate'],
  ['passes-over-flipped-heads', 'A snapshot with flipped bits like the file itself', 'flip-heads'],
];

export const snapshotRecoveryCases: readonly Case[] = [
  ...damages.map(([id, how, damage, tier]) =>
    defineCase(`recovery/${id}`, `${how} ${restores}`, (stage) => recover(stage, { damage, damagedSnapshots: 0 }), {
      ...usual,
      tiers: { lmdb: tier },
    }),
  ),
  ...passedOver.map(([id, how, damage]) =>
    defineCase(
      `recovery/${id}`,
      `${how} is passed over for the one before it, and the loss that is told begins there`,
      (stage) => recover(stage, { damage, damagedSnapshots: 1 }),
      { ...usual, tiers: { lmdb: 'nightly' } },
    ),
  ),
  defineCase(
    'recovery/refused-without-snapshot',
    'Without a snapshot the server refuses a damaged file and changes nothing',
    (stage) => refuse(stage, 'truncate', 0),
    {
      ...usual,
      serverFlags: ['--snapshot-interval-ms', '0'],
      provokes: refusedFolder,
      tiers: { lmdb: 'pr' },
      costMs: 2_000,
    },
  ),
  defineCase(
    'recovery/refused-without-good-snapshot',
    'With none but damaged snapshots the server refuses a damaged file and changes nothing',
    (stage) => refuse(stage, 'flip-heads', snapshotKeep),
    { ...usual, provokes: refusedFolder, tiers: { lmdb: 'nightly' } },
  ),
];
