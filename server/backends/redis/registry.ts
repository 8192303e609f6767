/**
 * The registry of names: which collections may hold a record. Two sorted sets in bytewise order, outside the hash slots
 * of the collections, so that it works on a Redis Cluster: a collection is entered before its first record is written,
 * by a command of its own.
 *
 * It is a superset. Nothing is ever taken out: another server may be about to write the first record of a collection
 * that it has entered, and no step spans two slots. A collection without records is hidden by whoever lists.
 */

import type { Call } from '../backend.ts';
import type { RedisConnection } from './connection.ts';

interface CollectionAddress {
  readonly namespace: string;
  readonly collection: string;
}

export interface Registry {
  /**
   * Resolves once the collection is entered: to be awaited right before the write. Nothing waits where this process
   * knows that it is.
   */
  ensure(at: CollectionAddress, call: Call): Promise<void> | undefined;
  /** For every new connection: the Redis at its end may have lost the entries. */
  forget(): void;
  /** Names after `after`, whether they hold records or not. */
  namespaces(after: string | undefined, count: number, call: Call): Promise<readonly string[]>;
  collections(namespace: string, range: RegistryRange, call: Call): Promise<readonly string[]>;
}

export interface RegistryRange {
  readonly after: string | undefined;
  readonly count: number;
}

/** What somebody deletes behind our back is entered again with the first write after so long. */
const rememberMs = 60_000;
/** Beyond it all is forgotten and entered anew: a set of names is not worth more memory. */
const maxRemembered = 10_000;

export function createRegistry(prefix: string, connection: () => RedisConnection): Registry {
  // No braces: no collection's key can be the same.
  const namespacesKey = `${prefix}namespaces`;
  const collectionsKey = `${prefix}collections`;
  const entered = new Map<string, number>();

  const enter = async ({ namespace, collection }: CollectionAddress, call: Call): Promise<void> => {
    const name = `${namespace}/${collection}`;
    const enteredAtMs = performance.now();
    await connection().send(call, 'The write', {
      run: (client) => Promise.all([client.zadd(namespacesKey, 0, namespace), client.zadd(collectionsKey, 0, name)]),
    });
    if (entered.size >= maxRemembered) entered.clear();
    entered.set(name, enteredAtMs);
  };

  const isKnown = (at: CollectionAddress): boolean => {
    const enteredAtMs = entered.get(`${at.namespace}/${at.collection}`);
    return enteredAtMs !== undefined && performance.now() - enteredAtMs < rememberMs;
  };

  /** Again where the connection was lost meanwhile, and the entry perhaps with it. */
  const enterUntilKnown = async (at: CollectionAddress, call: Call): Promise<void> => {
    while (!isKnown(at)) await enter(at, call);
  };

  const read = (key: string, from: string, to: string, options: { readonly count: number; readonly call: Call }) =>
    connection().send(options.call, 'The listing', {
      run: (client) => client.zrangebylex(key, from, to, 'LIMIT', 0, options.count),
    });

  return {
    ensure: (at, call) => (isKnown(at) ? undefined : enterUntilKnown(at, call)),
    forget: () => entered.clear(),
    namespaces: (after, count, call) =>
      read(namespacesKey, after === undefined ? '-' : `(${after}`, '+', { count, call }),
    async collections(namespace, { after, count }, call) {
      const from = after === undefined ? `[${namespace}/` : `(${namespace}/${after}`;
      // '0' follows '/'.
      const members = await read(collectionsKey, from, `(${namespace}0`, { count, call });
      return members.map((member) => member.slice(namespace.length + 1));
    },
  };
}
