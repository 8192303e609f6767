/**
 * A program of its own, started by copy-store.ts: copies a store that may be in use, and checks the copy. On a full disk
 * and on a damaged file LMDB ends its process: this one, and not the server.
 *
 * Arguments: the data folder, an empty folder to copy to. Writes a FileCheck as one line of JSON.
 */

import { setPriority } from 'node:os';
import { join } from 'node:path';
import { openStore } from '../store.ts';
import { checkFile } from './check-file.ts';
import { flush } from './files.ts';

/** Serving goes first. */
const niceness = 10;

const [, , folder = '', target = ''] = process.argv;
// It ends with the process that started it: a copy that nobody waits for is of no use.
process.stdin.resume().on('end', () => process.exit(1));
try {
  setPriority(niceness);
} catch {
  // Not everywhere may a process be nice.
}
const store = openStore(folder, { readOnly: true });
await store.env.backup(target, true);
await store.env.close();
const copy = join(target, 'data.mdb');
await flush(copy);
process.stdout.write(`${JSON.stringify(checkFile(copy, { mayBeNew: false }))}\n`);
process.exit(0);
