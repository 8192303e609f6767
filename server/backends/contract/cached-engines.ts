/** Every engine once more, with a cache before it: for a caller nothing changes but that answers have an age. */

import type { Backend, RecordHead } from '../backend.ts';
import { type CachePolicy, createCache } from '../cache/cache.ts';
import { engines, type FoundEngine } from './engines.ts';

/** Holds everything that the cases write. */
const maxBytes = 400_000_000;

const policies: Readonly<Record<keyof typeof engines, CachePolicy>> = {
  memory: 'lru',
  lmdb: 'lfu',
  redis: 'lru',
  mongodb: 'lfu',
};

export const cachedEngines: Readonly<Record<string, () => Promise<FoundEngine>>> = Object.fromEntries(
  Object.entries(engines).map(([name, find]) => [
    `${name}+cache`,
    async () => withCache(await find(), policies[name as keyof typeof engines]),
  ]),
);

function withCache(found: FoundEngine, policy: CachePolicy): FoundEngine {
  const before = (backend: Backend): Backend => {
    const cache = createCache(backend, { maxBytes, policy, maxStalenessMs: undefined });
    return {
      ...cache,
      get: (address, call) => {
        const got = cache.get(address, call);
        return got instanceof Promise ? got.then(withoutAge) : withoutAge(got);
      },
      head: async (address, call) => withoutAge(await cache.head(address, call)),
    };
  };
  return {
    ...found,
    async start() {
      const running = await found.start();
      const { openLinked, ...hooks } = running.hooks;
      return {
        hooks: {
          ...hooks,
          ...(openLinked === undefined
            ? {}
            : {
                openLinked: async (state) => {
                  const linked = await openLinked(state);
                  return { ...linked, backend: before(linked.backend) };
                },
              }),
        },
        open: async (context) => before(await running.open(context)),
        [Symbol.asyncDispose]: () => running[Symbol.asyncDispose](),
      };
    },
  };
}

function withoutAge<T extends RecordHead>(record: T | undefined): T | undefined {
  if (record === undefined) return undefined;
  const { ageMs: _age, ...rest } = record;
  return rest as T;
}
