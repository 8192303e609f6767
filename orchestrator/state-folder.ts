import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { UsageError } from './usage-error.ts';

/** Where runs of this user keep what must outlive a crash (ledgers) and what must not (work folders). */
export interface StateFolder {
  readonly ledgers: string;
  readonly work: string;
}

/** Makes the folder for this user alone: it lies where everybody may write. */
export function openStateFolder(parent: string = tmpdir()): StateFolder {
  const { uid, username } = userInfo();
  const root = join(parent, `commander-${uid >= 0 ? uid : username}`);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const found = lstatSync(root);
  if (!found.isDirectory() || (uid >= 0 && found.uid !== uid)) {
    throw new UsageError(`${root} belongs to someone else. Remove it, or set TMPDIR to a folder of your own`);
  }
  const state = { ledgers: join(root, 'ledgers'), work: join(root, 'work') };
  for (const folder of Object.values(state)) mkdirSync(folder, { recursive: true, mode: 0o700 });
  return state;
}
