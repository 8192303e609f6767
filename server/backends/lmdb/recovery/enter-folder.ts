/**
 * What happens before LMDB opens a folder. A file that was closed as a whole is let through; any other is read from end
 * to end, and one that is damaged is replaced by the newest sound snapshot or refused.
 */

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../../configuration-error.ts';
import type { Logger } from '../../../log.ts';
import { isFolderHeld, isHeldSoon } from '../folder-lock.ts';
import { checkFile, checkHeaders, type FileCheck } from './check-file.ts';
import { takeCleanMarker } from './clean-marker.ts';
import type { DamagePolicy } from './damage-policy.ts';
import { exists } from './files.ts';
import { enterGate } from './gate.ts';
import { recoverFolder } from './recover-folder.ts';

export interface EnterOptions {
  readonly folder: string;
  readonly snapshotFolder: string;
  readonly onDamage: DamagePolicy;
  /** Whether there was a database: no data file, or one without anything in it, is damage then. */
  readonly marked: boolean;
  readonly log: Logger;
}

export interface Entry extends AsyncDisposable {
  /** Records that were found damaged; undefined when the file was not read. */
  readonly damagedRecords: number | undefined;
}

/**
 * Dispose of the entry once the folder's lock is taken or another's is known. Throws ConfigurationError when the folder
 * cannot be opened; then nothing was changed.
 */
export async function enterFolder(options: EnterOptions): Promise<Entry> {
  const { folder, marked } = options;
  const data = join(folder, 'data.mdb');
  const nothing: Entry = { damagedRecords: undefined, [Symbol.asyncDispose]: async () => undefined };
  if (!marked && (await sizeOf(data)) === 0) return nothing;
  // Whoever serves the folder has looked at it.
  if (await isFolderHeld(folder)) return nothing;
  if ((await takeCleanMarker(folder)) && checkHeaders(data).sound) return nothing;
  const gate = await enterGate(folder);
  try {
    if (await isFolderHeld(folder)) {
      await gate[Symbol.asyncDispose]();
      return nothing;
    }
    const damagedRecords = await examine(options, data);
    return { damagedRecords, [Symbol.asyncDispose]: () => gate[Symbol.asyncDispose]() };
  } catch (error) {
    await gate[Symbol.asyncDispose]();
    throw error;
  }
}

async function examine(options: EnterOptions, data: string): Promise<number | undefined> {
  const { folder, marked, log } = options;
  const startedMs = performance.now();
  const check = await readThrough(data, marked);
  if (check.sound) {
    const { records, damagedRecords, bytes } = check;
    const fields = { records, damagedRecords, bytes, tookMs: Math.round(performance.now() - startedMs) };
    if (damagedRecords === 0) log.info(fields, 'The data file was not closed cleanly; it was read and is sound');
    else log.error(fields, 'Records are damaged: reads of them answer record_corrupt until they are overwritten');
    return damagedRecords;
  }
  // A start that began before this one may be writing to what was just read.
  if (await isHeldSoon(folder)) return undefined;
  await recoverFolder(options, check.fault);
  return 0;
}

async function readThrough(data: string, marked: boolean): Promise<FileCheck> {
  try {
    if (!(await exists(data))) return { sound: false, fault: 'it is missing' };
    return checkFile(data, { mayBeNew: !marked });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigurationError(`${data} cannot be read: ${reason}.`, { cause });
  }
}

/** 0 of a file that is not there. */
async function sizeOf(path: string): Promise<number> {
  return (await exists(path)) ? (await stat(path)).size : 0;
}
