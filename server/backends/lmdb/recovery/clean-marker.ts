/**
 * Says that the data file was closed as a whole, and which file that was: one that was changed since by anything, or by
 * a process that did not end well, is another. So it is right even where its removal did not reach the disk.
 */

import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { lastTransaction } from './check-file.ts';
import { isMissing, readOptional, writeWhole } from './files.ts';

const markerFile = 'clean-shutdown.json';

/** Of a file that this process has closed. Others may go on with it: what they write makes it another one. */
export async function writeCleanMarker(folder: string): Promise<void> {
  await writeWhole(join(folder, markerFile), `${await stampOf(folder)}\n`);
}

/**
 * True when the data file is as the marker says. The marker is gone then: what follows may end badly. Of two that start
 * at once one gets it.
 */
export async function takeCleanMarker(folder: string): Promise<boolean> {
  const path = join(folder, markerFile);
  const text = await readOptional(path);
  if (text === undefined) return false;
  const stamp = await stampOf(folder).catch(() => undefined);
  try {
    await rm(path);
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  return text.trimEnd() === stamp;
}

async function stampOf(folder: string): Promise<string> {
  const path = join(folder, 'data.mdb');
  const transaction = lastTransaction(path);
  const { size, mtimeNs } = await stat(path, { bigint: true });
  return JSON.stringify({ bytes: String(size), changedNs: String(mtimeNs), transaction });
}
