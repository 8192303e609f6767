import { constants, copyFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigurationError } from '../../../configuration-error.ts';
import type { Logger } from '../../../log.ts';
import { checkFile } from './check-file.ts';
import type { DamagePolicy } from './damage-policy.ts';
import { flush, lackOfSpace } from './files.ts';
import { listRecoveries, moveToQuarantine } from './quarantine.ts';
import { listSnapshots, type SnapshotFile } from './snapshot-files.ts';

export interface RecoverOptions {
  readonly folder: string;
  readonly snapshotFolder: string;
  readonly onDamage: DamagePolicy;
  readonly log: Logger;
}

/** A disk that damages files again and again is for a person to look at. */
const maxRecoveries = 5;

/** Throws ConfigurationError when nothing can or may take the place of the damaged file; then nothing was changed. */
export async function recoverFolder(options: RecoverOptions, fault: string): Promise<void> {
  const { folder, snapshotFolder, onDamage, log } = options;
  const data = join(folder, 'data.mdb');
  const refuse = (mend: string): never => {
    throw new ConfigurationError(`${data} is not a sound LMDB file: ${fault}. ${mend}; nothing was changed.`);
  };
  if (onDamage === 'refuse') refuse('Restore a copy with commander restore, or start with --on-damage restore');
  if ((await listRecoveries(folder)).length >= maxRecoveries) {
    refuse(`It is not the first: look at the disk, then move the folders in ${join(folder, 'quarantine')} away`);
  }
  const snapshot = await newestSound(snapshotFolder, log);
  if (snapshot === undefined && onDamage !== 'empty') {
    refuse('There is no sound snapshot: restore a copy with commander restore, or start with --on-damage empty');
  }
  const lack = snapshot && (await lackOfSpace(folder, snapshot.bytes));
  if (lack !== undefined) refuse(`The disk has no room for the snapshot to restore: ${lack}`);
  const foundAtMs = Date.now();
  const report = {
    foundAt: new Date(foundAtMs).toISOString(),
    fault,
    restoredTo: snapshot === undefined ? null : new Date(snapshot.takenAtMs).toISOString(),
  };
  const quarantine =
    snapshot === undefined
      ? await moveToQuarantine(folder, report, () => startEmpty(folder))
      : await replaceData(folder, snapshot.path, report);
  const fields = { ...report, quarantine, lostMs: snapshot && foundAtMs - snapshot.takenAtMs };
  log.error(fields, `The data file was damaged: ${fault}. What was written since the restored snapshot is lost`);
}

/** Puts a copy of `source` in the place of the data file, which goes to quarantine; answers where that is. */
export async function replaceData(
  folder: string,
  source: string,
  report: Parameters<typeof moveToQuarantine>[1],
): Promise<string> {
  const fresh = join(folder, 'data.mdb.unfinished');
  // Where the file system can, the copy shares its blocks with the snapshot.
  await rm(fresh, { force: true });
  await copyFile(source, fresh, constants.COPYFILE_FICLONE);
  await flush(fresh);
  return moveToQuarantine(folder, report, () => rename(fresh, join(folder, 'data.mdb')));
}

/** The format goes first: without it, no data file is no damage. */
async function startEmpty(folder: string): Promise<void> {
  await rm(join(folder, 'format.json'), { force: true });
  await flush(folder);
  await rm(join(folder, 'data.mdb'), { force: true });
}

async function newestSound(folder: string, log: Logger): Promise<SnapshotFile | undefined> {
  for (const snapshot of (await listSnapshots(folder)).toReversed()) {
    const check = checkFile(snapshot.path, { mayBeNew: false });
    if (check.sound) return { ...snapshot, bytes: (await stat(snapshot.path)).size };
    log.error({ snapshot: snapshot.path, fault: check.fault }, 'A snapshot is damaged and is not used');
  }
  return undefined;
}
