/** What the commands backup, restore and doctor do with the files of an embedded store. */

import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigurationError } from '../../../configuration-error.ts';
import type { Recovery } from '../../storage-state.ts';
import { markDataFolder, prepareDataFolder } from '../data-folder.ts';
import { isFolderHeld, isHeldSoon } from '../folder-lock.ts';
import { checkFile, checkHeaders, type FileCheck } from './check-file.ts';
import { takeCleanMarker } from './clean-marker.ts';
import { copyStore, type StoreCopy } from './copy-store.ts';
import { exists, lackOfSpace } from './files.ts';
import { enterGate } from './gate.ts';
import { listRecoveries } from './quarantine.ts';
import { replaceData } from './recover-folder.ts';
import { listSnapshots, type SnapshotFile } from './snapshot-files.ts';

/** Throws ConfigurationError for what cannot be copied so, and CopyFailure when the copy cannot be had. */
export async function backUp(folder: string, to: string): Promise<StoreCopy> {
  const data = await dataFileOf(folder);
  const target = resolve(to);
  if (await exists(target)) throw new ConfigurationError(`${to} exists; a backup does not overwrite anything.`);
  if (!(await isFolder(dirname(target)))) throw new ConfigurationError(`There is no folder ${dirname(target)}.`);
  if (!(await isFolderHeld(folder))) {
    const check = checkFile(data, { mayBeNew: false });
    if (!check.sound) throw new ConfigurationError(`${data} is damaged: ${check.fault}. A copy of it is of no use.`);
  }
  return copyStore(folder, dirname(target), { nameOf: () => target });
}

export interface Restored {
  readonly records: number;
  readonly damagedRecords: number;
  /** Where the files that were there are now; undefined when there were none. */
  readonly quarantine: string | undefined;
}

/** Throws ConfigurationError; then nothing was changed. */
export async function restore(folder: string, from: string): Promise<Restored> {
  const check = await checkSource(from);
  await prepareDataFolder(folder);
  await using _gate = await enterGate(folder);
  // A server that starts without the marker waits at the gate; one that had it a moment ago will soon be seen.
  const alone = await takeCleanMarker(folder);
  if ((await isFolderHeld(folder)) || (!alone && (await isHeldSoon(folder)))) {
    throw new ConfigurationError(`A server holds ${folder}. End it first: it would go on with the files it has open.`);
  }
  const lack = await lackOfSpace(folder, check.bytes);
  if (lack !== undefined) throw new ConfigurationError(`The disk has no room for ${from}: ${lack}.`);
  const there = await exists(join(folder, 'data.mdb'));
  const { mtime } = await stat(from);
  const report = { foundAt: new Date().toISOString(), fault: null, restoredTo: mtime.toISOString() };
  const place = await replaceData(folder, from, report);
  await markDataFolder(folder);
  const { records, damagedRecords } = check;
  return { records, damagedRecords, quarantine: there ? place : undefined };
}

export interface Findings {
  readonly held: boolean;
  /** Undefined while a server writes to the file: a reading of it would not be of one moment. */
  readonly check: FileCheck | undefined;
  readonly snapshots: readonly (SnapshotFile & { readonly check: FileCheck })[];
  readonly recoveries: readonly Recovery[];
}

/** Changes nothing. Throws ConfigurationError when there is no store. */
export async function examine(folder: string, snapshotFolder: string | undefined): Promise<Findings> {
  const data = await dataFileOf(folder);
  const held = await isFolderHeld(folder);
  const snapshots = await listSnapshots(snapshotFolder ?? join(folder, 'snapshots'));
  return {
    held,
    check: held ? undefined : checkFile(data, { mayBeNew: false }),
    snapshots: snapshots.map((file) => ({ ...file, check: checkFile(file.path, { mayBeNew: false }) })),
    recoveries: await listRecoveries(folder),
  };
}

async function checkSource(from: string): Promise<Extract<FileCheck, { readonly sound: true }>> {
  if (!(await exists(from))) throw new ConfigurationError(`There is no file ${from}.`);
  if (!(await stat(from)).isFile()) throw new ConfigurationError(`${from} is not a file.`);
  const headers = checkHeaders(from);
  if (!headers.sound) throw new ConfigurationError(`${from} is not a sound snapshot: ${headers.fault}.`);
  const check = checkFile(from, { mayBeNew: false });
  if (!check.sound) throw new ConfigurationError(`${from} is not a sound snapshot: ${check.fault}.`);
  return check;
}

async function dataFileOf(folder: string): Promise<string> {
  if (!(await isFolder(folder))) throw new ConfigurationError(`There is no folder ${folder}.`);
  const data = join(folder, 'data.mdb');
  if (!(await exists(data))) throw new ConfigurationError(`${folder} holds no embedded store: it has no data.mdb.`);
  return data;
}

async function isFolder(path: string): Promise<boolean> {
  return (await exists(path)) && (await stat(path)).isDirectory();
}
