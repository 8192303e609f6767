import { access, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Logger } from '../../log.ts';
import { addressOfKey, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';
import { spawnServer } from '../../test-support/spawn-server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../test-support/temporary-folder.ts';
import { type FolderLock, openFolderLock } from './folder-lock.ts';

let folder: TemporaryFolder;
let locks: FolderLock[];
const warnings: string[] = [];

beforeEach(async () => {
  folder = await createTemporaryFolder();
  locks = [];
  warnings.length = 0;
});
afterEach(async () => {
  await Promise.all(locks.map((lock) => lock[Symbol.asyncDispose]()));
  await folder[Symbol.asyncDispose]();
});

/** In one process nothing runs beside an action. */
const exclusively = async <T>(action: () => T): Promise<T> => action();

async function openLock(path = folder.path): Promise<FolderLock> {
  const quiet = (): void => undefined;
  const warn = (_: object, message: string): void => void warnings.push(message);
  const log: Logger = { debug: quiet, info: quiet, warn, error: quiet };
  const lock = await openFolderLock({ folder: path, exclusively, log });
  locks.push(lock);
  return lock;
}

const holders = (): number => locks.filter((lock) => lock.held).length;

test('of those that open a folder at once exactly one holds the lock, and all know that they are not alone', async () => {
  await Promise.all(Array.from({ length: 8 }, () => openLock()));
  expect(holders()).toBe(1);
  expect(locks.map((lock) => lock.shared)).toEqual(Array.from({ length: 8 }, () => true));
});

test('the holder knows of another process once that has opened, and is alone again when it has closed', async () => {
  const holder = await openLock();
  expect([holder.held, holder.shared]).toEqual([true, false]);
  const other = await openLock();
  expect([holder.held, holder.shared, other.held, other.shared]).toEqual([true, true, false, true]);
  await other[Symbol.asyncDispose]();
  await expect.poll(() => holder.shared).toBe(false);
});

test('when the holder closes exactly one of the others takes over, and the last one leaves no socket', async () => {
  for (let count = 0; count < 5; count += 1) await openLock();
  while (locks.length > 1) {
    const holder = locks.find((lock) => lock.held);
    await holder?.[Symbol.asyncDispose]();
    locks = locks.filter((lock) => lock !== holder);
    await expect.poll(holders).toBe(1);
  }
  await locks[0]?.[Symbol.asyncDispose]();
  await expect(access(join(folder.path, 'holder.sock'))).rejects.toThrow('ENOENT');
});

test('a folder with a path longer than a socket may have is locked all the same', async ({ skip }) => {
  skip(process.platform !== 'linux', 'only Linux has a shorter path to it');
  const path = join(folder.path, 'a'.repeat(100), 'b'.repeat(100));
  await mkdir(path, { recursive: true });
  await openLock(path);
  await openLock(path);
  expect(holders()).toBe(1);
  expect(warnings).toEqual([]);
});

test('where there can be no socket each process sweeps, reads the latest, and says so', async () => {
  await mkdir(join(folder.path, 'holder.sock'));
  await writeFile(join(folder.path, 'holder.sock', 'file'), '');
  const lock = await openLock();
  expect([lock.held, lock.shared]).toEqual([true, true]);
  expect(warnings).toHaveLength(1);
});

test('when the holding server is killed the other one takes over and sweeps', async () => {
  await using data = await openLmdbFolder();
  await using holder = await spawnServer(['--data', data.path, '--log-level', 'warn']);
  const backend = await data.backend();
  const { nowMs } = data.call();
  const due = setRequest('v', { kind: 'at', atMs: nowMs + 1 });
  data.advance(5_000);
  const asOfBefore = { ...data.call(), nowMs };
  const write = (key: string) => backend.set(addressOfKey(key), due, asOfBefore);
  const gone = (key: string) =>
    expect.poll(async () => backend.get(addressOfKey(key), asOfBefore), { timeout: 10_000 }).toBeUndefined();
  await write('swept by the holder');
  await gone('swept by the holder');
  holder.kill('SIGKILL');
  await holder.exited;
  await write('swept by the other');
  await gone('swept by the other');
});
