import { Damage } from './damage.ts';
import type { Pages } from './pages.ts';
import { readNumber, type Tree } from './tree.ts';
import { walkTree } from './walk-tree.ts';

/**
 * Claims the pages that the file lists as free; returns how many. An entry (midl.c of lmdb-js): a count, then page
 * numbers; one below zero says that so many pages begin at the next, and a zero is a gap.
 */
export function claimFreePages(pages: Pages, tree: Tree): number {
  let free = 0;
  walkTree(
    pages,
    tree,
    ({ key, value }) => {
      if (key.length !== 8) throw new Damage('the list of free pages is damaged');
      free += claimList(pages, value());
    },
    compareNumbers,
  );
  return free;
}

function claimList(pages: Pages, list: Buffer): number {
  const count = list.length < 8 ? 0 : readNumber(list, 0);
  if (list.length < 8 * (count + 1)) throw new Damage('the list of free pages is damaged');
  let free = 0;
  let run = 1;
  for (let at = 8; at < 8 * (count + 1); at += 8) {
    const number = Number(list.readBigInt64LE(at));
    if (number < 0) {
      run = -number;
    } else if (number > 0) {
      pages.claim(number, run);
      free += run;
      run = 1;
    }
  }
  return free;
}

function compareNumbers(a: Buffer, b: Buffer): number {
  return readNumber(a, 0) - readNumber(b, 0);
}
