/**
 * Walks over one B+ tree of a data file and checks all that LMDB takes for granted: that every page is there once and
 * in order, every entry in its place, and the counts right. Node (mdb.c, MDB_node): of a leaf u32 size of the data,
 * u16 flags, u16 size of the key; of a branch a 48-bit page number, u16 size of the key; then key and data.
 */

import { Damage } from './damage.ts';
import { branchFlag, leafFlag, type Overflow, type Pages, pageHeaderBytes } from './pages.ts';
import { readNumber, type Tree } from './tree.ts';

/** A long value is read only when it is asked for. Both buffers are good until the walk goes on. */
export interface Entry {
  readonly key: Buffer;
  readonly subtree: boolean;
  value(): Buffer;
}

export type CompareKeys = (a: Buffer, b: Buffer) => number;

const nodeHeaderBytes = 8;
const bigData = 1;
const subData = 2;
const overflowBytes = 24;
/** CURSOR_STACK. */
const maxDepth = 32;

export function walkTree(pages: Pages, tree: Tree, visit: (entry: Entry) => void, compare: CompareKeys): void {
  const counts = { branch: 0, leaf: 0, overflow: 0, entries: 0 };
  const buffers: Buffer[] = [];

  const walkLeaf = (page: Buffer, bounds: Bounds): void => {
    counts.leaf += 1;
    let previous: Buffer | undefined;
    for (const { at, keyEnd } of nodesOf(pages, page, 'leaf')) {
      const key = page.subarray(at + nodeHeaderBytes, keyEnd);
      if (previous !== undefined && compare(previous, key) >= 0) throw new Damage(`${tree.name} are out of order`);
      checkBounds(key, bounds, tree, compare);
      previous = key;
      counts.entries += 1;
      visit({ key, subtree: (page.readUInt16LE(at + 4) & subData) !== 0, value: valueAt(page, at, keyEnd) });
    }
  };

  const valueAt = (page: Buffer, at: number, keyEnd: number): (() => Buffer) => {
    const size = page.readUInt32LE(at);
    const flags = page.readUInt16LE(at + 4);
    if ((flags & bigData) === 0) return () => page.subarray(keyEnd, keyEnd + size);
    const overflow = overflowAt(pages, page, keyEnd, size);
    pages.claim(overflow.page, overflow.pages);
    counts.overflow += overflow.pages;
    return () => pages.readOverflow(overflow, size);
  };

  const walkPage = (number: number, depth: number, bounds: Bounds): void => {
    if (depth > maxDepth) throw new Damage(`${tree.name} are too deep`);
    pages.claim(number, 1);
    buffers[depth] ??= Buffer.allocUnsafe(pages.size);
    const page = buffers[depth];
    pages.read(number, page);
    const flags = page.readUInt16LE(18);
    const kind = depth === tree.depth ? leafFlag : branchFlag;
    if (flags !== kind) throw new Damage(`page ${number} is of the wrong kind`);
    if (kind === leafFlag) {
      walkLeaf(page, bounds);
      return;
    }
    counts.branch += 1;
    const nodes = [...nodesOf(pages, page, 'branch')];
    // The first key of a branch is not looked at.
    const keys = nodes.map(({ at, keyEnd }) => page.subarray(at + nodeHeaderBytes, keyEnd));
    nodes.forEach(({ at }, index) => {
      const from = index === 0 ? bounds.from : keys[index];
      walkPage(childOf(page, at), depth + 1, { from, to: keys[index + 1] ?? bounds.to });
    });
  };

  if (tree.root !== undefined) walkPage(tree.root, 1, { from: undefined, to: undefined });
  checkCounts(tree, counts);
}

interface Bounds {
  readonly from: Buffer | undefined;
  readonly to: Buffer | undefined;
}

function checkBounds(key: Buffer, { from, to }: Bounds, tree: Tree, compare: CompareKeys): void {
  const inside = (from === undefined || compare(from, key) <= 0) && (to === undefined || compare(key, to) < 0);
  if (!inside) throw new Damage(`${tree.name} are out of order`);
}

function checkCounts(
  tree: Tree,
  counts: { readonly branch: number; readonly leaf: number; readonly overflow: number; readonly entries: number },
): void {
  const right =
    counts.branch === tree.branchPages &&
    counts.leaf === tree.leafPages &&
    counts.overflow === tree.overflowPages &&
    counts.entries === tree.entries &&
    (tree.root !== undefined || tree.depth === 0);
  if (!right) throw new Damage(`${tree.name} are not as many as they are said to be`);
}

interface Node {
  readonly at: number;
  readonly keyEnd: number;
}

/** The nodes of a page, which fill it from where its free space ends. */
export function nodesOf(pages: Pages, page: Buffer, kind: 'leaf' | 'branch'): readonly Node[] {
  const count = page.readUInt16LE(20) >>> 1;
  const from = page.readUInt16LE(22) + pageHeaderBytes;
  const nodes: Node[] = [];
  let used = 0;
  for (let index = 0; index < count; index += 1) {
    const at = page.readUInt16LE(pageHeaderBytes + 2 * index) + pageHeaderBytes;
    if (at % 2 !== 0 || at < from || at + nodeHeaderBytes > pages.size) throw new Damage('an entry is out of its page');
    const keyEnd = at + nodeHeaderBytes + page.readUInt16LE(at + 6);
    const end = kind === 'leaf' ? keyEnd + dataBytes(page, at) : keyEnd;
    if (end > pages.size) throw new Damage('an entry is out of its page');
    used += (end - at + 1) & ~1;
    nodes.push({ at, keyEnd });
  }
  if (count === 0 || from + used !== pages.size) throw new Damage('the entries do not fill their page');
  return nodes;
}

/** In the page itself. */
function dataBytes(page: Buffer, at: number): number {
  const flags = page.readUInt16LE(at + 4);
  if (flags > subData) throw new Damage('an entry has unknown flags');
  return flags === bigData ? overflowBytes : page.readUInt32LE(at);
}

export function childOf(page: Buffer, at: number): number {
  return page.readUInt16LE(at + 4) * 2 ** 32 + page.readUInt32LE(at);
}

/** Where a long value of `size` bytes is: MDB_ovpage, page u64, transaction u64, pages u64. */
export function overflowAt(pages: Pages, page: Buffer, at: number, size: number): Overflow {
  const overflow = { page: readNumber(page, at), pages: readNumber(page, at + 16) };
  pages.checkTransaction(page, at + 8);
  // More than it needs: a shorter value took the place of a longer one inside one transaction.
  if (overflow.pages < Math.floor((pageHeaderBytes - 1 + size) / pages.size) + 1) {
    throw new Damage('a long value has too few pages');
  }
  return overflow;
}
