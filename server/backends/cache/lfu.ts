/**
 * Least frequently used, with dynamic ageing (Arlitt et al., "Evaluating Content Management Techniques for Web Proxy
 * Caches", 2000): an entry's rank is its count of uses plus the rank of what was evicted last when it was last used.
 * Without it, what was popular yesterday would never make room. Every step takes constant time: counts end at
 * `maxUses`, so all ranks lie within a ring of so many buckets, the lowest first.
 */

import type { Entries, EntriesOptions, Weighed } from './entries.ts';

const maxUses = 255;
const ringSize = maxUses + 1;

interface Slot<E> {
  readonly path: string;
  readonly entry: E;
  uses: number;
  rank: number;
}

export function createLfu<E extends Weighed>({ maxBytes, onLeave }: EntriesOptions<E>): Entries<E> {
  const slots = new Map<string, Slot<E>>();
  /** By rank modulo the size of the ring; within a bucket, the least recently used first. */
  const ring = Array.from({ length: ringSize }, () => new Set<Slot<E>>());
  /** The rank of what was evicted last: no entry has a lower one, and none one higher by more than `maxUses`. */
  let floor = 0;
  let bytes = 0;

  const bucketOf = (rank: number): Set<Slot<E>> => ring[rank % ringSize] as Set<Slot<E>>;
  const use = (slot: Slot<E>): void => {
    bucketOf(slot.rank).delete(slot);
    slot.uses = Math.min(slot.uses + 1, maxUses);
    slot.rank = floor + slot.uses;
    bucketOf(slot.rank).add(slot);
  };
  const leave = (slot: Slot<E>, reason: 'evicted' | 'removed'): void => {
    bucketOf(slot.rank).delete(slot);
    slots.delete(slot.path);
    bytes -= slot.entry.bytes;
    onLeave(slot.entry, reason);
  };
  const evict = (): void => {
    while (bucketOf(floor).size === 0) floor += 1;
    const [lowest] = bucketOf(floor);
    if (lowest !== undefined) leave(lowest, 'evicted');
  };
  const remove = (path: string): number => {
    const slot = slots.get(path);
    if (slot === undefined) return 0;
    leave(slot, 'removed');
    return slot.uses;
  };

  return {
    get(path) {
      const slot = slots.get(path);
      if (slot === undefined) return undefined;
      use(slot);
      return slot.entry;
    },
    set(path, entry) {
      const uses = remove(path);
      while (bytes + entry.bytes > maxBytes) evict();
      const slot = { path, entry, uses, rank: floor };
      slots.set(path, slot);
      bytes += entry.bytes;
      use(slot);
    },
    delete: (path) => void remove(path),
    clear() {
      for (const slot of slots.values()) leave(slot, 'removed');
    },
    bytes: () => bytes,
    count: () => slots.size,
  };
}
