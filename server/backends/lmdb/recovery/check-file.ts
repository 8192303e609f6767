/**
 * Reads a whole data file and says whether LMDB can be let at it. It follows every page and every record by itself: on
 * a damaged file the native code ends the process, or takes a page in use for a free one and writes over it.
 */

import { closeSync, fstatSync, openSync } from 'node:fs';
import { checkRecords, type RecordCounts } from './check-records.ts';
import { Damage } from './damage.ts';
import { claimFreePages } from './free-pages.ts';
import { readSnapshot, type Snapshot } from './meta-pages.ts';
import { Pages } from './pages.ts';
import { readTree, type Tree, treeBytes } from './tree.ts';
import { walkTree } from './walk-tree.ts';

export interface SoundFile extends RecordCounts {
  readonly sound: true;
  readonly bytes: number;
  readonly transaction: number;
  readonly pages: number;
  readonly freePages: number;
  /** Pages that neither hold anything nor are free. */
  readonly lostPages: number;
}

/** `fault` is the end of a sentence, without names and keys. */
export type FileCheck = SoundFile | { readonly sound: false; readonly fault: string };

/** `mayBeNew`: databases may be missing, as a first start may have left the file. Throws what reading the file throws. */
export function checkFile(path: string, options: { readonly mayBeNew: boolean }): FileCheck {
  return withFile(path, (file, bytes) => {
    const snapshot = readSnapshot(file, bytes);
    const pages = new Pages(file, snapshot);
    const freePages = claimFreePages(pages, snapshot.free);
    const trees = readTrees(pages, snapshot);
    const counts = checkRecords(pages, trees, options);
    return {
      sound: true,
      bytes,
      transaction: snapshot.transaction,
      pages: snapshot.lastPage + 1,
      freePages,
      lostPages: pages.unowned(),
      ...counts,
    };
  });
}

/** What the two headers say, without a look at the rest. */
export function checkHeaders(
  path: string,
): { readonly sound: true } | { readonly sound: false; readonly fault: string } {
  return withFile(path, (file, bytes) => {
    readSnapshot(file, bytes);
    return { sound: true };
  });
}

/** The number of the last transaction. Throws Damage. */
export function lastTransaction(path: string): number {
  const file = openSync(path, 'r');
  try {
    return readSnapshot(file, fstatSync(file).size).transaction;
  } finally {
    closeSync(file);
  }
}

function withFile<T>(
  path: string,
  check: (file: number, bytes: number) => T,
): T | { readonly sound: false; readonly fault: string } {
  const file = openSync(path, 'r');
  try {
    return check(file, fstatSync(file).size);
  } catch (error) {
    if (error instanceof Damage) return { sound: false, fault: error.message };
    throw error;
  } finally {
    closeSync(file);
  }
}

function readTrees(pages: Pages, { main }: Snapshot): ReadonlyMap<string, Tree> {
  const trees = new Map<string, Tree>();
  walkTree(
    pages,
    main,
    ({ key, value, subtree }) => {
      // With the zero that ends it.
      const name = key.toString('latin1').replace(/\0$/, '');
      const bytes = value();
      if (!subtree || bytes.length !== treeBytes) throw new Damage('the list of databases is damaged');
      trees.set(name, readTree(bytes, `the entries of ${/^\w{1,32}$/.test(name) ? name : 'a database'}`));
    },
    Buffer.compare,
  );
  return trees;
}
