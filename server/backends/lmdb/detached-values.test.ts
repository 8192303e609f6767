import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { codeOfRejection } from '../../test-support/code-of.ts';
import { addressOfKey, type LmdbFolder, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';
import { maxInlineBytes } from './store.ts';

let folder: LmdbFolder;

beforeEach(async () => {
  folder = await openLmdbFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const key = addressOfKey('large');
const chunk = 256 * 1024;

test.each([
  [0, 0],
  [maxInlineBytes, 0],
  [maxInlineBytes + 1, 1],
  [chunk - 1, 1],
  [chunk, 1],
  [chunk + 1, 2],
  [3 * chunk, 3],
  [5_000_000, 20],
])('a value of %i bytes comes back byte for byte, from %i chunks, also after a reopening', async (size, chunks) => {
  const value = randomBytes(size);
  await (await folder.backend()).set(key, setRequest(value), folder.call());
  expect((await (await folder.backend()).get(key, folder.call()))?.value.equals(value)).toBe(true);
  expect(await folder.counts()).toEqual({ records: 1, expiry: 0, chunks });
  const reopened = await folder.backend();
  expect((await reopened.get(key, folder.call()))?.value.equals(value)).toBe(true);
  expect(await reopened.head(key, folder.call())).toMatchObject({ size });
});

test.each([
  ['a smaller one', 10, 0],
  ['another large one', 3 * chunk, 3],
  ['a larger one', 5 * chunk, 5],
  ['an empty one', 0, 0],
])('overwriting a large value with %s leaves no chunk of it', async (_, size, chunks) => {
  const backend = await folder.backend();
  await backend.set(key, setRequest(randomBytes(4 * chunk)), folder.call());
  const value = randomBytes(size);
  await backend.set(key, setRequest(value), folder.call());
  expect((await backend.get(key, folder.call()))?.value.equals(value)).toBe(true);
  expect(await folder.counts()).toEqual({ records: 1, expiry: 0, chunks });
});

test('deleting a large value leaves nothing', async () => {
  const backend = await folder.backend();
  await backend.set(key, setRequest(randomBytes(chunk + 1)), folder.call());
  await backend.delete(key, undefined, folder.call());
  expect(await folder.counts()).toEqual({ records: 0, expiry: 0, chunks: 0 });
});

test('a touch of a large value moves its expiry and nothing else', async () => {
  const backend = await folder.backend();
  const value = randomBytes(2 * chunk);
  const { nowMs } = folder.call();
  await backend.set(key, setRequest(value, { kind: 'at', atMs: nowMs + 50_000 }), folder.call());
  const touch = { expiry: { kind: 'at', atMs: nowMs + 90_000 }, condition: undefined } as const;
  await backend.touch(key, touch, folder.call());
  folder.advance(60_000);
  expect((await backend.get(key, folder.call()))?.value.equals(value)).toBe(true);
  expect(await folder.counts()).toEqual({ records: 1, expiry: 1, chunks: 2 });
});

test('writing over an expired large value that is not swept yet leaves no chunk of it', async () => {
  const backend = await folder.backend();
  const { nowMs } = folder.call();
  await backend.set(key, setRequest(randomBytes(4 * chunk), { kind: 'at', atMs: nowMs + 1 }), folder.call());
  const later = { ...folder.call(), nowMs: nowMs + 1 };
  expect(await backend.set(key, setRequest('small'), later)).toMatchObject({ outcome: 'created' });
  expect(await folder.counts()).toEqual({ records: 1, expiry: 0, chunks: 0 });
});

test('an expired large value is swept with its chunks', async () => {
  const backend = await folder.backend();
  const { nowMs } = folder.call();
  await backend.set(key, setRequest(randomBytes(4 * chunk), { kind: 'at', atMs: nowMs + 1_000 }), folder.call());
  folder.advance(1_000);
  const asOfBefore = { ...folder.call(), nowMs };
  await expect.poll(() => backend.head(key, asOfBefore), { timeout: 5_000 }).toBeUndefined();
  expect(await folder.counts()).toEqual({ records: 0, expiry: 0, chunks: 0 });
});

test('a refused write of a large value leaves nothing', async () => {
  const backend = await folder.backend();
  const condition = { ifMatch: '*' as const, ifNoneMatch: undefined };
  const request = { ...setRequest(randomBytes(4 * chunk)), condition };
  expect(await backend.set(key, request, folder.call())).toEqual({
    outcome: 'precondition_failed',
    current: undefined,
  });
  expect(await folder.counts()).toEqual({ records: 0, expiry: 0, chunks: 0 });
});

test('of many writers of large values to one key exactly one value remains, whole', async () => {
  const backend = await folder.backend();
  const values = Array.from({ length: 20 }, () => randomBytes(chunk + 7));
  await Promise.all(values.map((value) => backend.set(key, setRequest(value), folder.call())));
  const found = (await backend.get(key, folder.call()))?.value;
  expect(values.filter((value) => found?.equals(value))).toHaveLength(1);
  expect(await folder.counts()).toEqual({ records: 1, expiry: 0, chunks: 2 });
});

test.each([
  ['missing', undefined],
  ['shorter', (bytes: Buffer) => bytes.subarray(1)],
  ['changed by one bit', (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 9 ? byte ^ 1 : byte)))],
  ['longer', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
])('a chunk that is %s is found out, and the key can be written again', async (_, change) => {
  await (await folder.backend()).set(key, setRequest(randomBytes(3 * chunk)), folder.call());
  await folder.inside(async ({ chunks }) => {
    const [, second] = [...chunks.getKeys()];
    if (second === undefined) throw new Error('no second chunk');
    const bytes = Buffer.from(chunks.get(second) ?? '');
    if (change === undefined) await chunks.remove(second);
    else await chunks.put(second, change(bytes));
  });
  const backend = await folder.backend();
  expect(await codeOfRejection(Promise.try(() => backend.get(key, folder.call())))).toBe('record_corrupt');
  await backend.set(key, setRequest('whole'), folder.call());
  expect((await backend.get(key, folder.call()))?.value.toString()).toBe('whole');
  expect(await folder.counts()).toEqual({ records: 1, expiry: 0, chunks: 0 });
});
