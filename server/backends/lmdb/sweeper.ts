import { CommanderError } from '../../errors.ts';
import { hasSoundHead, recordExpiryMs } from '../../record.ts';
import type { BackendContext } from '../backend.ts';
import type { FolderLock } from './folder-lock.ts';
import type { SpaceGuard } from './free-space.ts';
import { type LmdbStore, readRecord, removeRecord } from './store.ts';

const sweepEveryMs = 1_000;
/** Small, so that a writer waits for a sweep only a moment. */
const maxPerTransaction = 200;
/** A dead reader keeps every page since its snapshot; the library itself looks for them at open and rarely later. */
const readerCheckEveryMs = 30_000;

export interface SweeperSeams {
  readonly store: LmdbStore;
  readonly lock: FolderLock;
  /** Runs the action in a transaction and resolves when that is flushed. */
  readonly remove: (removes: number, action: () => void) => Promise<void>;
  readonly space: Pick<SpaceGuard, 'removableAtOnce'>;
}

/**
 * Removes expired records in small transactions, and the traces of readers that died; of all processes on the folder
 * the holder of its lock alone does so.
 */
export function startSweeper({ lock, ...seams }: SweeperSeams, context: BackendContext): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const sweep = async (): Promise<void> => {
    let more = true;
    while (!stopped && lock.held && more) more = await sweepOnce(seams, context.now());
  };
  const timer = setInterval(() => {
    running = running.then(sweep).catch((error: unknown) => {
      // Told once by who looks after the room on the disk.
      if (error instanceof CommanderError && error.code === 'store_full') return;
      context.log.error({ err: error }, 'Removing expired records failed; they stay hidden and are tried again');
    });
  }, sweepEveryMs);
  const readerTimer = setInterval(() => {
    if (lock.held) seams.store.env.readerCheck();
  }, readerCheckEveryMs);
  timer.unref();
  readerTimer.unref();
  return {
    [Symbol.asyncDispose]: async () => {
      stopped = true;
      clearInterval(timer);
      clearInterval(readerTimer);
      await running;
    },
  };
}

/** Resolves with whether there may be more to remove. */
async function sweepOnce({ store, remove, space }: Omit<SweeperSeams, 'lock'>, nowMs: number): Promise<boolean> {
  const limit = space.removableAtOnce(maxPerTransaction);
  const end = Buffer.alloc(8);
  end.writeBigUInt64BE(BigInt(nowMs) + 1n);
  const due = [...store.expiry.getKeys({ end, limit })].map((key) => Buffer.from(key));
  if (due.length === 0) return false;
  await remove(due.length, () => {
    for (const indexKey of due) {
      const storageKey = indexKey.toString('utf8', 8);
      const bytes = readRecord(store, storageKey);
      // The record may have been written anew since the index was read: then only the entry is stale. A damaged one
      // is not known to have expired.
      const expiresAtMs = bytes !== undefined && hasSoundHead(bytes) ? recordExpiryMs(bytes) : undefined;
      if (bytes !== undefined && expiresAtMs === Number(indexKey.readBigUInt64BE())) {
        removeRecord(store, storageKey, bytes);
      } else {
        store.expiry.removeSync(indexKey);
      }
    }
  });
  return due.length === limit;
}
