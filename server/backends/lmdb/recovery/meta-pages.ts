/**
 * LMDB's two meta pages, read without LMDB: its native code ends the process on a file that it cannot make sense of.
 *
 * mdb.c of lmdb-js 3.5 (data version 2), 64-bit little-endian as the native module ships. On each page, MDB_meta at
 * +0x18: magic u32, version u32, address u64, map size u64, the tree of free pages, the tree of databases (48 bytes
 * each, `readTree`), last page u64, transaction u64.
 */

import { readSync } from 'node:fs';
import { Damage } from './damage.ts';
import { readNumber, readTree, type Tree } from './tree.ts';

export interface Snapshot {
  readonly pageSize: number;
  readonly lastPage: number;
  /** The transaction that wrote it; the older of the two meta pages counts for nothing. */
  readonly transaction: number;
  readonly free: Tree;
  readonly main: Tree;
}

const pageSizes = new Set([4096, 8192, 16_384, 32_768, 65_536]);
const magic = 0xbe_ef_c0_de;
const dataVersion = 2;
/** MDB_INTEGERKEY of the free pages, and with it what the library keeps of how the file was opened (safeRestore). */
const freeFlags = new Set([0x8, 0x8_08]);
const metaBytes = 0xa8;
/** What may be mapped of a 47-bit address space. */
const maxMapBytes = 2 ** 46;

/** The newest state of a file of `size` bytes. Throws Damage that says why there is none. */
export function readSnapshot(file: number, size: number): Snapshot {
  if (size === 0) throw new Damage('it is empty');
  const first = readBytes(file, 0);
  const pageSize = first.readUInt32LE(0x30);
  if (first.readUInt32LE(0x18) !== magic || !pageSizes.has(pageSize)) throw new Damage('its header is damaged');
  const second = readBytes(file, pageSize);
  if (second.readUInt32LE(0x18) !== magic) throw new Damage('its second header is damaged');
  for (const page of [first, second]) checkMeta(page, pageSize);
  const [one, two] = [first, second].map((page) => readNumber(page, 0x98)) as [number, number];
  checkOrder(one, two);
  const newest = one >= two ? first : second;
  const lastPage = readNumber(newest, 0x90);
  if (size < (lastPage + 1) * pageSize) throw new Damage('it is cut short');
  return {
    pageSize,
    lastPage,
    transaction: Math.max(one, two),
    free: readTree(newest.subarray(0x30), 'the free pages'),
    main: readTree(newest.subarray(0x60), 'the databases'),
  };
}

/** What is beyond the end of the file reads as zeros. */
function readBytes(file: number, at: number): Buffer {
  const bytes = Buffer.alloc(metaBytes);
  readSync(file, bytes, 0, metaBytes, at);
  return bytes;
}

function checkMeta(page: Buffer, pageSize: number): void {
  const version = page.readUInt32LE(0x1c);
  if (version !== dataVersion) throw new Damage(`it has version ${version}, not ${dataVersion}`);
  const mapBytes = readNumber(page, 0x28);
  const flags = page.readUInt16LE(0x34);
  const sound = page.readUInt32LE(0x30) === pageSize && freeFlags.has(flags) && mapBytes <= maxMapBytes;
  if (!sound) throw new Damage('its headers contradict each other');
}

/** Transaction n writes page n % 2, so the two are neighbours. A copy has its only state on the second page. */
function checkOrder(one: number, two: number): void {
  if (one === 0) return;
  const newest = Math.max(one, two);
  const inPlace = one % 2 === 0 && two % 2 === 1;
  if (!inPlace || newest - Math.min(one, two) !== 1) throw new Damage('its headers are not of one database');
}
