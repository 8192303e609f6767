import { expect, test } from 'vitest';
import { codeOfRejection } from '../../test-support/code-of.ts';
import { addressOfKey, setRequest } from '../../test-support/open-lmdb-folder.ts';
import type { BackendCapabilities, BatchOperation } from '../backend.ts';
import { createClock, createContext } from '../contract/engines.ts';
import { callAt } from '../contract/subject.ts';
import { openMemory } from '../memory.ts';
import { createBatch } from './batch.ts';
import type { RedisConnection } from './connection.ts';
import type { Registry } from './registry.ts';

const set = (collection: string, key: string): BatchOperation => ({
  op: 'set',
  address: { ...addressOfKey(key), collection },
  request: setRequest('value'),
});

/** A Cluster's batch, up to the point where it would send the script. */
async function reach(
  operations: readonly BatchOperation[],
): Promise<{ readonly sent: number; readonly code: unknown }> {
  let sent = 0;
  const connection: RedisConnection = {
    send: async () => {
      sent += 1;
      throw new Error('nobody is there');
    },
    load: () => 0,
    count: () => ({ inUse: 0, idle: 0, waiting: 0, created: 0, failed: 0 }),
    [Symbol.asyncDispose]: async () => undefined,
  };
  const context = createContext(createClock());
  const memory = openMemory(context);
  const capabilities = async (): Promise<BackendCapabilities> => ({
    ...(await memory.capabilities(callAt(0))),
    atomicBatch: 'collection',
  });
  const batch = createBatch({ prefix: 'p:', connection, registry: entered, ...context }, { ...memory, capabilities });
  const code = await codeOfRejection(batch({ operations, atomic: true, receipt: undefined }, callAt(0))).catch(String);
  return { sent, code };
}

/** Every collection is entered already. */
const entered: Registry = {
  ensure: () => undefined,
  forget: () => undefined,
  namespaces: async () => [],
  collections: async () => [],
};

test('on a Cluster an atomic batch over two collections is refused before anything is sent', async () => {
  const beyond = [set('a', 'k'), set('b', 'k')];
  expect(await reach(beyond)).toEqual({ sent: 0, code: 'capability_unsupported' });
});

test('on a Cluster an atomic batch within one collection goes to the store', async () => {
  const within = [set('a', 'k'), set('a', 'l')];
  expect(await reach(within)).toEqual({ sent: 1, code: 'Error: nobody is there' });
});
