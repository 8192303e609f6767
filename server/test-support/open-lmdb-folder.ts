import { randomBytes } from 'node:crypto';
import { pino } from 'pino';
import type { Backend, Call, ExpiryChange, RecordAddress, SetRequest } from '../backends/backend.ts';
import { Deadline } from '../backends/deadline.ts';
import { openLmdb } from '../backends/lmdb/lmdb-backend.ts';
import { type LmdbStore, openStore } from '../backends/lmdb/store.ts';
import { createRevisionClock } from '../revision.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

export interface LmdbFolder extends AsyncDisposable {
  readonly path: string;
  /** The backend on this folder, opened when first asked for and after each `close`. */
  backend(): Promise<Backend>;
  /** A call at the folder's own time. */
  call(): Call;
  advance(ms: number): void;
  close(): Promise<void>;
  /** Closes the backend and gives `action` the databases below it. */
  inside<T>(action: (store: LmdbStore) => T | Promise<T>): Promise<T>;
  /** Entries of each database, counted while no backend is open. */
  counts(): Promise<{ readonly records: number; readonly expiry: number; readonly chunks: number }>;
  /** Lines of the log. */
  readonly log: readonly string[];
}

/** A temporary folder with an LMDB backend whose time stands still between calls of `advance`. */
export async function openLmdbFolder(): Promise<LmdbFolder> {
  const folder = await createTemporaryFolder();
  const log: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void log.push(line) });
  let nowMs = Date.now();
  const now = (): number => nowMs;
  let open: Backend | undefined;

  const close = async (): Promise<void> => {
    await open?.[Symbol.asyncDispose]();
    open = undefined;
  };
  const inside: LmdbFolder['inside'] = async (action) => {
    await close();
    const store = openStore(folder.path);
    try {
      return await action(store);
    } finally {
      await store.env.close();
    }
  };
  return {
    path: folder.path,
    log,
    backend: async () => {
      const revisions = createRevisionClock({ now, node: randomBytes(8) });
      open ??= await openLmdb({ folder: folder.path }, { now, revisions, log: logger });
      return open;
    },
    call: () => ({ nowMs, deadline: new Deadline(10_000) }),
    advance: (ms) => {
      nowMs += ms;
    },
    close,
    inside,
    counts: () =>
      inside(({ records, expiry, chunks }) => ({
        records: entries(records),
        expiry: entries(expiry),
        chunks: entries(chunks),
      })),
    [Symbol.asyncDispose]: async () => {
      await close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

function entries(database: LmdbStore['records'] | LmdbStore['chunks']): number {
  return (database.getStats() as { readonly entryCount: number }).entryCount;
}

export function addressOfKey(key: string): RecordAddress {
  return { namespace: 'n', collection: 'c', key };
}

export function setRequest(value: Buffer | string, expiry: ExpiryChange = { kind: 'none' }): SetRequest {
  return { value: Buffer.from(value), contentType: 'text/plain', expiry, condition: undefined };
}
