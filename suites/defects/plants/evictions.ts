/** Defects of what a cache gives up. */

import type { CreateEntries, Entries, EntriesOptions, Weighed } from '../../../server/backends/cache/entries.ts';
import type { Plant } from './decorate.ts';

interface Used<E> {
  readonly entry: E;
  uses: number;
}

/** Entries in the order of their last use; `victim` names the one to go, undefined for none. */
function createNaive<E extends Weighed>(
  { maxBytes, onLeave }: EntriesOptions<E>,
  victim: (entries: ReadonlyMap<string, Used<E>>) => string | undefined,
): Entries<E> {
  const entries = new Map<string, Used<E>>();
  let bytes = 0;
  const remove = (path: string, reason: 'evicted' | 'removed'): void => {
    const found = entries.get(path);
    if (found === undefined) return;
    entries.delete(path);
    bytes -= found.entry.bytes;
    onLeave(found.entry, reason);
  };
  return {
    get(path) {
      const found = entries.get(path);
      if (found === undefined) return undefined;
      found.uses += 1;
      entries.delete(path);
      entries.set(path, found);
      return found.entry;
    },
    set(path, entry) {
      remove(path, 'removed');
      while (bytes + entry.bytes > maxBytes) {
        const path = victim(entries);
        if (path === undefined) break;
        remove(path, 'evicted');
      }
      entries.set(path, { entry, uses: 1 });
      bytes += entry.bytes;
    },
    delete: (path) => remove(path, 'removed'),
    clear() {
      for (const path of [...entries.keys()]) remove(path, 'removed');
    },
    bytes: () => bytes,
    count: () => entries.size,
  };
}

function plantEntries(victim: (entries: ReadonlyMap<string, Used<Weighed>>) => string | undefined): Plant {
  const createEntries: CreateEntries = (options) => createNaive(options, victim);
  return () => ({ createEntries });
}

export const evictionPlants = {
  'evicts-most-recent': plantEntries((entries) => [...entries.keys()].at(-1)),
  'evicts-nothing': plantEntries(() => undefined),
  /** Uses count for ever: what was hot once stays, and what is hot now has no chance. */
  'lfu-without-decay': plantEntries((entries) => {
    const least = [...entries].reduce<[string, Used<Weighed>] | undefined>(
      (found, one) => (found === undefined || one[1].uses < found[1].uses ? one : found),
      undefined,
    );
    return least?.[0];
  }),
} as const satisfies Record<string, Plant>;
