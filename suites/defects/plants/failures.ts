/** Defects of how a server takes failures, and of what it holds on to. */

import type { Backend, BatchOperation } from '../../../server/backends/backend.ts';
import { CommanderError } from '../../../server/errors.ts';
import type { Revision } from '../../../server/revision.ts';
import { type Plant, pathOf, plantBackend } from './decorate.ts';

function isFull(error: unknown): boolean {
  return error instanceof CommanderError && error.code === 'store_full';
}

/** Of a write that never happened. */
const madeUp = '0'.repeat(32) as Revision;

/** A write that finds the store full is acknowledged all the same. */
function swallowFull(inner: Backend): Partial<Backend> {
  return {
    async set(address, request, call) {
      try {
        return await inner.set(address, request, call);
      } catch (error) {
        if (!isFull(error)) throw error;
        return { outcome: 'created', revision: madeUp, expiresAtMs: undefined };
      }
    },
  };
}

/** Once the store was full no write is tried again. */
function stayFull(inner: Backend): Partial<Backend> {
  let full: unknown;
  return {
    async set(address, request, call) {
      if (full !== undefined) throw full;
      try {
        return await inner.set(address, request, call);
      } catch (error) {
        if (isFull(error)) full = error;
        throw error;
      }
    },
  };
}

/** The failure is also thrown where nobody catches it. */
function dieOfFull(inner: Backend): Partial<Backend> {
  return {
    async set(address, request, call) {
      try {
        return await inner.set(address, request, call);
      } catch (error) {
        if (isFull(error)) void Promise.reject(error);
        throw error;
      }
    },
  };
}

/** One lock a key, taken in the order in which the batch names the keys. */
function createLocks() {
  const held = new Map<string, Promise<void>>();
  return async function take(path: string): Promise<() => void> {
    for (let before = held.get(path); before !== undefined; before = held.get(path)) await before;
    const { promise, resolve } = Promise.withResolvers<void>();
    held.set(path, promise);
    return () => {
      held.delete(path);
      resolve();
    };
  };
}

function keysOf(operations: readonly BatchOperation[]): string[] {
  return [...new Set(operations.map(({ address }) => pathOf(address)))];
}

/** Two batches that name the same keys in opposite orders wait for each other for ever. */
function lockInOrderOfBatch(inner: Backend): Partial<Backend> {
  const take = createLocks();
  return {
    async batch(request, call) {
      const releases: (() => void)[] = [];
      for (const path of keysOf(request.operations)) {
        releases.push(await take(path));
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      try {
        return await inner.batch(request, call);
      } finally {
        for (const release of releases) release();
      }
    },
  };
}

/** A write whose condition fails does not give its lock back. */
function keepLockOfRefused(inner: Backend): Partial<Backend> {
  const take = createLocks();
  return {
    async set(address, request, call) {
      const release = await take(pathOf(address));
      const done = await inner.set(address, request, call);
      if (done.outcome !== 'precondition_failed') release();
      return done;
    },
  };
}

const leakedBytes = 16_384;

function leak(): () => void {
  const kept: Buffer[] = [];
  return () => void kept.push(Buffer.alloc(leakedBytes, 1));
}

export const failurePlants = {
  'full-acknowledged': plantBackend(swallowFull),
  'full-for-ever': plantBackend(stayFull),
  'full-unhandled': plantBackend(dieOfFull),
  'outage-reads-as-miss': plantBackend((inner) => ({
    get: async (address, call) => {
      try {
        return await inner.get(address, call);
      } catch {
        return undefined;
      }
    },
  })),
  'outage-ends-listing': plantBackend((inner) => ({
    list: async (request, call) => {
      try {
        return await inner.list(request, call);
      } catch (error) {
        if (request.after === undefined) throw error;
        return { items: [], examinedTo: undefined };
      }
    },
  })),
  'locks-in-opposite-order': plantBackend(lockInOrderOfBatch),
  'lock-not-released': plantBackend(keepLockOfRefused),
  'leak-per-request': () => {
    const keep = leak();
    return {
      decorateApp: (app) => {
        app.addHook('onRequest', (_request, _reply, done) => {
          keep();
          done();
        });
      },
    };
  },
} as const satisfies Record<string, Plant>;
