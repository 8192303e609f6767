/** `quarantine/<time>/` of a data folder: damaged files and why they are there. Nothing here removes one. */

import { link, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recovery } from '../../storage-state.ts';
import { flush, isMissing, writeWhole } from './files.ts';
import { stampOf } from './stamp.ts';

/** What is kept beside the files. */
export interface QuarantineReport {
  readonly foundAt: string;
  /** Undefined: the files were sound, and restored over by hand. */
  readonly fault: string | null;
  /** When the snapshot was taken that took their place. */
  readonly restoredTo: string | null;
}

const quarantineFolder = 'quarantine';
const reportFile = 'report.json';

/**
 * Keeps data and lock file, and lets `replace` put the new data file in the place of the old one. The lock file goes
 * with the data file: whoever still has both open goes on with both.
 */
export async function moveToQuarantine(
  folder: string,
  report: QuarantineReport,
  replace: () => Promise<void>,
): Promise<string> {
  const place = join(folder, quarantineFolder, stampOf(Date.parse(report.foundAt)));
  await mkdir(place, { recursive: true, mode: 0o700 });
  await writeWhole(join(place, reportFile), `${JSON.stringify(report, undefined, 2)}\n`);
  await keep(join(folder, 'lock.mdb'), join(place, 'lock.mdb'), rename);
  // A second name first, so that at no moment there is no data file; not every file system has those.
  const [from, to] = [join(folder, 'data.mdb'), join(place, 'data.mdb')];
  await keep(from, to, (old, fresh) => link(old, fresh).catch(() => rename(old, fresh)));
  await replace();
  for (const changed of [place, join(folder, quarantineFolder), folder]) await flush(changed);
  return place;
}

/** Of damage alone, the oldest first. */
export async function listRecoveries(folder: string): Promise<readonly Recovery[]> {
  const parent = join(folder, quarantineFolder);
  const names = await readdir(parent).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const found = await Promise.all(names.sort().map((name) => readRecovery(join(parent, name))));
  return found.filter((recovery) => recovery !== undefined);
}

/** Undefined for what is none; a report that cannot be read says nothing. */
async function readRecovery(place: string): Promise<Recovery | undefined> {
  try {
    const report = JSON.parse(await readFile(join(place, reportFile), 'utf8')) as QuarantineReport;
    if (report.fault === null) return undefined;
    return {
      foundAtMs: Date.parse(report.foundAt),
      fault: report.fault,
      quarantine: place,
      restoredToMs: report.restoredTo === null ? undefined : Date.parse(report.restoredTo),
    };
  } catch {
    return undefined;
  }
}

async function keep(from: string, to: string, move: typeof rename): Promise<void> {
  try {
    await move(from, to);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
