/** The embedded store. Reads answer from the memory map at once; a write resolves when its commit is flushed. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, BackendContext } from '../backend.ts';
import { runBatch } from './batch.ts';
import { createCommits, storeBroken } from './commits.ts';
import { markDataFolder, prepareDataFolder } from './data-folder.ts';
import { openFolderLock } from './folder-lock.ts';
import { createSpaceGuard, demandRoomToOpen } from './free-space.ts';
import { listPage } from './list-page.ts';
import { createNames, type RunRead } from './names.ts';
import { createOperations, encodeSet } from './operations.ts';
import { writeCleanMarker } from './recovery/clean-marker.ts';
import type { DamagePolicy } from './recovery/damage-policy.ts';
import { enterFolder } from './recovery/enter-folder.ts';
import { prepareGate } from './recovery/gate.ts';
import { listRecoveries } from './recovery/quarantine.ts';
import { startSnapshots } from './recovery/snapshots.ts';
import { createRemoval } from './remove-step.ts';
import { openSpareFile } from './spare-file.ts';
import { measureFile, readStats } from './stats.ts';
import { maxInlineBytes, openStore } from './store.ts';
import { startSweeper } from './sweeper.ts';

export interface LmdbOptions {
  /** The data folder; made when missing. */
  readonly folder: string;
  /** Takes the flush away from commits. For controls, which must lose: no configuration leads here. */
  readonly noSync?: boolean;
  /** Bytes that writes leave on the disk; 0 or absent: 2 % of it, 4 to 64 MB. */
  readonly diskReserveBytes?: number;
  /** Default: restore. */
  readonly onDamage?: DamagePolicy | undefined;
  /** Default: `snapshots` in the data folder. */
  readonly snapshotFolder?: string | undefined;
  /** 0, the default: no snapshots are taken. */
  readonly snapshotIntervalMs?: number | undefined;
  readonly snapshotKeep?: number | undefined;
}

/** What fits the record's u32 size and a Buffer with room to spare. */
const maxValueBytes = 2 ** 31 - 1;
const closeTimeoutMs = 5_000;

/** Throws ConfigurationError when the folder cannot be used. */
export async function openLmdb(options: LmdbOptions, context: BackendContext): Promise<Backend> {
  const { folder, snapshotFolder = join(folder, 'snapshots'), onDamage = 'restore' } = options;
  const { log } = context;
  const { marked } = await prepareDataFolder(folder);
  demandRoomToOpen(folder, existsSync(join(folder, 'lock.mdb')));
  await using entry = await enterFolder({ folder, snapshotFolder, onDamage, marked, log });
  const store = openStore(folder, { noSync: options.noSync ?? false });
  await markDataFolder(folder).catch(async (error: unknown) => {
    await store.env.close();
    throw error;
  });
  const lock = await openFolderLock({ folder, exclusively: (action) => store.env.transaction(action), log });
  const { snapshotIntervalMs: intervalMs = 0, snapshotKeep: keep = 2 } = options;
  const snapshots = await startSnapshots({ folder, snapshotFolder, intervalMs, keep }, lock, log);
  await prepareGate(folder);
  const recoveries = await listRecoveries(folder);
  context.watchStorage?.(() => ({
    recovery: recoveries.at(-1),
    quarantines: recoveries.length,
    damagedRecords: entry.damagedRecords,
    snapshots: snapshots.counts(),
  }));
  const spare = openSpareFile(folder);
  const space = createSpaceGuard({
    folder,
    reserveBytes: options.diskReserveBytes ?? 0,
    measureFile: () => measureFile(store),
    spare,
    onChange: (full, state) => {
      if (full) log.warn(state, 'The disk is nearly full: writes are refused, reads and deletes go on');
      else log.info(state, 'The disk has room for writes again');
    },
  });
  space.state();
  context.watchSpace?.(space.state);
  const commits = createCommits(store.env, space, context);
  const { write } = commits;
  const sweeper = startSweeper({ store, lock, space, remove: commits.remove }, context);
  const operations = createOperations(store, context.revisions);

  /**
   * Before a read: the library keeps a snapshot for a millisecond, in which another process may have acknowledged a
   * write. 0.3 us where the folder is shared, nothing where it is not.
   */
  const latest = (): void => {
    // The library's memory is not to be trusted any more.
    if (commits.broken) throw storeBroken();
    if (lock.shared) store.env.resetReadTxn();
  };
  const reading: RunRead = async (read) => {
    latest();
    try {
      return await read();
    } catch (error) {
      throw commits.explain(error);
    }
  };

  const set: Backend['set'] = (address, request, call) => {
    const bytes = encodeSet(address, request);
    const adds = Math.max(bytes.length, request.value.length);
    return write(call, { adds }, () => operations.set(address, request, bytes, call));
  };

  return {
    get: (address, call) => {
      latest();
      try {
        return operations.get(address, call);
      } catch (error) {
        throw commits.explain(error);
      }
    },
    head: (address, call) => reading(() => operations.head(address, call)),

    set,
    touch: (address, request, call) =>
      write(call, { adds: maxInlineBytes }, () => operations.touch(address, request, call)),
    delete: (address, condition, call) =>
      write(call, { removes: 1 }, () => operations.delete(address, condition, call)),
    batch: (request, call) => reading(() => runBatch(request, { operations, set, write, log }, call)),
    list: async (request, call) => {
      call.deadline.check('The listing');
      return reading(() => listPage(store, request, call));
    },

    ...createRemoval({ store, write, space }),
    ...createNames(store, reading),
    stats: () => readStats(store, folder),

    ping: async (call) => {
      call.deadline.check('The read');
      await reading(() => store.records.doesExist('ping'));
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
      const close = async (): Promise<boolean> => {
        await snapshots[Symbol.asyncDispose]();
        await sweeper[Symbol.asyncDispose]();
        const { held } = lock;
        await lock[Symbol.asyncDispose]();
        await store.env.close();
        return held;
      };
      // After a failed commit the library may wait for ever.
      const late = new Promise<false>((resolve) => setTimeout(resolve, closeTimeoutMs, false).unref());
      const closed = await Promise.race([close(), late]);
      commits[Symbol.dispose]();
      // What a failed commit left is looked at by the next start.
      if (closed && !commits.broken) await markClean(folder, log);
    },
  };
}

async function markClean(folder: string, log: BackendContext['log']): Promise<void> {
  try {
    await writeCleanMarker(folder);
  } catch (error) {
    log.warn({ err: error }, 'That the store was closed cleanly cannot be noted; the next start reads it through');
  }
}
