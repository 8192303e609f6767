/** The registry of names, on a real Redis. */

import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { inParallel, until } from '../contract/contract-case.ts';
import { createClock, createContext } from '../contract/engines.ts';
import { findRedis, type Store } from '../contract/stores.ts';
import { callAt, type Shelf, shelfOf } from '../contract/subject.ts';
import { keysOf } from './keys.ts';
import { openRedis } from './redis-backend.ts';

const found = await findRedis().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
const title = typeof found === 'string' ? `redis (NOT TESTED: ${found})` : `redis (${found.origin})`;
const prefix = 'unit:';

describe.skipIf(typeof found === 'string')(title, () => {
  const resources = new AsyncDisposableStack();
  let store: Store;
  let admin: Redis;
  let one: Backend;
  let other: Backend;
  let namespace: string;

  const open = (): Promise<Backend> =>
    openRedis({ url: `redis://127.0.0.1:${store.port()}`, prefix }, createContext(createClock()));

  beforeAll(async () => {
    if (typeof found === 'string') return;
    store = resources.use(await found.start());
    admin = new Redis({ host: '127.0.0.1', port: store.port() });
    resources.defer(() => admin.disconnect());
    one = resources.use(await open());
    other = resources.use(await open());
  });
  afterAll(() => resources.disposeAsync());
  beforeEach(() => {
    namespace = `n${randomBytes(6).toString('hex')}`;
  });

  const call = () => callAt(Date.now());
  const shelf = (backend: Backend, name: string): Shelf =>
    shelfOf({ backend, hooks: {}, namespace, nowMs: Date.now(), useRevisions: () => undefined }, name);
  const collections = async (backend: Backend): Promise<readonly string[]> =>
    (await backend.collections(namespace, { after: undefined, limit: 1_000 }, call())).names;
  const listsNamespace = async (backend: Backend): Promise<boolean> => {
    const { names } = await backend.namespaces({ after: undefined, limit: 1_000 }, call());
    return names.includes(namespace);
  };
  const calls = async (command: string): Promise<number> => {
    const stats = await admin.info('commandstats');
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  test('a set costs the registry nothing but for the first of a collection', async () => {
    await admin.config('RESETSTAT');
    for (let index = 0; index < 50; index += 1) await shelf(one, 'c').set(`key ${index}`, 'value');
    // One for each key's place in the index, by the script, and two for the registry.
    expect(await calls('zadd')).toBe(52);
  });

  test('names, drops and prefixes never look through all keys', async () => {
    await admin.config('RESETSTAT');
    await inParallel(300, 32, async (index) => void (await shelf(one, `c${index % 30}`).set(`key ${index}`, 'value')));
    expect(await collections(other)).toHaveLength(30);
    expect(await listsNamespace(other)).toBe(true);
    await other.deletePrefix({ namespace, collection: 'c1', prefix: 'k' }, call());
    await other.drop({ namespace, collection: undefined }, call());
    for (const command of ['keys', 'scan', 'dbsize', 'hscan', 'sscan', 'zscan']) expect(await calls(command)).toBe(0);
    expect(await calls('unlink')).toBeGreaterThan(0);
  });

  test('a server that has entered a collection writes on after another has dropped it, and it is listed', async () => {
    for (let round = 0; round < 5; round += 1) {
      await shelf(one, 'c').set('key', 'value');
      expect(await collections(other)).toEqual(['c']);
      const { deleted, done } = await other.drop({ namespace, collection: undefined }, call());
      expect([deleted, done]).toEqual([1, true]);
      expect([await collections(one), await listsNamespace(one)]).toEqual([[], false]);
    }
    await shelf(one, 'c').set('key', 'value');
    expect([await collections(other), await listsNamespace(other)]).toEqual([['c'], true]);
  });

  test('beside drops by another server no collection that holds a record is missing in the end', async () => {
    const names = Array.from({ length: 8 }, (_, index) => `c${index}`);
    let writing = true;
    const drops = async (): Promise<void> => {
      while (writing) await other.drop({ namespace, collection: undefined }, call());
    };
    const writes = inParallel(800, 16, async (index) => {
      await shelf(one, names[index % 8] ?? '').set(`key ${index}`, 'value');
    }).finally(() => {
      writing = false;
    });
    await Promise.all([drops(), writes]);
    const holding: string[] = [];
    for (const name of names) if ((await shelf(one, name).list()).items.length > 0) holding.push(name);
    expect(await collections(other)).toEqual(holding);
    await other.drop({ namespace, collection: undefined }, call());
    for (const name of names) expect((await shelf(one, name).list()).items).toEqual([]);
  });

  test('on a new connection a collection is entered again: what is at its end may have lost the entry', async () => {
    await shelf(one, 'c').set('key', 'value');
    await admin.flushall();
    await admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until(async () => (await shelf(one, 'c').set('key', 'value')).outcome !== undefined, 'a write');
    expect([await collections(one), await listsNamespace(one)]).toEqual([['c'], true]);
  });

  test('a collection of which only index entries are left is hidden, and they are swept', async () => {
    await inParallel(40, 8, async (index) => void (await shelf(one, 'c').set(`key ${index}`, 'value')));
    const { index } = keysOf(prefix, { namespace, collection: 'c', key: '' });
    for (let key = 0; key < 40; key += 1) await admin.del(keysOf(prefix, shelf(one, 'c').address(`key ${key}`)).record);
    expect(await collections(one)).toEqual([]);
    expect(await listsNamespace(one)).toBe(false);
    expect(await admin.exists(index)).toBe(0);
  });

  test('where Redis refuses writes for want of memory, names are listed and removals go on', async () => {
    await shelf(one, 'c').set('key', 'value');
    await admin.config('SET', 'maxmemory', '1');
    try {
      expect([await collections(other), await listsNamespace(other)]).toEqual([['c'], true]);
      expect(await other.drop({ namespace, collection: 'c' }, call())).toEqual({ deleted: 1, done: true });
      await expect(shelf(one, 'new').set('key', 'value')).rejects.toMatchObject({ code: 'store_full' });
      expect(await collections(other)).toEqual([]);
    } finally {
      await admin.config('SET', 'maxmemory', '0');
    }
  });
});
