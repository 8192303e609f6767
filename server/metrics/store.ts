/** What the store and its disk say when they are asked; asked at most every few seconds, however many scrape. */

import { statfs } from 'node:fs/promises';
import type { Backend, BackendStats } from '../backends/backend.ts';
import { Deadline } from '../backends/deadline.ts';
import type { Clock } from '../clock.ts';
import type { MetricsRegistry } from './registry.ts';

export interface StoreSource {
  readonly backend: Backend;
  readonly clock: Clock;
  /** Folder whose disk is of interest; undefined where there is none. */
  readonly dataFolder: string | undefined;
}

/** An answer waits so long for the store at most; then it says that the store is down. */
const storeTimeoutMs = 500;
const keptForMs = 3_000;

interface Seen {
  readonly up: boolean;
  readonly stats: BackendStats | undefined;
  readonly diskFreeBytes: number | undefined;
}

export function registerStoreMetrics(registry: MetricsRegistry, source: StoreSource): void {
  const gauge = (name: string, help: string) => registry.gauge({ name, help }).of({});
  const up = gauge('commander_store_up', '1 while the store answers, else 0.');
  const bytes = gauge('commander_store_bytes', 'Bytes that the store uses, where it says so.');
  const freeBytes = gauge('commander_store_free_bytes', 'Bytes of those that a write can use again.');
  const records = gauge('commander_store_records', 'Records, expired ones that are not swept yet among them.');
  const diskFree = gauge('commander_data_disk_free_bytes', 'Bytes that the disk of the data folder has left for us.');

  let seenAtMs = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  const look = async (): Promise<void> => {
    const seen = await askStore(source);
    up.set(seen.up ? 1 : 0);
    bytes.set(seen.stats?.bytes);
    freeBytes.set(seen.stats?.freeBytes);
    records.set(seen.stats?.records);
    diskFree.set(seen.diskFreeBytes);
    seenAtMs = performance.now();
  };
  registry.collect(() => {
    if (performance.now() - seenAtMs < keptForMs) return;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  });
}

async function askStore({ backend, clock, dataFolder }: StoreSource): Promise<Seen> {
  const deadline = new Deadline(storeTimeoutMs);
  const call = { nowMs: clock.now(), deadline };
  const within = async <T>(work: Promise<T>): Promise<T | undefined> =>
    deadline.bound(work, 'The look at the store').catch(() => undefined);
  const [up, stats, disk] = await Promise.all([
    within(backend.ping(call).then(() => true)),
    within(backend.stats(call)),
    dataFolder === undefined ? undefined : within(statfs(dataFolder)),
  ]);
  const answers = up === true;
  return {
    up: answers,
    stats: answers ? stats : undefined,
    diskFreeBytes: disk === undefined ? undefined : disk.bavail * disk.bsize,
  };
}
