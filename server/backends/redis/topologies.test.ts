/** Redis with more than one server: what clients of ours see while one takes over from another. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Backend } from '../backend.ts';
import { rejectsWith, until } from '../contract/contract-case.ts';
import { createClock, createContext } from '../contract/engines.ts';
import { findRedisImage, type RedisNodes, startCluster, startSentinel } from '../contract/redis-nodes.ts';
import { callAt, type Shelf, shelfOf } from '../contract/subject.ts';
import { openRedis } from './redis-backend.ts';

const found = await findRedisImage().then(
  (origin) => ({ origin, reason: undefined }),
  (error: unknown) => ({ origin: undefined, reason: error instanceof Error ? error.message : String(error) }),
);
const where = found.origin ?? `NOT TESTED: ${found.reason}`;

/** As `shelfOf` makes it, on a collection of that name. */
function open(backend: Backend, name: string): Shelf {
  const namespace = `t${process.pid}`;
  return shelfOf({ backend, hooks: {}, namespace, nowMs: Date.now(), useRevisions: () => undefined }, name);
}

/**
 * Writes one after the other until so many went through after the kill. What was acknowledged before is not judged:
 * replication is asynchronous.
 */
async function writeThrough(shelf: Shelf, backend: Backend, kill: () => Promise<void>): Promise<number> {
  const request = {
    value: Buffer.from('v'),
    contentType: 'text/plain',
    expiry: { kind: 'none' },
    condition: undefined,
  };
  let refused = 0;
  await shelf.set('before', 'v');
  await kill();
  await rejectsWith('store_unavailable', () =>
    backend.set(shelf.address('during'), { ...request, expiry: { kind: 'none' } }, callAt(Date.now(), 1_000)),
  );
  await until(
    async () => {
      const startedMs = performance.now();
      try {
        await backend.set(shelf.address('after'), { ...request, expiry: { kind: 'none' } }, callAt(Date.now(), 1_000));
        return true;
      } catch (error) {
        refused += 1;
        // Each is answered within its deadline.
        expect(performance.now() - startedMs).toBeLessThan(3_000);
        throw error;
      }
    },
    'a new master',
    30_000,
  );
  expect(await readAcross(shelf, 'after')).toBe('v');
  return refused;
}

/** The first answer that comes: a master that was promoted may close its connections once more. */
async function readAcross(shelf: Shelf, key: string): Promise<string | undefined> {
  let record: Awaited<ReturnType<Shelf['get']>>;
  const read = async (): Promise<boolean> => {
    record = await shelf.get(key);
    return true;
  };
  await until(read, `an answer to a read of ${key}`);
  return record?.value.toString();
}

describe.skipIf(found.origin === undefined)(`sentinel (${where})`, () => {
  const resources = new AsyncDisposableStack();
  let nodes: RedisNodes;
  let backend: Backend;
  beforeAll(async () => {
    nodes = resources.use(await startSentinel());
    backend = resources.use(await openRedis({ url: nodes.url, prefix: 's:' }, createContext(createClock())));
  });
  afterAll(() => resources.disposeAsync());

  test('writes go to the master that the sentinel tells of', async () => {
    const shelf = open(backend, 'c');
    expect((await shelf.set('k', 'v')).outcome).toBe('created');
    expect((await shelf.get('k'))?.value.toString()).toBe('v');
  });

  test('when the master dies, writes are refused within their deadlines until the new one takes them', async () => {
    const shelf = open(backend, 'c');
    expect(await writeThrough(shelf, backend, () => nodes.kill(0))).toBeGreaterThan(0);
    expect(await readAcross(shelf, 'k')).toBe('v');
  });
});

describe.skipIf(found.origin === undefined)(`cluster (${where})`, () => {
  const resources = new AsyncDisposableStack();
  let nodes: RedisNodes;
  let backend: Backend;
  let counts = () => ({ created: 0, inUse: 0, idle: 0, waiting: 0, failed: 0 });
  const collections = Array.from({ length: 12 }, (_, index) => `c${index}`);
  beforeAll(async () => {
    nodes = resources.use(await startCluster(1));
    const watched = {
      ...createContext(createClock()),
      watchConnections: (count: () => ReturnType<typeof counts>) => {
        counts = count;
      },
    };
    backend = resources.use(await openRedis({ url: nodes.url, prefix: 's:' }, watched));
  });
  afterAll(() => resources.disposeAsync());

  test('collections lie on all nodes, and each is listed whole', async () => {
    for (const name of collections) {
      const shelf = open(backend, name);
      await Promise.all(['a', 'b', 'c'].map((key) => shelf.set(key, name)));
      expect((await shelf.walk({ limit: 2 })).map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    }
    expect(counts().idle + counts().inUse).toBeGreaterThanOrEqual(3);
  });

  test('an atomic batch stays within one collection, and one that does not is refused', async () => {
    const capabilities = await backend.capabilities(callAt(Date.now()));
    expect(capabilities.atomicBatch).toBe('collection');
    const batch = (names: readonly string[]) =>
      backend.batch(
        {
          operations: names.map((name, index) => ({
            op: 'set',
            address: open(backend, name).address(`batch ${index}`),
            request: {
              value: Buffer.from('v'),
              contentType: 'text/plain',
              expiry: { kind: 'none' },
              condition: undefined,
            },
          })),
          atomic: true,
          receipt: undefined,
        },
        callAt(Date.now()),
      );
    expect((await batch(['c0', 'c0'])).outcome).toBe('done');
    await rejectsWith('capability_unsupported', () => batch(['c0', 'c1']));
  });

  test('a node that fell silent is given up although more large values were sent to it', async () => {
    const value = Buffer.alloc(2_000_000, 1);
    const request = { value, contentType: 'x/y', expiry: { kind: 'none' }, condition: undefined } as const;
    const set = (name: string, timeoutMs: number) =>
      backend.set(open(backend, name).address('large'), request, callAt(Date.now(), timeoutMs));
    // From here on the collections are known, and a write is one command.
    for (const name of collections) await set(name, 10_000);
    const node = new Redis({ host: '127.0.0.1', port: nodes.ports[0] ?? 0 });
    await node.call('CLIENT', 'PAUSE', '6000', 'ALL');
    const ahead = collections.map((name) => set(name, 500));
    await nextTurn();
    const behind = collections.map((name) => set(name, 60_000));
    const refused = (results: readonly PromiseSettledResult<unknown>[]): readonly string[] =>
      collections.filter((_, index) => results[index]?.status === 'rejected');
    const late = refused(await Promise.allSettled(ahead));
    const givenUp = refused(await Promise.allSettled(behind));
    expect(givenUp.length).toBeGreaterThan(0);
    expect(late).toEqual(expect.arrayContaining([...givenUp]));
    await node.call('CLIENT', 'UNPAUSE').finally(() => node.disconnect());
    const served = async (): Promise<boolean> => {
      for (const name of collections) await set(name, 5_000);
      return true;
    };
    await until(served, 'all nodes serve again', 30_000);
  });

  test('when a master dies, its collections are refused within their deadlines until its replica serves them', async () => {
    const shelves = collections.map((name) => open(backend, name));
    const [first] = shelves;
    if (first === undefined) throw new Error('there are collections');
    await nodes.kill(0);
    const states = async (): Promise<readonly boolean[]> =>
      Promise.all(
        shelves.map(async (shelf) => {
          const startedMs = performance.now();
          const found = await Promise.resolve(backend.get(shelf.address('a'), callAt(Date.now(), 1_000))).then(
            (record) => record !== undefined,
            () => false,
          );
          expect(performance.now() - startedMs).toBeLessThan(3_000);
          return found;
        }),
      );
    const during = await states();
    expect(during).toContain(true);
    expect(during).toContain(false);
    await until(async () => (await states()).every(Boolean), 'all collections served again', 30_000);
    for (const shelf of shelves) expect((await shelf.set('a', 'after')).outcome).toBe('replaced');
  });
});
