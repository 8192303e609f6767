import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fill, openFolder } from '../../../test-support/store-content.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../test-support/temporary-folder.ts';
import { checkFile, type FileCheck } from './check-file.ts';

const pageBytes = 4096;
const headerBytes = 24;
let folder: TemporaryFolder;
let original: Buffer;

beforeAll(async () => {
  folder = await createTemporaryFolder();
  {
    await using opened = await openFolder({ folder: folder.path });
    await fill(opened.backend, 1);
  }
  original = await readFile(join(folder.path, 'data.mdb'));
});
afterAll(() => folder[Symbol.asyncDispose]());

async function checkChanged(change: (bytes: Buffer) => void): Promise<FileCheck> {
  const bytes = Buffer.from(original);
  change(bytes);
  const path = join(folder.path, 'changed.mdb');
  await writeFile(path, bytes);
  return checkFile(path, { mayBeNew: false });
}

/** Where the newest header is. */
function newestMeta(bytes: Buffer): number {
  return bytes.readBigUInt64LE(0x98) > bytes.readBigUInt64LE(pageBytes + 0x98) ? 0 : pageBytes;
}

/** Where the page begins at which a tree does, whose description is at `tree`. */
function rootOf(bytes: Buffer, tree: number): number {
  return Number(bytes.readBigUInt64LE(tree + 40)) * pageBytes;
}

function freeTree(bytes: Buffer): number {
  return newestMeta(bytes) + 0x30;
}

/** Where the entries of a page begin. */
function entriesOf(bytes: Buffer, page: number): readonly number[] {
  const count = bytes.readUInt16LE(page + 20) / 2;
  return Array.from(
    { length: count },
    (_, index) => page + headerBytes + bytes.readUInt16LE(page + headerBytes + 2 * index),
  );
}

/** Where the description of a named database is. */
function namedTree(bytes: Buffer, name: string): number {
  const entry = entriesOf(bytes, rootOf(bytes, newestMeta(bytes) + 0x60)).find((at) =>
    bytes.toString('latin1', at + 8, at + 8 + bytes.readUInt16LE(at + 6)).startsWith(name),
  );
  return (entry ?? 0) + 8 + bytes.readUInt16LE((entry ?? 0) + 6);
}

test('a file that was written, deleted from and closed is sound, to the last page', async () => {
  const check = await checkChanged(() => undefined);
  expect(check).toMatchObject({ sound: true, damagedRecords: 0, lostPages: 0 });
});

const changes: readonly (readonly [string, RegExp, (bytes: Buffer) => void])[] = [
  [
    'whose list of free pages names one in use',
    /^page \d+ is used twice$/,
    (bytes) => {
      let leaf = rootOf(bytes, freeTree(bytes));
      while (bytes.readUInt16LE(leaf + 18) === 1) leaf = bytes.readUInt32LE(entriesOf(bytes, leaf)[0] ?? 0) * pageBytes;
      const list = (entriesOf(bytes, leaf)[0] ?? 0) + 8 + 8;
      const inUse = rootOf(bytes, namedTree(bytes, 'records')) / pageBytes;
      const places = Array.from({ length: Number(bytes.readBigUInt64LE(list)) }, (_, index) => list + 8 * (index + 1));
      const place = places.find((at) => bytes.readBigInt64LE(at) > 0n && bytes.readBigInt64LE(at - 8) >= 0n);
      bytes.writeBigUInt64LE(BigInt(inUse), place ?? places.at(-1) ?? 0);
    },
  ],
  [
    'with a changed key in a branch, behind which keys could not be found',
    /^the entries of records are out of order$/,
    (bytes) => {
      const at = entriesOf(bytes, rootOf(bytes, namedTree(bytes, 'records')))[2] ?? 0;
      // The last byte of the key: the neighbours stay in order.
      const last = at + 8 + bytes.readUInt16LE(at + 6) - 1;
      bytes.writeUInt8((bytes[last] ?? 0) + 1, last);
    },
  ],
  [
    'with a page of a later transaction, which would be changed in place',
    /^a page is of a later transaction than the last$/,
    (bytes) => bytes.writeBigUInt64LE(1_000_000n, rootOf(bytes, namedTree(bytes, 'records')) + 8),
  ],
  [
    'whose older header claims to be the newer one',
    /^its headers are not of one database$/,
    (bytes) => {
      const older = pageBytes - newestMeta(bytes);
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(older + 0x98) + 64n, older + 0x98);
    },
  ],
  [
    'that says to hold one record more',
    /^the entries of records are not as many as they are said to be$/,
    (bytes) => {
      const at = namedTree(bytes, 'records') + 32;
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(at) + 1n, at);
    },
  ],
  [
    'without its database of records',
    /^it has no database records$/,
    (bytes) => bytes.write('x', namedTree(bytes, 'records') - 2, 'latin1'),
  ],
  [
    'with an entry over another one',
    /^the entries do not fill their page$|^an entry is out of its page$/,
    (bytes) => {
      let leaf = rootOf(bytes, namedTree(bytes, 'records'));
      while (bytes.readUInt16LE(leaf + 18) === 1) leaf = bytes.readUInt32LE(entriesOf(bytes, leaf)[0] ?? 0) * pageBytes;
      const at = entriesOf(bytes, leaf)[0] ?? 0;
      bytes.writeUInt16LE(bytes.readUInt16LE(at + 6) + 2, at + 6);
    },
  ],
];

test.each(changes)('a file %s is not sound', async (_, fault, change) => {
  const check = await checkChanged(change);
  expect(check).toEqual({ sound: false, fault: expect.stringMatching(fault) });
});
