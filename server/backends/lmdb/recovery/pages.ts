/**
 * The pages of a data file, each of which belongs to one owner: a tree, or the list of free pages. Header of a page
 * (mdb.c, MDB_page): number u64, transaction u64, pad u16, flags u16, then the bounds of its free space (u16 each,
 * counted from behind the header) or, of the first page of a long value, the number of its pages u32.
 */

import { readSync } from 'node:fs';
import { Damage } from './damage.ts';
import type { Snapshot } from './meta-pages.ts';

export const pageHeaderBytes = 24;
export const branchFlag = 1;
export const leafFlag = 2;
const overflowFlag = 4;

/** A long value: the first page number and the number of pages. */
export interface Overflow {
  readonly page: number;
  readonly pages: number;
}

export class Pages {
  readonly size: number;
  readonly #file: number;
  readonly #last: number;
  readonly #transaction: number;
  readonly #owned: Uint8Array;

  constructor(file: number, { pageSize, lastPage, transaction }: Snapshot) {
    this.#file = file;
    this.#last = lastPage;
    this.#transaction = transaction;
    this.size = pageSize;
    this.#owned = new Uint8Array(Math.ceil((lastPage + 1) / 8));
  }

  /** Throws Damage when one of the pages has an owner already, or is none. */
  claim(page: number, count: number): void {
    if (page < 2 || page + count - 1 > this.#last) throw new Damage(`there is no page ${page}`);
    for (let at = page; at < page + count; at += 1) {
      const bit = 1 << (at & 7);
      const byte = this.#owned[at >>> 3] as number;
      if ((byte & bit) !== 0) throw new Damage(`page ${at} is used twice`);
      this.#owned[at >>> 3] = byte | bit;
    }
  }

  /** Pages of no owner: lost to the file, and harmless. */
  unowned(): number {
    let count = this.#last - 1;
    for (const byte of this.#owned) for (let bits = byte; bits !== 0; bits &= bits - 1) count -= 1;
    return count;
  }

  /** Reads a page of a tree into `target`, and checks what its header says of it. */
  read(page: number, target: Buffer): void {
    this.#fill(target, page, this.size);
    this.#checkHeader(target, page);
    const [lower, upper] = [target.readUInt16LE(20), target.readUInt16LE(22)];
    const sound = lower % 2 === 0 && upper % 2 === 0 && lower <= upper && upper <= this.size - pageHeaderBytes;
    if (!sound) throw new Damage(`page ${page} has a damaged header`);
  }

  /** The first `length` bytes of a long value. */
  readOverflow({ page, pages }: Overflow, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(pageHeaderBytes + length);
    this.#fill(bytes, page, bytes.length);
    this.#checkHeader(bytes, page);
    if (bytes.readUInt16LE(18) !== overflowFlag || bytes.readUInt32LE(20) !== pages) {
      throw new Damage(`page ${page} has a damaged header`);
    }
    return bytes.subarray(pageHeaderBytes);
  }

  checkTransaction(bytes: Buffer, at: number): void {
    // A page of a later transaction passes for one that is being written, and is changed in place.
    const later = bytes.readUInt32LE(at + 4) * 2 ** 32 + bytes.readUInt32LE(at) > this.#transaction;
    if (later) throw new Damage('a page is of a later transaction than the last');
  }

  #fill(target: Buffer, page: number, length: number): void {
    if (readSync(this.#file, target, 0, length, page * this.size) !== length) throw new Damage('it is cut short');
  }

  #checkHeader(bytes: Buffer, page: number): void {
    if (bytes.readUInt32LE(4) * 2 ** 32 + bytes.readUInt32LE(0) !== page) {
      throw new Damage(`in the place of page ${page} is another one`);
    }
    this.checkTransaction(bytes, 8);
  }
}
