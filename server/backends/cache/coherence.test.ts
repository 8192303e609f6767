/**
 * That no read gives back what an acknowledged write, or a read before it, has shown to be over. The store decides at
 * once, in memory, and is slow to be asked and to answer, by turns of the event loop that the seed decides.
 */

import { expect, test } from 'vitest';
import { CommanderError } from '../../errors.ts';
import { createRevisionClock } from '../../revision.ts';
import { createSeededRandom, type SeededRandom } from '../../test-support/seeded-random.ts';
import type { Backend, Call, RecordAddress, SetRequest } from '../backend.ts';
import { Deadline } from '../deadline.ts';
import { openMemory } from '../memory.ts';
import { type CachePolicy, createCache } from './cache.ts';
import { type Coherence, type CoherenceOptions, createCoherence } from './coherence.ts';

const keys = 3;
const writesOfKey = 250;
const readers = 6;
const seeds = [1, 2, 3, 4];

interface Trial {
  /** Reads that gave what was over already, each in words. */
  readonly stale: readonly string[];
  readonly hits: number;
  readonly unknownWrites: number;
}

/** What is known of one key. Its versions count the writes, one after the other. */
interface Known {
  readonly address: RecordAddress;
  /** Versions that removed the key. */
  readonly removed: Set<number>;
  begun: number;
  /** A read that begins now sees this version or a later one. */
  least: number;
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Slow to be asked, slow to answer. The next write after `lose` is answered as a time-out and lands later. */
function createSlowStore(
  store: Backend,
  random: SeededRandom,
  late: Set<Promise<unknown>>,
): Backend & { lose: boolean } {
  const slowly = async <T>(decide: () => T | Promise<T>): Promise<T> => {
    await turns(random.integer(4));
    const decided = await decide();
    await turns(random.integer(4));
    return decided;
  };
  const write = async <T>(decide: () => Promise<T>): Promise<T> => {
    if (!slow.lose) return slowly(decide);
    slow.lose = false;
    const landing: Promise<unknown> = turns(6 + random.integer(6)).then(decide);
    late.add(landing);
    void landing.finally(() => late.delete(landing));
    await turns(1);
    throw new CommanderError('store_unavailable', 'The write did not finish.');
  };
  const removeAll = async (
    at: { readonly namespace: string; readonly collection?: string | undefined },
    call: Call,
  ) => {
    const address = { namespace: at.namespace, collection: at.collection ?? 'c', key: 'k' };
    await write(() => store.delete(address, undefined, call));
    return { deleted: 1, done: true };
  };
  const slow: Backend & { lose: boolean } = {
    ...store,
    lose: false,
    get: (address, call) => slowly(() => store.get(address, call)),
    set: (address, request, call) => write(() => store.set(address, request, call)),
    delete: (address, condition, call) => write(() => store.delete(address, condition, call)),
    drop: removeAll,
    deletePrefix: removeAll,
    batch: ({ operations }, call) =>
      write(async () => {
        const [first] = operations;
        if (first?.op !== 'set') throw new Error('this store takes one set');
        return { outcome: 'done', items: [await store.set(first.address, first.request, call)] };
      }),
  };
  return slow;
}

async function runTrial(seed: number, policy: CachePolicy, create: Create): Promise<Trial> {
  const random = createSeededRandom(seed);
  const quiet = (): void => undefined;
  let monotonicMs = 0;
  let unknownWrites = 0;
  const late = new Set<Promise<unknown>>();
  const store = createSlowStore(
    openMemory({
      now: () => 0,
      revisions: createRevisionClock({ now: () => 0, node: Buffer.alloc(8) }),
      log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    }),
    random,
    late,
  );
  const cache = createCache(store, {
    maxBytes: 1_000_000,
    policy,
    maxStalenessMs: undefined,
    monotonicMs: () => monotonicMs,
    createCoherence: create,
  });
  const call: Call = { nowMs: 0, deadline: new Deadline(600_000) };
  const known = Array.from({ length: keys }, (_, index): Known => {
    const address = { namespace: `n${index}`, collection: 'c', key: 'k' };
    return { address, removed: new Set([0]), begun: 0, least: 0 };
  });
  const stale: string[] = [];
  let writing = keys;

  const writeOnce = async ({ address, removed, begun }: Known): Promise<void> => {
    const request: SetRequest = {
      value: Buffer.from(`${begun}`),
      contentType: 'text/plain',
      expiry: { kind: 'none' },
      condition: undefined,
    };
    const kind = random.integer(8);
    if (kind >= 5) removed.add(begun);
    if (kind < 3) await cache.set(address, request, call);
    else if (kind < 5) {
      const operations = [{ op: 'set', address, request }] as const;
      await cache.batch({ operations, atomic: false, receipt: undefined }, call);
    } else if (kind === 5) await cache.delete(address, undefined, call);
    else if (kind === 6)
      await cache.drop(random.integer(2) === 0 ? address : { ...address, collection: undefined }, call);
    else await cache.deletePrefix({ ...address, prefix: 'k' }, call);
  };
  const writer = async (one: Known): Promise<void> => {
    for (let count = 0; count < writesOfKey; count += 1) {
      one.begun += 1;
      store.lose = random.integer(10) === 0;
      try {
        await writeOnce(one);
      } catch (error) {
        if (!(error instanceof CommanderError)) throw error;
        unknownWrites += 1;
        await Promise.all(late);
        await turns(random.integer(12));
        // By then every write has landed that will.
        if (late.size === 0) monotonicMs += 30_001;
      }
      one.least = one.begun;
      await turns(random.integer(16));
    }
    writing -= 1;
  };
  const reader = async (): Promise<void> => {
    while (writing > 0) {
      const one = random.pick(known);
      const { least } = one;
      const freshness = random.integer(8) === 0 ? { freshness: { maxAgeMs: 0, keep: random.integer(2) === 0 } } : {};
      const found = await cache.get(one.address, { ...call, ...freshness });
      const { begun } = one;
      const seen = found === undefined ? firstIn(one.removed, least, begun) : Number(found.value.toString());
      if (seen === undefined || seen < least) {
        stale.push(`of versions ${least} to ${begun} a read gave ${found?.value.toString() ?? 'nothing'}`);
      }
      one.least = Math.max(one.least, seen ?? 0);
      await turns(1 + random.integer(2));
    }
  };
  await Promise.all([...known.map(writer), ...Array.from({ length: readers }, reader)]);
  return { stale, hits: cache.cacheCounts().hits, unknownWrites };
}

function firstIn(versions: ReadonlySet<number>, from: number, to: number): number | undefined {
  for (let version = from; version <= to; version += 1) if (versions.has(version)) return version;
  return undefined;
}

type Create = (options: CoherenceOptions) => Coherence;

test.each(
  seeds.flatMap((seed) => [
    { seed, policy: 'lru' as const },
    { seed, policy: 'lfu' as const },
  ]),
)(
  'no read goes back behind an acknowledged write or an earlier read, seed $seed, $policy',
  async ({ seed, policy }) => {
    const { stale, hits, unknownWrites } = await runTrial(seed, policy, createCoherence);
    expect(stale).toEqual([]);
    expect(hits).toBeGreaterThan(200);
    expect(unknownWrites).toBeGreaterThan(10);
  },
);

/** The same cache with one part of its rules left out. */
const defects: Readonly<Record<string, Create>> = {
  'does not drop what it has before a write': (options) => {
    const sound = createCoherence(options);
    return { ...sound, change: (gate, moment) => (moment === 'before' ? undefined : sound.change(gate, moment)) };
  },
  'does not drop what it has after a write': (options) => {
    const sound = createCoherence(options);
    return { ...sound, change: (gate, moment) => (moment === 'after' ? undefined : sound.change(gate, moment)) };
  },
  'keeps what a write overlapped': (options) => ({ ...createCoherence(options), isQuiet: () => true }),
  'keeps what is read after a write of unknown outcome': (options) => ({
    ...createCoherence(options),
    hold: () => undefined,
  }),
  'does not look at drops': (options) => ({ ...createCoherence(options), isUnchanged: () => true }),
};

test.each(Object.entries(defects))('a cache that %s is found out', async (_what, create) => {
  const trials = await Promise.all(seeds.map((seed) => runTrial(seed, 'lru', create)));
  expect(trials.flatMap(({ stale }) => stale).length).toBeGreaterThan(0);
});
