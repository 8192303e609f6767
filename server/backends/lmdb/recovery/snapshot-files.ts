/**
 * The snapshots in their folder: `<number>_<time>.mdb`, and `..._damaged.mdb` where records in it are damaged. The
 * number tells their order: a device's clock may have been anywhere.
 */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isMissing } from './files.ts';
import { readStamp, stampOf } from './stamp.ts';

export interface SnapshotFile {
  readonly path: string;
  readonly number: number;
  readonly takenAtMs: number;
  readonly damagedRecords: boolean;
  readonly bytes: number;
}

/** Begins the names of what is not finished. */
export const unfinishedPrefix = '.unfinished-';

/** The oldest first. */
export async function listSnapshots(folder: string): Promise<readonly SnapshotFile[]> {
  const found = (await namesIn(folder)).flatMap((name) => {
    const [, number, time = '', damaged] = /^(\d{6,})_(.*Z)(_damaged)?\.mdb$/.exec(name) ?? [];
    const takenAtMs = readStamp(time);
    if (number === undefined || takenAtMs === undefined) return [];
    return [{ path: join(folder, name), number: Number(number), takenAtMs, damagedRecords: damaged !== undefined }];
  });
  const sized = await Promise.all(found.map(async (file) => ({ ...file, bytes: (await stat(file.path)).size })));
  return sized.sort((a, b) => a.number - b.number);
}

export function snapshotPath(
  folder: string,
  { number, takenAtMs, damagedRecords }: Omit<SnapshotFile, 'path' | 'bytes'>,
): string {
  const digits = String(number).padStart(6, '0');
  return join(folder, `${digits}_${stampOf(takenAtMs)}${damagedRecords ? '_damaged' : ''}.mdb`);
}

/** Removes all but the newest `keep`; the newest without a damaged record stays in any case. */
export async function pruneSnapshots(folder: string, keep: number): Promise<void> {
  const snapshots = await listSnapshots(folder);
  const whole = snapshots.findLast(({ damagedRecords }) => !damagedRecords);
  for (const snapshot of snapshots.slice(0, Math.max(0, snapshots.length - keep))) {
    if (snapshot !== whole) await rm(snapshot.path, { force: true });
  }
}

/** What a process left that ended while it took a snapshot. */
export async function removeUnfinished(folder: string): Promise<number> {
  const names = (await namesIn(folder)).filter((name) => name.startsWith(unfinishedPrefix));
  for (const name of names) await rm(join(folder, name), { recursive: true, force: true });
  return names.length;
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}
