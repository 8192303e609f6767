import type { Backend, Call, RemovalStep, StoredRecord } from './backend.ts';
import { isLive } from './is-live.ts';
import { pageOfNames } from './names.ts';

/** Collections by `namespace/collection`, records by key. */
type Collections = Map<string, Map<string, StoredRecord>>;

const maxRemovedPerStep = 1_000;

export function createMemoryRemoval(
  collections: Collections,
): Pick<Backend, 'deletePrefix' | 'drop' | 'namespaces' | 'collections'> {
  /** Of the collections that the names choose, the records whose key begins with `prefix`. */
  function* doomed(chosen: (name: string) => boolean, prefix: string) {
    for (const [name, records] of collections) {
      if (!chosen(name)) continue;
      for (const [key, record] of records) if (key.startsWith(prefix)) yield { records, key, record };
    }
  }

  const step = (all: ReturnType<typeof doomed>, call: Call): RemovalStep => {
    let removed = 0;
    let deleted = 0;
    for (const { records, key, record } of all) {
      if (removed === maxRemovedPerStep) return { deleted, done: false };
      records.delete(key);
      removed += 1;
      if (isLive(record.expiresAtMs, call)) deleted += 1;
    }
    return { deleted, done: true };
  };

  /** [namespace, collection] of those that hold a record and that a client can name. */
  const held = (): readonly (readonly [string, string])[] =>
    [...collections]
      .filter(([, records]) => records.size > 0)
      .map(([name]) => name.split('/') as [string, string])
      .filter((names) => names.every((name) => !name.startsWith('_')));

  return {
    deletePrefix: async ({ namespace, collection, prefix }, call) => {
      call.deadline.check('The write');
      return step(
        doomed((name) => name === `${namespace}/${collection}`, prefix),
        call,
      );
    },
    drop: async ({ namespace, collection }, call) => {
      call.deadline.check('The write');
      const chosen = (name: string): boolean =>
        collection === undefined ? name.startsWith(`${namespace}/`) : name === `${namespace}/${collection}`;
      return step(doomed(chosen, ''), call);
    },
    namespaces: async (request, call) => {
      call.deadline.check('The listing');
      return pageOfNames(new Set(held().map(([namespace]) => namespace)), request);
    },
    collections: async (namespace, request, call) => {
      call.deadline.check('The listing');
      const own = held().filter(([name]) => name === namespace);
      return pageOfNames(
        own.map(([, collection]) => collection),
        request,
      );
    },
  };
}
