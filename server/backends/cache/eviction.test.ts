/** The policies against models of them that are too simple to be wrong, on one seeded trace under memory pressure. */

import { expect, test } from 'vitest';
import { createSeededRandom } from '../../test-support/seeded-random.ts';
import type { Entries, EntriesOptions } from './entries.ts';
import { createLfu } from './lfu.ts';
import { createLru } from './lru.ts';

interface Item {
  readonly path: string;
  readonly bytes: number;
}

const maxBytes = 20_000;
const names = 1_000;
const uses = 20_000;

/** Ranks by Zipf's law with exponent 1, as popularity on the web is found to be (Breslau et al., 1999). */
function createTrace(seed: number): readonly Item[] {
  const random = createSeededRandom(seed);
  const sizes = Array.from({ length: names }, () => 20 + random.integer(200));
  const sums: number[] = [];
  for (let rank = 0; rank < names; rank += 1) sums.push((sums[rank - 1] ?? 0) + 1 / (rank + 1));
  const total = sums[names - 1] ?? 0;
  return Array.from({ length: uses }, () => {
    const at = (random.integer(2 ** 31) / 2 ** 31) * total;
    const rank = sums.findIndex((sum) => sum > at);
    return { path: `k${rank}`, bytes: sizes[rank] ?? 1 };
  });
}

/** Reads each item, and fills what is missing. True for each hit. */
function play(trace: readonly Item[], entries: Entries<Item>): readonly boolean[] {
  return trace.map((item) => {
    if (entries.get(item.path) !== undefined) return true;
    entries.set(item.path, item);
    return false;
  });
}

interface Modelled {
  readonly item: Item;
  usedAt: number;
  uses: number;
  rank: number;
}

/** Evicts what compares lowest, by looking at everything. */
function createModel(lowest: (a: Modelled, b: Modelled) => number): Entries<Item> {
  const kept = new Map<string, Modelled>();
  let now = 0;
  let age = 0;
  const use = (one: Modelled): void => {
    now += 1;
    one.usedAt = now;
    one.uses = Math.min(one.uses + 1, 255);
    one.rank = age + one.uses;
  };
  const bytes = (): number => [...kept.values()].reduce((sum, { item }) => sum + item.bytes, 0);
  return {
    get(path) {
      const one = kept.get(path);
      if (one !== undefined) use(one);
      return one?.item;
    },
    set(path, item) {
      while (bytes() + item.bytes > maxBytes) {
        const [first] = [...kept.values()].sort(lowest);
        if (first === undefined) throw new Error('nothing to evict');
        age = first.rank;
        kept.delete(first.item.path);
      }
      const one = { item, usedAt: 0, uses: 0, rank: 0 };
      kept.set(path, one);
      use(one);
    },
    delete: (path) => void kept.delete(path),
    clear: () => kept.clear(),
    bytes,
    count: () => kept.size,
  };
}

const modelOfLru = (): Entries<Item> => createModel((a, b) => a.usedAt - b.usedAt);
const modelOfAgeingLfu = (): Entries<Item> => createModel((a, b) => a.rank - b.rank || a.usedAt - b.usedAt);
const modelOfLfu = (): Entries<Item> => createModel((a, b) => a.uses - b.uses || a.usedAt - b.usedAt);

type Create = (options: EntriesOptions<Item>) => Entries<Item>;
const policies: readonly { readonly name: string; readonly create: Create; readonly model: () => Entries<Item> }[] = [
  { name: 'LRU', create: createLru, model: modelOfLru },
  { name: 'LFU', create: createLfu, model: modelOfAgeingLfu },
];

function ratioOf(hits: readonly boolean[]): number {
  return hits.filter(Boolean).length / hits.length;
}

test.each(policies.flatMap((policy) => [1, 2].map((seed) => ({ ...policy, seed }))))(
  '$name evicts as its model does, and never holds more than its bytes, seed $seed',
  ({ create, model, seed }) => {
    const trace = createTrace(seed);
    let left = 0;
    let most = 0;
    const entries = create({ maxBytes, onLeave: ({ bytes }) => (left += bytes) });
    const watched: Entries<Item> = {
      ...entries,
      set: (path, item) => {
        entries.set(path, item);
        most = Math.max(most, entries.bytes());
      },
    };
    const hits = play(trace, watched);
    const modelled = play(trace, model());
    expect(hits.findIndex((hit, index) => hit !== modelled[index])).toBe(-1);
    expect(most).toBeLessThanOrEqual(maxBytes);
    // All that was put in has left or is there.
    const filled = trace.filter((_, index) => !hits[index]).reduce((sum, { bytes }) => sum + bytes, 0);
    expect(left + entries.bytes()).toBe(filled);
    entries.clear();
    expect([left, entries.bytes(), entries.count()]).toEqual([filled, 0, 0]);
  },
);

test('on a trace by Zipf LFU hits as often as one that never forgets, within a band, and more often than LRU', () => {
  const trace = createTrace(3);
  const ratio = (entries: Entries<Item>): number => ratioOf(play(trace, entries));
  const lfu = ratio(createLfu({ maxBytes, onLeave: () => undefined }));
  expect(Math.abs(lfu - ratio(modelOfLfu()))).toBeLessThan(0.05);
  expect(lfu).toBeGreaterThan(ratio(createLru({ maxBytes, onLeave: () => undefined })));
});

test('what was popular once makes room for what is popular now', () => {
  const lfu = createLfu<Item>({ maxBytes: 1_000, onLeave: () => undefined });
  const old = Array.from({ length: 10 }, (_, index) => ({ path: `old ${index}`, bytes: 100 }));
  const fresh = Array.from({ length: 10 }, (_, index) => ({ path: `new ${index}`, bytes: 100 }));
  for (let round = 0; round < 200; round += 1) play(old, lfu);
  for (let round = 0; round < 400; round += 1) play(fresh, lfu);
  expect(ratioOf(play(fresh, lfu))).toBe(1);
});
