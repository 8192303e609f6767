import { afterEach, beforeEach, expect, test } from 'vitest';
import { addressOfKey, type LmdbFolder, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';

let folder: LmdbFolder;

beforeEach(async () => {
  folder = await openLmdbFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

test('expired records are removed, many at once, and only they', async () => {
  const backend = await folder.backend();
  const { nowMs } = folder.call();
  const at = (ms: number) => ({ kind: 'at', atMs: nowMs + ms }) as const;
  const write = (name: string, count: number, ms: number | undefined) =>
    Promise.all(
      Array.from({ length: count }, (_, index) =>
        backend.set(
          addressOfKey(`${name}-${index}`),
          setRequest('v', ms === undefined ? { kind: 'none' } : at(ms)),
          folder.call(),
        ),
      ),
    );
  // More than one transaction of the sweeper removes.
  await write('due', 450, 10);
  await write('due-now', 1, 1_000);
  await write('later', 50, 1_001);
  await write('never', 50, undefined);
  await write('extended', 20, 10);
  await write('extended', 20, 5_000);
  await write('persisted', 20, 10);
  for (let index = 0; index < 20; index += 1) {
    const persist = { expiry: { kind: 'none' }, condition: undefined } as const;
    await backend.touch(addressOfKey(`persisted-${index}`), persist, folder.call());
  }
  folder.advance(1_000);
  const asOfBefore = { ...folder.call(), nowMs };
  const left = async (): Promise<number> => {
    const list = { namespace: 'n', collection: 'c', prefix: '', after: undefined, limit: 1000, withValues: false };
    return (await backend.list(list, asOfBefore)).items.length;
  };
  expect(await left()).toBe(450 + 1 + 50 + 50 + 20 + 20);
  await expect.poll(left, { timeout: 5_000 }).toBe(50 + 50 + 20 + 20);
  expect(await folder.counts()).toEqual({ records: 140, expiry: 70, chunks: 0 });
  expect(folder.log).toEqual([]);
});

test('a record whose clock has not come yet stays, however long ago it was written', async () => {
  const backend = await folder.backend();
  const { nowMs } = folder.call();
  await backend.set(addressOfKey('k'), setRequest('v', { kind: 'at', atMs: nowMs + 2_000 }), folder.call());
  await backend.set(addressOfKey('due'), setRequest('v', { kind: 'at', atMs: nowMs + 1 }), folder.call());
  folder.advance(1_999);
  const asOfBefore = { ...folder.call(), nowMs };
  // The sweep that took the other one has looked at this one too.
  await expect.poll(() => backend.get(addressOfKey('due'), asOfBefore), { timeout: 5_000 }).toBeUndefined();
  expect((await backend.get(addressOfKey('k'), folder.call()))?.value.toString()).toBe('v');
});

test('an index entry without a record, or for another expiry of it, goes without harm to the record', async () => {
  const { nowMs } = folder.call();
  const request = setRequest('v', { kind: 'at', atMs: nowMs + 60_000 });
  await (await folder.backend()).set(addressOfKey('k'), request, folder.call());
  const { expiryKey } = await import('./store.ts');
  await folder.inside(async ({ expiry }) => {
    await expiry.put(expiryKey('n/c/k', nowMs + 1), Buffer.alloc(0));
    await expiry.put(expiryKey('n/c/gone', nowMs + 1), Buffer.alloc(0));
  });
  expect(await folder.counts()).toEqual({ records: 1, expiry: 3, chunks: 0 });
  folder.advance(10);
  await (await folder.backend()).set(addressOfKey('due'), setRequest('v', { kind: 'at', atMs: nowMs + 9 }), {
    ...folder.call(),
    nowMs,
  });
  const asOfBefore = { ...folder.call(), nowMs };
  const due = async () => (await folder.backend()).get(addressOfKey('due'), asOfBefore);
  await expect.poll(due, { timeout: 5_000 }).toBeUndefined();
  expect(await folder.counts()).toEqual({ records: 1, expiry: 1, chunks: 0 });
});

test('a backend that was closed sweeps no more and keeps no timer', async () => {
  const backend = await folder.backend();
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const before = timers();
  await backend[Symbol.asyncDispose]();
  expect(timers()).toBeLessThanOrEqual(before);
  await backend[Symbol.asyncDispose]();
});
