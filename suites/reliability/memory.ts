/** Too little memory: of the server, for what is sent at once; of the store, for what is stored. */

import { type Collection, openCollection } from '../collection.ts';
import { type CaseOptions, defineCase } from '../define-case.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { decodeValue, encodeValue } from '../unique-value.ts';
import { CaseFailed, CaseInconclusive } from '../verdict.ts';

const megabyte = 1_000_000;
const clients = 64;
const waves = 4;

interface Tally {
  readonly stored: Map<string, Buffer>;
  refused: number;
  unanswered: NoAnswer | undefined;
}

async function sendWave(stage: Stage, wave: number, tally: Tally): Promise<void> {
  const c = openCollection(stage);
  const put = async (_: unknown, client: number): Promise<void> => {
    const key = `k${client}`;
    const body = encodeValue({ process: client, sequence: wave }, megabyte);
    const answer = await stage.client
      .request({ method: 'PUT', path: c.pathOf(key), body })
      .catch((error: unknown) => noteUnanswered(error, tally));
    if (answer === undefined) return;
    if (answer.status === 503) tally.refused += 1;
    else if (answer.status < 300) tally.stored.set(key, body);
    else throw new CaseFailed('201, 200 or 503', String(answer.status), { exchange: answer.exchange });
  };
  await Promise.all(Array.from({ length: clients }, put));
}

function noteUnanswered(error: unknown, tally: Tally): undefined {
  if (!(error instanceof NoAnswer)) throw error;
  tally.unanswered ??= error;
}

async function readBack(stage: Stage, stored: ReadonlyMap<string, Buffer>): Promise<void> {
  const c = openCollection(stage);
  for (const [key, body] of stored) {
    const { status, body: found, exchange } = await c.get(key);
    if (status === 200 && found.equals(body)) continue;
    throw new CaseFailed('the value that was acknowledged last', `${status}`, { exchange });
  }
}

async function endureLargeWrites(stage: Stage, refusals: number): Promise<void> {
  const tally: Tally = { stored: new Map(), refused: 0, unanswered: undefined };
  const fault = await stage.faults.memoryLimit('server');
  for (let wave = 0; wave < waves && tally.unanswered === undefined; wave += 1) await sendWave(stage, wave, tally);
  // Before anything is judged: a failure is to show what the limit did.
  await fault.heal();
  const cause = tally.unanswered;
  if (cause !== undefined) {
    throw new CaseFailed('an answer to every write', cause.message, { exchange: cause.exchange, cause });
  }
  await readBack(stage, tally.stored);
  const peakMegabytes = Math.round((stage.server?.peakRssBytes() ?? 0) / megabyte);
  const all = clients * waves;
  stage.note.measurement({ name: 'resident memory at its peak', unit: 'MB', value: peakMegabytes });
  stage.note.measurement({ name: `writes of ${all} that were refused with 503`, unit: 'writes', value: tally.refused });
  stage.note.vacuity({ guard: 'writes refused', value: tally.refused, minimum: refusals });
  stage.note.vacuity({ guard: 'keys written', value: tally.stored.size, minimum: 1 });
}

const storeBytes = 64 * megabyte;
const valueBytes = 500_000;
/** More than the store can hold, whatever it holds them in. */
const mostValues = (4 * storeBytes) / valueBytes;

interface Filled {
  readonly stored: readonly string[];
  /** Statuses of the writes that were not taken. */
  readonly refusals: readonly number[];
}

async function fill(c: Collection): Promise<Filled> {
  const stored: string[] = [];
  const refusals: number[] = [];
  for (let i = 0; refusals.length < 3; i += 1) {
    if (i === mostValues) throw new CaseInconclusive('never_full', `${mostValues} values did not fill the store`);
    const { status, exchange } = await c.put(`k${i}`, encodeValue({ process: 1, sequence: i }, valueBytes));
    if (status === 201) stored.push(`k${i}`);
    else if (status === 507 || status === 503) refusals.push(status);
    else throw new CaseFailed('201, 507 or 503', String(status), { exchange });
  }
  return { stored, refusals };
}

/** What is stored is there; an outage may keep it from being seen, but it never looks like a miss. */
async function readAll(c: Collection, keys: readonly string[]): Promise<void> {
  for (const [i, key] of keys.entries()) {
    const { status, body, exchange } = await c.get(key);
    const id = decodeValue(body);
    if (status === 200 && !('torn' in id) && id.sequence === i) continue;
    if (status !== 503) throw new CaseFailed('200 with the value, or 503', String(status), { exchange });
  }
}

async function endureFullStore(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const fault = await stage.faults.memoryLimit();
  const { stored, refusals } = await fill(c);
  await readAll(c, stored);
  for (const key of stored.slice(0, 10)) {
    const { status, exchange } = await c.delete(key);
    if (status !== 204) throw new CaseFailed('204: a delete needs no room', String(status), { exchange });
  }
  await fault.heal();
  await c.store('after', encodeValue({ process: 2, sequence: 0 }, valueBytes));
  const full = refusals.filter((status) => status === 507).length;
  stage.note.measurement({ name: 'values until it was full', unit: 'values', value: stored.length });
  stage.note.vacuity({ guard: 'values stored before it was full', value: stored.length, minimum: 11 });
  stage.note.vacuity({ guard: 'writes refused with 507', value: full, minimum: 1 });
}

const limited: CaseOptions = {
  isolation: 'machine',
  requires: ['server'],
  faults: ['memory-limit'],
  timeoutMs: 90_000,
  costMs: 8_000,
};

interface SmallServer {
  readonly id: string;
  readonly bytes: number;
  /** Writes that must be refused. */
  readonly refusals: number;
  readonly tier: 'pr' | 'nightly';
  readonly but?: string;
  readonly serverFlags?: readonly string[];
}

const servers: readonly SmallServer[] = [
  // What a small device has is enough for all of them.
  { id: 'memory/server-512', bytes: 512 * megabyte, refusals: 0, tier: 'nightly' },
  { id: 'memory/server-128', bytes: 128 * megabyte, refusals: 1, tier: 'pr' },
  {
    id: 'memory/server-128-any-body',
    bytes: 128 * megabyte,
    refusals: 1,
    tier: 'nightly',
    but: ' and no budget of bodies that would hold them back',
    serverFlags: ['--body-budget-bytes', '1000000000'],
  },
];

export const memoryCases: readonly Case[] = [
  ...servers.map(({ id, bytes, refusals, tier, but = '', serverFlags = [] }) =>
    defineCase(
      id,
      `With ${bytes / megabyte} MB of memory${but} the server lives through ${clients} writes of 1 MB at once: it takes them or answers 503`,
      (stage) => endureLargeWrites(stage, refusals),
      {
        ...limited,
        serverFlags,
        tiers: { lmdb: tier },
        stage: { durability: 'declared', serverMemoryBytes: bytes, asDevice: true },
      },
    ),
  ),
  defineCase(
    'memory/full-store',
    'A store without memory for more answers 507, loses nothing that it has, and takes writes again after deletes',
    endureFullStore,
    { ...limited, tiers: { redis: 'pr' }, stage: { durability: 'declared', storeMemoryBytes: storeBytes } },
  ),
];
