import { createHash, randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Backend, Call, RecordAddress } from '../backends/backend.ts';
import { Deadline } from '../backends/deadline.ts';
import { type LmdbOptions, openLmdb } from '../backends/lmdb/lmdb-backend.ts';
import type { StorageState } from '../backends/storage-state.ts';
import { CommanderError } from '../errors.ts';
import { createRevisionClock } from '../revision.ts';
import { createSeededRandom, type SeededRandom } from './seeded-random.ts';

export interface ContentRecord {
  readonly value: Buffer;
  readonly contentType: string;
  readonly expiresAtMs: number | undefined;
}

export type Content = ReadonlyMap<string, ContentRecord>;

export interface OpenedFolder extends AsyncDisposable {
  readonly backend: Backend;
  readonly log: readonly string[];
  state(): StorageState;
}

export async function openFolder(options: LmdbOptions): Promise<OpenedFolder> {
  const log: string[] = [];
  let state: (() => StorageState) | undefined;
  const backend = await openLmdb(options, {
    now: Date.now,
    revisions: createRevisionClock({ now: Date.now, node: randomBytes(8) }),
    log: pino({ level: 'debug', base: null }, { write: (line: string) => void log.push(line) }),
    watchStorage: (read) => {
      state = read;
    },
  });
  return {
    backend,
    log,
    state: () => {
      if (state === undefined) throw new Error('the backend tells nothing of its files');
      return state();
    },
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

export function newCall(): Call {
  return { nowMs: Date.now(), deadline: new Deadline(60_000) };
}

export function addressOf(key: string): RecordAddress {
  return { namespace: 'n', collection: 'c', key };
}

/** The same for every run with one seed. */
const farAwayMs = Date.UTC(2100, 0, 1);

/** Of values in a page, over several pages, and in chunks. */
function sizeFrom(random: SeededRandom): number {
  const kind = random.integer(100);
  if (kind < 2) return 65_537 + random.integer(500_000);
  return random.integer(kind < 15 ? 12_000 : 200);
}

/** Writes and deletes until the store has free pages and values of every kind; answers what it holds then. */
export async function fill(backend: Backend, seed: number, before: Content = new Map()): Promise<Content> {
  const random = createSeededRandom(seed);
  const content = new Map(before);
  const change = async (): Promise<void> => {
    const key = `key-${random.integer(900)}`;
    if (random.integer(4) === 0) {
      content.delete(key);
      await backend.delete(addressOf(key), undefined, newCall());
      return;
    }
    const value = createHash('shake256', { outputLength: sizeFrom(random) })
      .update(`${seed} ${content.size}`)
      .digest();
    const contentType = random.pick(['text/plain', 'application/json', 'application/octet-stream']);
    const expiresAtMs = random.integer(5) === 0 ? farAwayMs + random.integer(1_000_000) : undefined;
    content.set(key, { value, contentType, expiresAtMs });
    const expiry = expiresAtMs === undefined ? { kind: 'none' as const } : { kind: 'at' as const, atMs: expiresAtMs };
    await backend.set(addressOf(key), { value, contentType, expiry, condition: undefined }, newCall());
  };
  for (let round = 0; round < 12; round += 1) await Promise.all(Array.from({ length: 60 }, change));
  return content;
}

/** What the store holds, read key by key and checked against its listing; undefined of a record that is damaged. */
export async function readContent(backend: Backend): Promise<ReadonlyMap<string, ContentRecord | undefined>> {
  const content = new Map<string, ContentRecord | undefined>();
  let after: string | undefined;
  do {
    const request = { namespace: 'n', collection: 'c', prefix: '', after, limit: 1_000, withValues: false };
    const page = await backend.list(request, newCall());
    for (const { key } of page.items) content.set(key, await readRecord(backend, key));
    after = page.examinedTo;
  } while (after !== undefined);
  return content;
}

export async function readRecord(backend: Backend, key: string): Promise<ContentRecord | undefined> {
  try {
    const record = await backend.get(addressOf(key), newCall());
    if (record === undefined) throw new Error(`${key} is listed and cannot be read`);
    const { value, contentType, expiresAtMs } = record;
    return { value, contentType, expiresAtMs };
  } catch (error) {
    if (error instanceof CommanderError && error.code === 'record_corrupt') return undefined;
    throw error;
  }
}

/** The first key in which the two differ; a record that is known to be damaged differs from nothing. */
export function differenceOf(
  wanted: Content,
  read: ReadonlyMap<string, ContentRecord | undefined>,
): string | undefined {
  for (const key of new Set([...wanted.keys(), ...read.keys()])) {
    if (!read.has(key)) return `${key} is missing`;
    if (!wanted.has(key)) return `${key} should not be there`;
    const [a, b] = [wanted.get(key), read.get(key)];
    if (b === undefined || a === undefined) continue;
    if (!a.value.equals(b.value)) return `${key} has another value`;
    if (a.contentType !== b.contentType || a.expiresAtMs !== b.expiresAtMs) return `${key} has another head`;
  }
  return undefined;
}
