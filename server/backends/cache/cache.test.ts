import { expect, test } from 'vitest';
import { CommanderError, type ErrorCode } from '../../errors.ts';
import { createRevisionClock } from '../../revision.ts';
import type { Backend, BackendContext, Call, RecordAddress, SetRequest } from '../backend.ts';
import { Deadline } from '../deadline.ts';
import { openMemory } from '../memory.ts';
import { type CachedBackend, type CacheOptions, createCache } from './cache.ts';

const address: RecordAddress = { namespace: 'n', collection: 'c', key: 'k' };
const startMs = 1_000_000;

interface Bench {
  readonly cache: CachedBackend;
  readonly store: Backend;
  /** Reads of the store so far. */
  readonly reads: () => number;
  /** Holds the calls of the store until the function that it returns is called. */
  readonly stall: () => () => void;
  /** Makes the next write of the store reject with this code. */
  readonly failNextWrite: (code?: ErrorCode) => void;
  readonly pass: (ms: number) => void;
  readonly call: (over?: Partial<Call>) => Call;
}

/** A real memory backend behind a gate that the test opens and closes. */
function openBench(options: Partial<CacheOptions> = {}): Bench {
  let reads = 0;
  let gate: Promise<void> = Promise.resolve();
  let failing: ErrorCode | undefined;
  let nowMs = startMs;
  const quiet = (): void => undefined;
  const context: BackendContext = {
    now: () => nowMs,
    revisions: createRevisionClock({ now: () => nowMs, node: Buffer.alloc(8) }),
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  };
  const store = openMemory(context);
  const gated: Backend = {
    ...store,
    get: async (at, call) => {
      reads += 1;
      // The store decides at once; the answer takes its time.
      const found = await store.get(at, call);
      await call.deadline.bound(gate, 'The read');
      return found;
    },
    set: async (at, request, call) => {
      await gate;
      const done = await store.set(at, request, call);
      if (failing === undefined) return done;
      const code = failing;
      failing = undefined;
      throw new CommanderError(code, 'The write did not finish.');
    },
    drop: async () => ({ deleted: 0, done: true }),
    deletePrefix: async () => ({ deleted: 0, done: true }),
  };
  const cache = createCache(gated, {
    maxBytes: 100_000,
    policy: 'lru',
    maxStalenessMs: undefined,
    monotonicMs: () => nowMs,
    ...options,
  });
  return {
    cache,
    store,
    reads: () => reads,
    stall: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      return () => {
        gate = Promise.resolve();
        resolve();
      };
    },
    failNextWrite: (code = 'store_unavailable') => {
      failing = code;
    },
    pass: (ms) => {
      nowMs += ms;
    },
    call: (over = {}) => ({ nowMs, deadline: new Deadline(5_000), ...over }),
  };
}

function textOf(text: string, expiresAtMs?: number): SetRequest {
  return {
    value: Buffer.from(text),
    contentType: 'text/plain',
    expiry: expiresAtMs === undefined ? { kind: 'none' } : { kind: 'at', atMs: expiresAtMs },
    condition: undefined,
  };
}

test('a second read is answered at once, without the store, and says how old it is', async () => {
  const { cache, call, reads, pass } = openBench();
  await cache.set(address, textOf('v'), call());
  expect((await cache.get(address, call()))?.ageMs).toBeUndefined();
  pass(1_500);
  expect(cache.get(address, call())).toMatchObject({ value: Buffer.from('v'), ageMs: 1_500 });
  expect(await cache.head(address, call())).toMatchObject({ size: 1, ageMs: 1_500 });
  expect(reads()).toBe(1);
  expect(cache.cacheCounts()).toMatchObject({ hits: 2, misses: 1, entries: 1 });
});

test('no caller can change what another gets, neither the first nor one that was answered from the cache', async () => {
  const { cache, call } = openBench();
  await cache.set(address, textOf('value'), call());
  for (let round = 0; round < 3; round += 1) {
    const got = await cache.get(address, call());
    expect(got?.value.toString()).toBe('value');
    got?.value.fill(0);
  }
});

test('those who wait for one read cannot change what the others get', async () => {
  const { cache, call, stall, reads } = openBench();
  await cache.set(address, textOf('value'), call());
  const release = stall();
  const waiting = [0, 1, 2].map(async () => {
    const got = await cache.get(address, call());
    const text = got?.value.toString();
    got?.value.fill(0);
    return text;
  });
  release();
  expect(await Promise.all(waiting)).toEqual(['value', 'value', 'value']);
  expect(reads()).toBe(1);
});

test('one who waits for the read of another gives up at its own deadline, and outlives that of the other', async () => {
  const { cache, call, stall, reads } = openBench();
  await cache.set(address, textOf('value'), call());
  const release = stall();
  const leader = expect(cache.get(address, call({ deadline: new Deadline(60) }))).rejects.toThrow('The read');
  const hurried = expect(cache.get(address, call({ deadline: new Deadline(20) }))).rejects.toThrow('within 20 ms');
  const patient = cache.get(address, call({ deadline: new Deadline(20_000) }));
  await hurried;
  await leader;
  release();
  expect((await patient)?.value.toString()).toBe('value');
  expect(reads()).toBe(2);
});

test('a record that has expired is absent at once, and no longer held', async () => {
  const { cache, call, pass } = openBench();
  await cache.set(address, textOf('v', startMs + 10), call());
  await cache.get(address, call());
  pass(9);
  expect(cache.get(address, call())).toMatchObject({ size: 1 });
  expect(cache.cacheCounts().entries).toBe(1);
  pass(1);
  expect(await cache.get(address, call())).toBeUndefined();
  expect(cache.cacheCounts()).toMatchObject({ entries: 0, bytes: 0 });
});

test('one who waits for the read of another is not given what has expired meanwhile, and is told of it by the store', async () => {
  const { cache, call, pass, stall } = openBench();
  await cache.set(address, textOf('v', startMs + 10), call());
  const release = stall();
  const first = cache.get(address, call());
  pass(10);
  const expired: number[] = [];
  const second = cache.get(address, call({ onExpired: (expiresAtMs) => expired.push(expiresAtMs) }));
  release();
  expect(await first).toBeDefined();
  expect(await second).toBeUndefined();
  expect(expired).toEqual([startMs + 10]);
});

test('what is older than the bound on staleness is read again', async () => {
  const { cache, call, pass, reads } = openBench({ maxStalenessMs: 100 });
  await cache.set(address, textOf('v'), call());
  await cache.get(address, call());
  pass(100);
  await cache.get(address, call());
  expect(reads()).toBe(1);
  pass(1);
  await cache.get(address, call());
  expect(reads()).toBe(2);
});

test('a wall clock that stands still does not keep a value young', async () => {
  const { cache, call, pass, reads } = openBench({ maxStalenessMs: 100 });
  await cache.set(address, textOf('v'), call());
  await cache.get(address, call({ nowMs: startMs }));
  pass(101);
  await cache.get(address, call({ nowMs: startMs }));
  expect(reads()).toBe(2);
});

test('a read that wants a younger answer goes to the store and refreshes the entry, unless it is not to be kept', async () => {
  const { cache, store, call, pass } = openBench();
  await cache.set(address, textOf('old'), call());
  await cache.get(address, call());
  await store.set(address, textOf('of another'), call());
  pass(1_000);
  const text = async (over: Partial<Call> = {}) => (await cache.get(address, call(over)))?.value.toString();
  expect(await text({ freshness: { maxAgeMs: 1_001, keep: true } })).toBe('old');
  expect(await text({ freshness: { maxAgeMs: 1_000, keep: true } })).toBe('of another');
  expect(await text()).toBe('of another');
  await store.delete(address, undefined, call());
  expect(await text({ freshness: { maxAgeMs: 0, keep: false } })).toBeUndefined();
  expect(cache.cacheCounts().entries).toBe(0);
  await store.set(address, textOf('again'), call());
  expect(await text({ freshness: { maxAgeMs: 0, keep: false } })).toBe('again');
  expect(cache.cacheCounts().entries).toBe(0);
});

test('a read that a write overlaps is not kept, on whichever side it ends', async () => {
  const { cache, call, stall } = openBench();
  await cache.set(address, textOf('old'), call());
  const release = stall();
  const overlapped = cache.get(address, call());
  const written = cache.set(address, textOf('new'), call());
  const during = cache.get(address, call());
  release();
  await Promise.all([overlapped, written, during]);
  expect(cache.cacheCounts().entries).toBe(0);
  expect((await cache.get(address, call()))?.value.toString()).toBe('new');
});

test('after a write of unknown outcome nothing is kept until it can no longer land', async () => {
  const { cache, call, pass, failNextWrite, reads } = openBench();
  failNextWrite();
  await expect(cache.set(address, textOf('v'), call())).rejects.toThrow('did not finish');
  for (let round = 0; round < 3; round += 1) await cache.get(address, call());
  expect(reads()).toBe(3);
  pass(30_000);
  await cache.get(address, call());
  await cache.get(address, call());
  expect(reads()).toBe(4);
});

test('after a write that was refused as too much what is read is kept', async () => {
  const { cache, call, failNextWrite, reads } = openBench();
  await cache.set(address, textOf('v'), call());
  failNextWrite('overloaded');
  await expect(cache.set(address, textOf('w'), call())).rejects.toMatchObject({ code: 'overloaded' });
  for (let round = 0; round < 3; round += 1) await cache.get(address, call());
  expect(reads()).toBe(1);
});

test.each([
  ['a drop of its collection', (b: Bench) => b.cache.drop({ namespace: 'n', collection: 'c' }, b.call())],
  ['a drop of its namespace', (b: Bench) => b.cache.drop({ namespace: 'n', collection: undefined }, b.call())],
  [
    'a removal of a prefix',
    (b: Bench) => b.cache.deletePrefix({ namespace: 'n', collection: 'c', prefix: 'k' }, b.call()),
  ],
])('%s makes a cached record unusable, and a read that it overlaps is not kept', async (_what, remove) => {
  const bench = openBench();
  const { cache, call, reads, stall } = bench;
  await cache.set(address, textOf('v'), call());
  await cache.get(address, call());
  await remove(bench);
  await cache.get(address, call());
  expect(reads()).toBe(2);
  await remove(bench);
  const release = stall();
  const overlapped = cache.get(address, call());
  await remove(bench);
  release();
  await overlapped;
  await cache.get(address, call());
  expect(reads()).toBe(4);
});

test('a drop of one collection leaves what is cached of another', async () => {
  const { cache, call, reads } = openBench();
  const other = { ...address, collection: 'cc' };
  await cache.set(other, textOf('v'), call());
  await cache.get(other, call());
  await cache.drop({ namespace: 'n', collection: 'c' }, call());
  await cache.get(other, call());
  expect(reads()).toBe(1);
});

test('a value of more than an eighth of the cache is not kept', async () => {
  const { cache, call } = openBench({ maxBytes: 80_000 });
  await cache.set(address, textOf('x'.repeat(9_000)), call());
  await cache.get(address, call());
  expect(cache.cacheCounts().entries).toBe(1);
  await cache.set(address, textOf('x'.repeat(10_000)), call());
  await cache.get(address, call());
  expect(cache.cacheCounts().entries).toBe(0);
});
