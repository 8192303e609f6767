import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeRecord } from '../../record.ts';
import { type Revision, revisionWallMs } from '../../revision.ts';
import { codeOfRejection } from '../../test-support/code-of.ts';
import { addressOfKey, type LmdbFolder, openLmdbFolder, setRequest } from '../../test-support/open-lmdb-folder.ts';
import type { ListRequest } from '../backend.ts';
import type { PageSink } from '../page-sink.ts';
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
  ['with a flipped bit in the expiry', changed((bytes) => bytes.writeUInt8(1, 15))],
  ['with a flipped bit in the revision', changed((bytes) => bytes.writeUInt8((bytes[16] ?? 0) ^ 0x40, 16))],
  ['with a revision of ones', changed((bytes) => bytes.fill(0xff, 16, 32))],
  ['with a flipped bit in the checksum of its head', changed((bytes) => bytes.writeUInt8((bytes[36] ?? 0) ^ 1, 36))],
  ['with a flipped bit in the media type', changed((bytes) => bytes.writeUInt8((bytes[41] ?? 0) ^ 1, 41))],
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
    expect(await codeOfRejection(Promise.try(() => backend.get(key, folder.call())))).toBe('record_corrupt');
    await backend.set(addressOfKey('e'), setRequest('v'), folder.call());
    const { items } = await backend.list(listing, folder.call());
    expect(items).toMatchObject([{ key: 'damaged', damaged: true }, { key: 'e' }]);
  });

  test('is named in a page that a sink takes exactly where its head is damaged', async () => {
    await folder.inside(({ records }) => records.put('n/c/e', whole));
    const backend = await folder.backend();
    const taken: string[] = [];
    const note =
      (what: string): PageSink['addDamaged'] =>
      ({ keyBytes, keyFrom, keyTo }) => {
        taken.push(`${what} ${keyBytes.toString('utf8', keyFrom, keyTo)}`);
      };
    const sink = { add: note('sound'), addDamaged: note('damaged') };
    await backend.list({ ...listing, withValues: false, sink }, folder.call());
    const { items } = await backend.list({ ...listing, withValues: false }, folder.call());
    expect(taken).toEqual(items.map((item) => `${'damaged' in item ? 'damaged' : 'sound'} ${item.key}`));
    expect(taken).toHaveLength(2);
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
  ['with a flipped bit in the expiry', changed((bytes) => bytes.writeUInt8(1, 15))],
  ['with a revision of ones', changed((bytes) => bytes.fill(0xff, 16, 32))],
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
  expect(folder.log).toEqual([expect.stringContaining('Records are damaged')]);
});

test('a record that its damaged expiry makes look due stays, although the index says so too', async () => {
  const { nowMs } = folder.call();
  await (await folder.backend()).set(addressOfKey('expiring'), setRequest('v', { kind: 'at', atMs: nowMs + 5 }), {
    ...folder.call(),
    nowMs,
  });
  await folder.inside(async ({ expiry, records }) => {
    await expiry.put(expiryKey('n/c/damaged', 1), Buffer.alloc(0));
    await records.put(
      'n/c/damaged',
      changed((bytes) => bytes.writeUInt8(1, 15)),
    );
  });
  folder.advance(10);
  const backend = await folder.backend();
  const asOfBefore = { ...folder.call(), nowMs };
  await expect.poll(() => backend.get(addressOfKey('expiring'), asOfBefore), { timeout: 5_000 }).toBeUndefined();
  expect(await codeOfRejection(Promise.try(() => backend.get(key, folder.call())))).toBe('record_corrupt');
  expect(await folder.counts()).toEqual({ records: 1, expiry: 0, chunks: 0 });
});

test('a damaged revision does not move the clock: the next write has the revision of its own time', async () => {
  await folder.inside(({ records }) =>
    records.put(
      'n/c/damaged',
      changed((bytes) => bytes.writeUInt8(0x40, 16)),
    ),
  );
  const backend = await folder.backend();
  const set = await backend.set(key, setRequest('new'), folder.call());
  if (set.outcome !== 'replaced') throw new Error(set.outcome);
  expect(revisionWallMs(set.revision)).toBe(folder.call().nowMs);
});

test('a large value whose size is damaged is found out, without memory for what the size says', async () => {
  const backend = await folder.backend();
  await backend.set(key, setRequest(Buffer.alloc(300_000, 'v')), folder.call());
  await folder.inside(async ({ records }) => {
    const bytes = Buffer.from(records.get('n/c/damaged') ?? '');
    bytes.writeUInt32BE(0xffff_ffff, 32);
    await records.put('n/c/damaged', bytes);
  });
  const reopened = await folder.backend();
  expect(await codeOfRejection(Promise.try(() => reopened.get(key, folder.call())))).toBe('record_corrupt');
});
