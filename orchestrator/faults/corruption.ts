/** Damage in the file of the data while nobody has it open. */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { CorruptionOptions, Damage, DamagedFile } from '../../suites/fault.ts';
import { probePlace } from '../places/open-place.ts';
import { damageFile } from './damage-file.ts';
import type { FaultGround, Injection, ProbeFault } from './injection.ts';
import { dataFolderOf, killHolder, startHolder, victimOf } from './injection.ts';

export const probeCorruption: ProbeFault = async ({ source, environment }) => {
  if (source.backend === 'lmdb') return { available: true, reason: "the file lies in the run's folder", mend: null };
  if (source.backend === 'redis' && source.provider !== 'external') {
    return probePlace('tmpfs', source.provider === 'container', environment);
  }
  return { available: false, reason: 'the files of this store are out of reach', mend: null };
};

/** The file that holds the records. Redis appends to the one of the highest number. */
function dataFile(fault: FaultGround): string {
  const folder = dataFolderOf(fault);
  if (victimOf(fault, 'holder') === 'server') return join(folder, 'data.mdb');
  const appended = join(folder, 'appendonlydir');
  const number = (name: string): number => Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? -1);
  const [newest] = readdirSync(appended).sort((one, other) => number(other) - number(one));
  if (newest === undefined) throw new Error(`${appended} holds no file`);
  return join(appended, newest);
}

/** Those of an embedded store, the newest first: their names begin with a number of six digits. */
function snapshotsOf(fault: FaultGround): readonly string[] {
  const folder = join(dataFolderOf(fault), 'snapshots');
  const names = readdirSync(folder).filter((name) => /^\d{6}_.*\.mdb$/.test(name));
  return names
    .sort()
    .reverse()
    .map((name) => join(folder, name));
}

/** What the case is told of the file beside the fault itself. */
export type DamageTold = { -readonly [Name in keyof Pick<DamagedFile, 'sha256' | 'refused'>]: DamagedFile[Name] };

/** Writes into `told` what was done, and once it is healed why it did not start again. */
export async function corruption(
  fault: FaultGround,
  { damage, snapshots = 0 }: CorruptionOptions & { readonly damage: Damage },
  told: DamageTold,
): Promise<Injection> {
  const target = await killHolder(fault);
  const file = dataFile(fault);
  const hit = [file, ...(snapshots === 0 ? [] : snapshotsOf(fault).slice(0, snapshots))];
  const done = hit.map((path) => damageFile(path, damage, fault.random.split(`${damage} ${basename(path)}`)));
  told.sha256 = createHash('sha256').update(readFileSync(file)).digest('hex');
  // Where one of them is as before, the case does not have what it asked for.
  const isWhole = done.every((one) => one !== undefined);
  const evidence = isWhole ? hit.map((path, i) => `${basename(path)} ${done[i]}`).join('; ') : undefined;
  return {
    target: `${basename(file)} of ${target}`,
    async heal() {
      try {
        await startHolder(fault);
        return evidence;
      } catch (error) {
        fault.signal.throwIfAborted();
        told.refused = (error as Error).message;
        return evidence && `${evidence}; it did not start again`;
      }
    },
  };
}
