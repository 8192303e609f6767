/** The embedded store. Reads answer from the memory map at once; a write resolves when its commit is flushed. */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CommanderError } from '../../errors.ts';
import {
  decodeHead,
  recordChecksumOf,
  recordExpiryMs,
  recordRevision,
  rewriteHead,
  withCheckedValue,
} from '../../record.ts';
import type { Revision } from '../../revision.ts';
import type {
  Backend,
  BackendContext,
  Call,
  Condition,
  DeleteOutcome,
  ExpiryChange,
  RecordAddress,
  SetOutcome,
  StoredRecord,
  TouchOutcome,
} from '../backend.ts';
import { holds } from '../condition.ts';
import { markDataFolder, prepareDataFolder } from './data-folder.ts';
import { absorbCommitFailures, translateLmdbError } from './errors.ts';
import { listPage } from './list-page.ts';
import {
  encodeForStore,
  hasHead,
  type LmdbStore,
  openStore,
  readRecord,
  readValue,
  removeRecord,
  replaceHead,
  replaceRecord,
} from './store.ts';
import { startSweeper } from './sweeper.ts';

export interface LmdbOptions {
  /** The data folder; made when missing. */
  readonly folder: string;
}

/** What fits the record's u32 size and a Buffer with room to spare. */
const maxValueBytes = 2 ** 31 - 1;
const closeTimeoutMs = 5_000;
const unset = '0'.repeat(32) as Revision;

/** Throws ConfigurationError when the folder cannot be used. */
export async function openLmdb(options: LmdbOptions, context: BackendContext): Promise<Backend> {
  await prepareDataFolder(options.folder);
  const store = openStore(options.folder);
  await markDataFolder(options.folder).catch(async (error: unknown) => {
    await store.env.close();
    throw error;
  });
  const sweeper = startSweeper(store, context);
  const absorber = absorbCommitFailures(context.log);
  const { revisions } = context;

  /** A revision greater than the stored one, whatever clock wrote that. */
  const nextRevision = (stored: Buffer | undefined): Revision => {
    const next = revisions.next();
    if (stored === undefined || recordRevision(stored) < next) return next;
    revisions.movePast(recordRevision(stored));
    return revisions.next();
  };

  const write = async <T>(call: Call, action: () => T): Promise<T> => {
    call.deadline.check('The write');
    try {
      return await call.deadline.bound(store.env.transaction(action), 'The write');
    } catch (error) {
      throw await translateLmdbError(error);
    }
  };

  return {
    get: async (address, call) => readLive(store, address, call),

    head: async (address, call) => {
      call.deadline.check('The read');
      const bytes = liveOf(store.records.getBinaryFast(storageKeyOf(address)), call);
      return bytes && decodeHead(bytes);
    },

    set: (address, request, call) => {
      const storageKey = storageKeyOf(address);
      const { value, contentType, condition } = request;
      const bytes = encodeForStore(address.key, { revision: unset, contentType, expiresAtMs: undefined, value });
      return write<SetOutcome>(call, () => {
        const previous = readRecord(store, storageKey);
        const live = isUnreadable(previous, condition) ? undefined : liveOf(previous, call);
        const current = live && recordRevision(live);
        if (!holds(condition, current)) return { outcome: 'precondition_failed', current };
        const expiresAtMs = expiryAfter(request.expiry, live);
        const revision = nextRevision(previous);
        rewriteHead(bytes, revision, expiresAtMs);
        replaceRecord(store, storageKey, bytes, { previous, value });
        return { outcome: live === undefined ? 'created' : 'replaced', revision, expiresAtMs };
      });
    },

    touch: (address, request, call) => {
      const storageKey = storageKeyOf(address);
      const expiresAtMs = request.expiry.kind === 'at' ? request.expiry.atMs : undefined;
      return write<TouchOutcome>(call, () => {
        const bytes = liveOf(readRecord(store, storageKey), call);
        if (bytes === undefined) return { outcome: 'absent' };
        const current = recordRevision(bytes);
        if (!holds(request.condition, current)) return { outcome: 'precondition_failed', current };
        const previousExpiryMs = recordExpiryMs(bytes);
        rewriteHead(bytes, nextRevision(bytes), expiresAtMs);
        replaceHead(store, storageKey, bytes, previousExpiryMs);
        return { outcome: 'touched', head: decodeHead(bytes) };
      });
    },

    delete: (address, condition, call) => {
      const storageKey = storageKeyOf(address);
      return write<DeleteOutcome>(call, () => {
        const stored = readRecord(store, storageKey);
        const bytes = isUnreadable(stored, condition) ? stored : liveOf(stored, call);
        if (bytes === undefined) return { outcome: 'absent' };
        const current = recordRevision(bytes);
        if (!holds(condition, current)) return { outcome: 'precondition_failed', current };
        removeRecord(store, storageKey, bytes);
        return { outcome: 'deleted' };
      });
    },

    list: async (request, call) => {
      call.deadline.check('The listing');
      return listPage(store, request, call);
    },

    stats: async () => ({ bytes: (await stat(join(options.folder, 'data.mdb'))).size }),

    ping: async (call) => {
      call.deadline.check('The read');
      store.records.doesExist('ping');
    },

    capabilities: async () => ({
      engine: 'lmdb',
      engineVersion: undefined,
      maxValueBytes,
      atomicBatch: 'store',
      expiryPrecisionMs: 1,
      durability: {
        profile: 'on-ack',
        windowMs: 0,
        probedBy: 'Opened with synchronous commits: a write is answered after its pages and meta page are flushed.',
      },
    }),

    [Symbol.asyncDispose]: async () => {
      await sweeper[Symbol.asyncDispose]();
      const late = new Promise<void>((resolve) => setTimeout(resolve, closeTimeoutMs).unref());
      await Promise.race([store.env.close(), late]);
      absorber[Symbol.dispose]();
    },
  };
}

function readLive(store: LmdbStore, address: RecordAddress, call: Call): StoredRecord | undefined {
  call.deadline.check('The read');
  const bytes = liveOf(readRecord(store, storageKeyOf(address)), call);
  if (bytes === undefined) return undefined;
  const head = decodeHead(bytes);
  const value = readValue(store, bytes, head.contentType.length, head.size);
  return withCheckedValue(address.key, head, recordChecksumOf(bytes), value);
}

/** Whether there is a record so damaged that nothing can be decided on it; a blind write may take its place. */
function isUnreadable(bytes: Buffer | undefined, condition: Condition | undefined): boolean {
  return bytes !== undefined && condition === undefined && !hasHead(bytes);
}

/** The stored bytes unless they have expired. Throws CommanderError `record_corrupt`. */
function liveOf(bytes: Buffer | undefined, call: Call): Buffer | undefined {
  if (bytes === undefined) return undefined;
  if (!hasHead(bytes)) throw new CommanderError('record_corrupt', 'The stored record is damaged: it has no head.');
  const expiresAtMs = recordExpiryMs(bytes);
  return expiresAtMs !== 0 && expiresAtMs <= call.nowMs ? undefined : bytes;
}

function expiryAfter(change: ExpiryChange, live: Buffer | undefined): number | undefined {
  if (change.kind === 'at') return change.atMs;
  return change.kind === 'keep' && live !== undefined ? recordExpiryMs(live) || undefined : undefined;
}

function storageKeyOf(address: RecordAddress): string {
  return `${address.namespace}/${address.collection}/${address.key}`;
}
