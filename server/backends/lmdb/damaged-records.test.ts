import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRecord } from '../../record.ts';
import type { Revision } from '../../revision.ts';
import { codeOfRejection } from '../../test-support/code-of.ts';
import { addressOfKey, type LmdbFolder, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';
import type { ListRequest } from '../backend.ts';
import { expiryKey } from './store.ts';

let folder: LmdbFolder;

beforeEach(async () => {
  folder = await openLmdbFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const key = addressOfKey('damaged');
const whole = encodeRecord('damaged', {
  revision: '0'.repeat(31).concat('1') as Revision,
  contentType: 'text/plain',
  expiresAtMs: undefined,
  value: Buffer.from('longer than a locator and a chunk key together'),
});

function changed(change: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.from(whole);
  change(bytes);
  return bytes;
}

const listing: ListRequest = {
  namespace: 'n',
  collection: 'c',
  prefix: '',
  after: undefined,
  limit: 10,
  withValues: true,
};
const persist = { expiry: { kind: 'none' }, condition: undefined } as const;

const damages: readonly (readonly [string, Buffer])[] = [
  ['without a byte', Buffer.alloc(0)],
  ['of one byte', whole.subarray(0, 1)],
  ['cut inside the expiry', whole.subarray(0, 12)],
  ['cut inside the revision', whole.subarray(0, 30)],
  ['cut inside the media type', whole.subarray(0, 44)],
  ['cut inside the value', whole.subarray(0, -1)],
  ['of a newer version', changed((bytes) => bytes.writeUInt8(2, 0))],
  ['with a flipped bit in the value', changed((bytes) => bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 1, bytes.length - 1))],
  ['with a flipped bit in the checksum', changed((bytes) => bytes.writeUInt8((bytes[4] ?? 0) ^ 1, 4))],
  ['that says its value is elsewhere', changed((bytes) => bytes.writeUInt8(1, 1))],
  ['with a media type longer than itself', changed((bytes) => bytes.writeUInt16BE(65_535, 2))],
  ['with a size beyond itself', changed((bytes) => bytes.writeUInt32BE(0xffff_ffff, 32))],
  ['under another key', encodeRecord('other', { ...decoded(), value: Buffer.from('v') })],
];

function decoded(): Parameters<typeof encodeRecord>[1] {
  return {
    revision: '0'.repeat(32) as Revision,
    contentType: 'text/plain',
    expiresAtMs: undefined,
    value: Buffer.from('v'),
  };
}

describe.each(damages)('a record %s', (_, bytes) => {
  beforeEach(async () => {
    await folder.inside(({ records }) => records.put('n/c/damaged', bytes));
  });

  test('is never given out, and never reads as absent', async () => {
    const backend = await folder.backend();
    expect(await codeOfRejection(backend.get(key, folder.call()))).toBe('record_corrupt');
    expect(await codeOfRejection(backend.list(listing, folder.call()))).toBe('record_corrupt');
  });

  test('can be overwritten, and is whole again', async () => {
    const backend = await folder.backend();
    const set = await backend.set(key, setRequest('new'), folder.call());
    expect(['created', 'replaced']).toContain(set.outcome);
    expect((await backend.get(key, folder.call()))?.value.toString()).toBe('new');
    expect((await backend.list(listing, folder.call())).items).toHaveLength(1);
  });

  test('can be deleted', async () => {
    const backend = await folder.backend();
    expect(await backend.delete(key, undefined, folder.call())).toEqual({ outcome: 'deleted' });
    expect(await backend.get(key, folder.call())).toBeUndefined();
    expect((await folder.counts()).records).toBe(0);
  });

  test('harms no other key, in the same commit or after it', async () => {
    const backend = await folder.backend();
    const others = Array.from({ length: 20 }, (_unused, index) => addressOfKey(`other-${index}`));
    const writes = others.map((other) => backend.set(other, setRequest('v'), folder.call()));
    await Promise.allSettled([backend.touch(key, persist, folder.call()), ...writes]);
    for (const other of others) expect((await backend.get(other, folder.call()))?.value.toString()).toBe('v');
  });
});

test.each([
  ['without a byte', Buffer.alloc(0)],
  ['cut inside the expiry', whole.subarray(0, 12)],
])('on a record %s no condition is decided', async (_, bytes) => {
  await folder.inside(({ records }) => records.put('n/c/damaged', bytes));
  const backend = await folder.backend();
  const created = { ...setRequest('new'), condition: { ifMatch: undefined, ifNoneMatch: '*' as const } };
  const condition = { ifMatch: '*' as const, ifNoneMatch: undefined };
  expect(await codeOfRejection(backend.head(key, folder.call()))).toBe('record_corrupt');
  expect(await codeOfRejection(backend.set(key, created, folder.call()))).toBe('record_corrupt');
  expect(await codeOfRejection(backend.delete(key, condition, folder.call()))).toBe('record_corrupt');
  expect(await codeOfRejection(backend.touch(key, persist, folder.call()))).toBe('record_corrupt');
});

test('a damaged record that is due does not keep the sweeper from the others', async () => {
  const { nowMs } = folder.call();
  const due = setRequest('v', { kind: 'at', atMs: nowMs + 5 });
  await (await folder.backend()).set(addressOfKey('expiring'), due, folder.call());
  await folder.inside(async ({ expiry, records }) => {
    await expiry.put(expiryKey('n/c/damaged', nowMs + 1), Buffer.alloc(0));
    await records.put('n/c/damaged', Buffer.alloc(0));
  });
  folder.advance(10);
  const backend = await folder.backend();
  const asOfBefore = { ...folder.call(), nowMs };
  await expect.poll(() => backend.get(addressOfKey('expiring'), asOfBefore), { timeout: 5_000 }).toBeUndefined();
  expect(folder.log).toEqual([]);
});
