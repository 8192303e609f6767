/** Takes snapshots while the store is served, and keeps the newest; of all processes the holder of the folder alone. */

import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '../../../log.ts';
import type { SnapshotCounts } from '../../storage-state.ts';
import type { FolderLock } from '../folder-lock.ts';
import { copyStore } from './copy-store.ts';
import { listSnapshots, pruneSnapshots, removeUnfinished, type SnapshotFile, snapshotPath } from './snapshot-files.ts';

export interface SnapshotOptions {
  readonly folder: string;
  readonly snapshotFolder: string;
  /** 0: none are taken. */
  readonly intervalMs: number;
  readonly keep: number;
}

export interface Snapshots extends AsyncDisposable {
  counts(): SnapshotCounts;
}

const longestTickMs = 60_000;
/** After a failure; sooner where they come more often. */
const retryMs = 900_000;

export async function startSnapshots(options: SnapshotOptions, lock: FolderLock, log: Logger): Promise<Snapshots> {
  const { folder, snapshotFolder, intervalMs, keep } = options;
  const counts = { taken: 0, failed: 0, failing: false, durationMs: undefined as number | undefined };
  const stop = new AbortController();
  let newest: SnapshotFile | undefined = (await listSnapshots(snapshotFolder)).at(-1);
  let nextTryMs = 0;
  let running: Promise<void> | undefined;

  const take = async (): Promise<void> => {
    const startedMs = performance.now();
    await mkdir(snapshotFolder, { recursive: true, mode: 0o700 });
    const number = ((await listSnapshots(snapshotFolder)).at(-1)?.number ?? 0) + 1;
    const copy = await copyStore(folder, snapshotFolder, {
      nameOf: ({ takenAtMs, damagedRecords }) =>
        snapshotPath(snapshotFolder, { number, takenAtMs, damagedRecords: damagedRecords > 0 }),
      signal: stop.signal,
    });
    await pruneSnapshots(snapshotFolder, keep);
    counts.durationMs = performance.now() - startedMs;
    const { records, damagedRecords, bytes, path } = copy;
    const fields = { path, records, bytes, tookMs: Math.round(counts.durationMs) };
    if (damagedRecords === 0) log.info(fields, 'A snapshot was taken');
    else log.error({ ...fields, damagedRecords }, 'A snapshot was taken; records in it are damaged, as in the store');
  };

  let swept = false;
  const sweep = async (): Promise<void> => {
    if (!swept && (await removeUnfinished(snapshotFolder)) > 0) log.info({}, 'Unfinished snapshots were removed');
    swept = true;
  };

  const look = async (): Promise<void> => {
    if (!lock.held) return;
    // Again for who was not the holder at its start.
    await sweep();
    newest = (await listSnapshots(snapshotFolder)).at(-1);
    if (performance.now() < nextTryMs || !isDue(newest?.takenAtMs ?? (await madeAtMs(folder)), intervalMs)) return;
    try {
      await take();
      counts.taken += 1;
      counts.failing = false;
      nextTryMs = performance.now() + intervalMs;
    } catch (error) {
      if (stop.signal.aborted) return;
      counts.failed += 1;
      counts.failing = true;
      nextTryMs = performance.now() + Math.min(intervalMs, retryMs);
      log.error({ err: error }, 'No snapshot was taken; the last ones stay, and the store is not touched');
    } finally {
      newest = (await listSnapshots(snapshotFolder)).at(-1);
    }
  };

  const tick = (): void => {
    running ??= look()
      .catch((error: unknown) => log.error({ err: error }, 'The snapshots cannot be looked at'))
      .finally(() => {
        running = undefined;
      });
  };
  if (lock.held) await sweep();
  const timer = intervalMs === 0 ? undefined : setInterval(tick, Math.min(intervalMs, longestTickMs)).unref();
  return {
    counts: () => ({ ...counts, newestAtMs: newest?.takenAtMs, newestBytes: newest?.bytes }),
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer);
      stop.abort();
      await running;
    },
  };
}

/** A time ahead of now is of a clock that was set back: nothing is known of the age then. */
function isDue(sinceMs: number, intervalMs: number): boolean {
  const ageMs = Date.now() - sinceMs;
  return ageMs >= intervalMs || ageMs < 0;
}

async function madeAtMs(folder: string): Promise<number> {
  return (await stat(join(folder, 'format.json'))).mtimeMs;
}
