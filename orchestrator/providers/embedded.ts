import type { Store } from './provider.ts';

/** Stores that live in the server's own process: nothing is started, and each data folder is a part. */
export function createEmbeddedStore(backend: 'lmdb' | 'memory'): Store {
  return {
    provider: 'embedded',
    image: null,
    durability: backend === 'lmdb' ? 'every write flushed before it is acknowledged' : 'none: the process holds it all',
    endCommands: [],
    part: () => ({ flags: [], environment: {} }),
    async [Symbol.asyncDispose]() {},
  };
}
