import { extname } from 'node:path';
import type { Durability } from '../../suites/suite.ts';
import type { Store } from './provider.ts';

const durabilities: Readonly<Record<Durability, string>> = {
  declared: 'every write flushed before it is acknowledged',
  delayed: 'noSync: what is written is flushed when the system likes',
  weak: 'noSync: what is written is flushed when the system likes',
};

/** Loaded before the server's program: makes LMDB acknowledge what it has not flushed. */
const withoutSync = ['--import', new URL(`./lmdb-without-sync${extname(import.meta.filename)}`, import.meta.url).href];

/** Stores that live in the server's own process: nothing is started, and each data folder is a part. */
export function createEmbeddedStore(backend: 'lmdb' | 'memory', durability: Durability): Store {
  const nodeFlags = backend === 'lmdb' && durability !== 'declared' ? withoutSync : [];
  return {
    provider: 'embedded',
    image: null,
    durability: backend === 'lmdb' ? durabilities[durability] : 'none: the process holds it all',
    endCommands: [],
    control: undefined,
    address: undefined,
    part: () => ({ nodeFlags, flags: [], environment: {} }),
    async [Symbol.asyncDispose]() {},
  };
}
