/** What LMDB keeps of one B+ tree (mdb.c, MDB_db: 48 bytes). */

import { Damage } from './damage.ts';

export interface Tree {
  readonly name: string;
  readonly flags: number;
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly overflowPages: number;
  readonly entries: number;
  /** Undefined: there is none, the tree is empty. */
  readonly root: number | undefined;
}

export const treeBytes = 48;

export function readTree(bytes: Buffer, name: string): Tree {
  const empty = bytes.readUInt32LE(40) === 0xffff_ffff && bytes.readUInt32LE(44) === 0xffff_ffff;
  return {
    name,
    flags: bytes.readUInt16LE(4),
    depth: bytes.readUInt16LE(6),
    branchPages: readNumber(bytes, 8),
    leafPages: readNumber(bytes, 16),
    overflowPages: readNumber(bytes, 24),
    entries: readNumber(bytes, 32),
    root: empty ? undefined : readNumber(bytes, 40),
  };
}

/** A u64 that counts pages, entries or transactions. Throws Damage for one beyond 2^53. */
export function readNumber(bytes: Buffer, at: number): number {
  const high = bytes.readUInt32LE(at + 4);
  if (high > 0x1f_ffff) throw new Damage('it holds a number that is too large');
  return high * 2 ** 32 + bytes.readUInt32LE(at);
}
