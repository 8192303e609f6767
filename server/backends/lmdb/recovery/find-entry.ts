import type { Overflow, Pages } from './pages.ts';
import type { Tree } from './tree.ts';
import { childOf, nodesOf, overflowAt } from './walk-tree.ts';

const nodeHeaderBytes = 8;
const bigData = 1;
/** Branch pages that are kept: those of a tree of a million entries. */
const maxKept = 512;

/** Looks up values by key in a tree that was walked over before, with keys in bytewise order. */
export function createFinder(pages: Pages, tree: Tree): (key: Buffer) => Buffer | undefined {
  const kept = new Map<number, Buffer>();
  const leaf = Buffer.allocUnsafe(pages.size);
  let inLeaf: number | undefined;

  const branch = (number: number): Buffer => {
    const known = kept.get(number);
    if (known !== undefined) return known;
    const page = Buffer.allocUnsafe(pages.size);
    pages.read(number, page);
    if (kept.size < maxKept) kept.set(number, page);
    return page;
  };

  const leafOf = (key: Buffer): Buffer | undefined => {
    if (tree.root === undefined) return undefined;
    let number = tree.root;
    for (let depth = 1; depth < tree.depth; depth += 1) {
      const page = branch(number);
      const nodes = nodesOf(pages, page, 'branch');
      const isAfter = (index: number): boolean => {
        const node = nodes[index] as (typeof nodes)[number];
        return index > 0 && Buffer.compare(page.subarray(node.at + nodeHeaderBytes, node.keyEnd), key) > 0;
      };
      number = childOf(page, (nodes[lastNot(nodes.length, isAfter)] as (typeof nodes)[number]).at);
    }
    if (number !== inLeaf) pages.read(number, leaf);
    inLeaf = number;
    return leaf;
  };

  return (key) => {
    const page = leafOf(key);
    if (page === undefined) return undefined;
    const node = nodesOf(pages, page, 'leaf').find(({ at, keyEnd }) =>
      page.subarray(at + nodeHeaderBytes, keyEnd).equals(key),
    );
    if (node === undefined) return undefined;
    const size = page.readUInt32LE(node.at);
    if (page.readUInt16LE(node.at + 4) !== bigData) return page.subarray(node.keyEnd, node.keyEnd + size);
    const overflow: Overflow = overflowAt(pages, page, node.keyEnd, size);
    return pages.readOverflow(overflow, size);
  };
}

/** The last index for which `isAfter` is false; it is false for 0, and once true stays so. */
function lastNot(count: number, isAfter: (index: number) => boolean): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (isAfter(middle)) high = middle - 1;
    else low = middle;
  }
  return low;
}
