/**
 * Lets one process at a time examine and mend a data folder. The folder's lock cannot: it is taken under the write lock
 * of the very file that may be damaged. So here is the write lock of an LMDB file that holds nothing, which dies with
 * its process, too. Its files stay: who removes a lock may let a second one in.
 */

import { link, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { open } from 'lmdb';
import { exists, flush } from './files.ts';

const gateFile = 'recovery-gate.mdb';
const gateBytes = 2 ** 20;
const magic = 0xbeefc0de;

/**
 * Makes the gate's files while there is room: to map them on a full disk would end the process. The first is made beside
 * its place, flushed, and appears there whole; nothing is ever written to it again. So nobody finds half of it.
 */
export async function prepareGate(folder: string): Promise<void> {
  const path = join(folder, gateFile);
  if (await exists(path)) return;
  const made = join(folder, `${gateFile}.${process.pid}.new`);
  await open({ path: made, noSubdir: true, mapSize: gateBytes }).close();
  await flush(made);
  await link(made, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await flush(folder);
  for (const file of [made, `${made}-lock`]) await rm(file, { force: true });
  // The lock's own file comes with the first who opens the gate.
  const gate = open({ path, noSubdir: true, noSync: true, mapSize: gateBytes });
  await gate.transaction(() => undefined);
  await gate.close();
}

/** Both headers of an LMDB file are there: `mm_magic` at 24 of the first two pages (lmdb.h, mdb.c: MDB_meta). */
async function looksWhole(path: string): Promise<boolean> {
  const bytes = await readFile(path);
  return [24, 4_096 + 24].every((at) => at + 4 <= bytes.length && bytes.readUInt32LE(at) === magic);
}

/** Waits until nobody else is inside. The main thread may stand still meanwhile: nothing is served yet. */
export async function enterGate(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, gateFile);
  // Whole when it came here, and not written to since: what is wrong with it now is the disk's doing.
  if ((await exists(path)) && !(await looksWhole(path))) await rm(path, { force: true });
  await prepareGate(folder);
  const gate = open({ path, noSubdir: true, noSync: true, mapSize: gateBytes });
  const left = Promise.withResolvers<void>();
  // On the main thread: one of the pool's would be taken from what happens inside, and there may be no other.
  const inside = gate.transactionSync(() => left.promise);
  return {
    [Symbol.asyncDispose]: async () => {
      left.resolve();
      await inside;
      await gate.close();
    },
  };
}
