import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigurationError } from '../../configuration-error.ts';
import type { ConnectionCounts } from '../connection-counts.ts';
import { until } from '../contract/contract-case.ts';
import { createClock, createContext } from '../contract/engines.ts';
import { openLink } from '../contract/link.ts';
import { findRedis, type Store } from '../contract/stores.ts';
import { callAt, none } from '../contract/subject.ts';
import { openRedis } from './redis-backend.ts';

const found = await findRedis().catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
const title = typeof found === 'string' ? `redis (NOT TESTED: ${found})` : `redis (${found.origin})`;
const prefix = 'unit:';

test('a cluster takes no number of connections', async () => {
  const options = { url: 'redis+cluster://127.0.0.1', prefix, connections: 2 };
  await expect(openRedis(options, createContext(createClock()))).rejects.toThrow(ConfigurationError);
});

describe.skipIf(typeof found === 'string')(title, () => {
  const resources = new AsyncDisposableStack();
  let store: Store;
  beforeAll(async () => {
    if (typeof found !== 'string') store = resources.use(await found.start());
  });
  afterAll(() => resources.disposeAsync());

  test('calls at once go over all connections, which are counted, also when they break and come back', async () => {
    await using link = await openLink(store.port);
    let count = (): ConnectionCounts | undefined => undefined;
    const watched = {
      ...createContext(createClock()),
      watchConnections: (counts: () => ConnectionCounts) => {
        count = counts;
      },
    };
    await using backend = await openRedis({ url: `redis://127.0.0.1:${link.port}`, prefix, connections: 3 }, watched);
    const address = { namespace: 'n', collection: 'c', key: 'k' };
    const read = (): Promise<unknown> => Promise.resolve(backend.get(address, callAt(Date.now(), 1_000)));
    expect(count()).toEqual({ inUse: 0, idle: 3, waiting: 0, created: 3, failed: 0 });
    const calls = Array.from({ length: 5 }, read);
    expect(count()).toMatchObject({ inUse: 3, idle: 0 });
    await Promise.all(calls);
    expect(count()).toMatchObject({ inUse: 0, idle: 3 });
    link.cut();
    await until(async () => count()?.idle === 0, 'connections that break');
    await expect(read()).rejects.toMatchObject({ code: 'store_unavailable' });
    link.restore();
    await until(async () => count()?.idle === 3, 'connections in their place');
    expect(count()?.created).toBeGreaterThanOrEqual(6);
    expect(count()?.failed).toBeGreaterThanOrEqual(3);
    await read();
  });

  test('a connection that fell silent is given up although more large values were sent into it', async () => {
    await using link = await openLink(store.port);
    const url = `redis://127.0.0.1:${link.port}`;
    await using backend = await openRedis({ url, prefix }, createContext(createClock()));
    const address = { namespace: 'n', collection: 'c', key: 'k' };
    const request = { contentType: 'x/y', expiry: none, condition: undefined } as const;
    const set = (value: Buffer, timeoutMs = 1_000) =>
      backend.set(address, { ...request, value }, callAt(Date.now(), timeoutMs));
    // From here on the collection is known, and a write is one command.
    await set(Buffer.from('v'));
    const large = Buffer.alloc(2_000_000, 1);
    link.stall();
    const ahead = expect(set(large, 500)).rejects.toMatchObject({ code: 'store_unavailable' });
    await nextTurn();
    const behind = expect(set(large, 60_000)).rejects.toMatchObject({ code: 'store_unavailable' });
    await ahead;
    await behind;
    link.restore();
    const served = () =>
      set(Buffer.from('w'))
        .then(() => true)
        .catch(() => false);
    await until(served, 'serving again');
  });
});
