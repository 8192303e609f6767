import { chmod, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigurationError } from '../../configuration-error.ts';
import { addressOfKey, type LmdbFolder, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';
import { markDataFolder, prepareDataFolder } from './data-folder.ts';

let folder: LmdbFolder;
let data: string;

beforeEach(async () => {
  folder = await openLmdbFolder();
  data = join(folder.path, 'data.mdb');
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Writes a record of 40 KB and closes. */
async function fill(): Promise<void> {
  await (await folder.backend()).set(addressOfKey('k'), setRequest(Buffer.alloc(40_000, 'v')), folder.call());
  await folder.close();
}

async function refusal(path = folder.path): Promise<string> {
  return refusalOf(() => prepareDataFolder(path));
}

async function refusalOf(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'no refusal';
}

test('a folder that is missing is made, with all above it, and says its format once it is marked', async () => {
  const path = join(folder.path, 'a', 'b');
  await prepareDataFolder(path);
  expect(await readdir(path)).toEqual([]);
  await Promise.all([markDataFolder(path), markDataFolder(path)]);
  expect(await readdir(path)).toEqual(['format.json']);
  expect(JSON.parse(await readFile(join(path, 'format.json'), 'utf8'))).toEqual({ format: 1 });
});

test('a folder that was opened says its format', async () => {
  await folder.backend();
  expect((await readdir(folder.path)).sort()).toEqual([
    'data.mdb',
    'format.json',
    'holder.sock',
    'lock.mdb',
    'recovery-gate.mdb',
    'recovery-gate.mdb-lock',
    'spare',
  ]);
});

test('a folder that was filled and closed is accepted, again and again', async () => {
  await fill();
  await prepareDataFolder(folder.path);
  await prepareDataFolder(folder.path);
  expect((await (await folder.backend()).get(addressOfKey('k'), folder.call()))?.size).toBe(40_000);
});

test('a folder that is open in a backend is accepted', async () => {
  await fill();
  await folder.backend();
  await prepareDataFolder(folder.path);
});

test.each([2, 3, 1_000_000])('format %i is newer and refused, and nothing is changed', async (format) => {
  await fill();
  const before = await readFile(data);
  await writeFile(join(folder.path, 'format.json'), `{"format":${format}}\n`);
  expect(await refusal()).toMatch(new RegExp(`has format ${format}; this server reads up to 1`));
  expect(await readFile(data)).toEqual(before);
  expect(await readFile(join(folder.path, 'format.json'), 'utf8')).toBe(`{"format":${format}}\n`);
});

test.each(['', 'x', '{}', '[]', 'null', '1', '{"format":"1"}', '{"format":1.5}', '{"format":null}', '{"format":1'])(
  'a format file that holds %j is refused',
  async (text) => {
    await writeFile(join(folder.path, 'format.json'), text);
    expect(await refusal()).toMatch(/does not say a format version/);
  },
);

test.each([0, -1])('format %i was never written by a server and is refused', async (format) => {
  await writeFile(join(folder.path, 'format.json'), `{"format":${format}}\n`);
  expect(await refusal()).toMatch(/does not say a format version/);
});

test('what a first start left that was killed or found no room does not keep the next one from starting', async () => {
  await writeFile(data, '');
  await writeFile(join(folder.path, 'lock.mdb'), '');
  await (await folder.backend()).set(addressOfKey('k'), setRequest('v'), folder.call());
  await folder.close();
  expect((await (await folder.backend()).get(addressOfKey('k'), folder.call()))?.value.toString()).toBe('v');
});

const damages: readonly (readonly [string, () => Promise<void>])[] = [
  ['that is empty', () => truncate(data, 0)],
  ['of one byte', () => truncate(data, 1)],
  ['cut inside its first header', () => truncate(data, 0x90)],
  ['cut after its first page', () => truncate(data, 4096)],
  ['cut inside its second header', () => truncate(data, 4096 + 0x20)],
  ['cut after its headers', () => truncate(data, 8192)],
  ['cut before its last page', async () => truncate(data, (await readFile(data)).length - 4096)],
  ['of zeros', async () => writeFile(data, Buffer.alloc((await readFile(data)).length))],
  ['of garbage', async () => writeFile(data, Buffer.alloc((await readFile(data)).length, 0xa5))],
  ['of text', () => writeFile(data, 'no database\n'.repeat(2_000))],
  ['whose first header is gone', () => overwrite(0, Buffer.alloc(4096))],
  ['whose second header is gone', () => overwrite(4096, Buffer.alloc(4096))],
  ['whose first magic number has a flipped bit', async () => flip(0x18)],
  ['whose second magic number has a flipped bit', async () => flip(4096 + 0x18)],
  ['whose page size is none', () => overwrite(0x30, Buffer.of(0, 0, 0, 0))],
  ['whose page size is odd', () => overwrite(0x30, Buffer.of(1, 0x10, 0, 0))],
  ['that says it is longer than it is', () => overwrite(0x90, Buffer.from('ffffffffffffff7f', 'hex'), 4096 + 0x90)],
];

test.each(damages)(
  'a data file %s is refused by a message, not by a crash, and nothing is changed',
  async (_, damage) => {
    await fill();
    await damage();
    const before = await readFile(data);
    expect(await refusalOf(() => folder.backend())).toMatch(
      /data\.mdb is not a sound LMDB file: it.* nothing was changed\.$/,
    );
    expect((await readFile(data)).equals(before)).toBe(true);
  },
);

test('a data file of another version of LMDB is refused by a message', async () => {
  await fill();
  await flip(0x1c);
  await flip(4096 + 0x1c);
  expect(await refusalOf(() => folder.backend())).toMatch(/not a sound LMDB file: it has version 3, not 2/);
});

test('a data file that is a folder is refused', async () => {
  await mkdir(data);
  expect(await refusal()).toMatch(/data\.mdb cannot be used: it is not a file/);
});

test('a lock file that is a folder is refused', async () => {
  await mkdir(join(folder.path, 'lock.mdb'));
  expect(await refusal()).toMatch(/lock\.mdb cannot be used: it is not a file/);
});

test('a lock file of garbage does not keep an unused folder from opening', async () => {
  await fill();
  await writeFile(join(folder.path, 'lock.mdb'), Buffer.alloc(8192, 0xa5));
  expect((await (await folder.backend()).get(addressOfKey('k'), folder.call()))?.size).toBe(40_000);
});

test('a folder below a file is refused with the reason', async () => {
  await writeFile(join(folder.path, 'file'), '');
  expect(await refusal(join(folder.path, 'file'))).toMatch(/cannot be used: /);
  expect(await refusal(join(folder.path, 'file', 'below'))).toMatch(/cannot be used: ENOTDIR/);
});

test('a folder that may not be written is refused', async ({ skip }) => {
  skip(process.getuid?.() === 0, 'root may write everywhere, whatever the mode says');
  await chmod(folder.path, 0o500);
  try {
    expect(await refusal()).toMatch(/cannot be used: EACCES/);
  } finally {
    await chmod(folder.path, 0o700);
  }
});

async function overwrite(at: number, bytes: Buffer, ...more: readonly number[]): Promise<void> {
  const content = await readFile(data);
  for (const position of [at, ...more]) content.set(bytes, position);
  await writeFile(data, content);
}

async function flip(at: number): Promise<void> {
  const content = await readFile(data);
  await overwrite(at, Buffer.of((content[at] ?? 0) ^ 1));
}
