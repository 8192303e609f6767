import { recordExpiryMs } from '../../record.ts';
import type { BackendContext } from '../backend.ts';
import { hasHead, type LmdbStore, readRecord, removeRecord } from './store.ts';

const sweepEveryMs = 1_000;
/** Small, so that a writer waits for a sweep only a moment. */
const maxPerTransaction = 200;
/** A dead reader keeps every page since its snapshot; the library itself looks for them at open and rarely later. */
const readerCheckEveryMs = 30_000;

/** Removes expired records in small transactions, and the traces of readers that died. */
export function startSweeper(store: LmdbStore, context: BackendContext): AsyncDisposable {
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const sweep = async (): Promise<void> => {
    let removed = maxPerTransaction;
    while (!stopped && removed === maxPerTransaction) removed = await sweepOnce(store, context.now());
  };
  const timer = setInterval(() => {
    running = running.then(sweep).catch((error: unknown) => {
      context.log.error({ err: error }, 'Removing expired records failed; they stay hidden and are tried again');
    });
  }, sweepEveryMs);
  const readerTimer = setInterval(() => store.env.readerCheck(), readerCheckEveryMs);
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

/** Resolves with how many index entries were removed. */
async function sweepOnce(store: LmdbStore, nowMs: number): Promise<number> {
  const end = Buffer.alloc(8);
  end.writeBigUInt64BE(BigInt(nowMs) + 1n);
  const due = [...store.expiry.getKeys({ end, limit: maxPerTransaction })].map((key) => Buffer.from(key));
  if (due.length === 0) return 0;
  await store.env.transaction(() => {
    for (const indexKey of due) {
      const storageKey = indexKey.toString('utf8', 8);
      const bytes = readRecord(store, storageKey);
      // The record may have been written anew since the index was read: then only the entry is stale.
      const expiresAtMs = bytes !== undefined && hasHead(bytes) ? recordExpiryMs(bytes) : undefined;
      if (bytes !== undefined && expiresAtMs === Number(indexKey.readBigUInt64BE())) {
        removeRecord(store, storageKey, bytes);
      } else {
        store.expiry.removeSync(indexKey);
      }
    }
  });
  return due.length;
}
