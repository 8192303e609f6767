import { LRUCache } from 'lru-cache';
import type { Entries, EntriesOptions, Weighed } from './entries.ts';

/** The least recently used go first. */
export function createLru<E extends Weighed>({ maxBytes, onLeave }: EntriesOptions<E>): Entries<E> {
  const cache = new LRUCache<string, E>({
    maxSize: maxBytes,
    sizeCalculation: (entry) => entry.bytes,
    dispose: (entry, _path, reason) => onLeave(entry, reason === 'evict' ? 'evicted' : 'removed'),
  });
  return {
    get: (path) => cache.get(path),
    set: (path, entry) => void cache.set(path, entry),
    delete: (path) => void cache.delete(path),
    clear: () => cache.clear(),
    bytes: () => cache.calculatedSize,
    count: () => cache.size,
  };
}
