/** What expired stays expired over a start with an earlier clock: on every engine's real store. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setExpiring, startTimedServer } from '../../test-support/start-timed-server.ts';
import type { Backend, RecordAddress } from '../backend.ts';
import { floorAddress } from '../floor-record.ts';
import { describeAbsent } from './describe-absent.ts';
import { createClock, createContext, engines, type FoundEngine, type RunningEngine } from './engines.ts';
import { sightings } from './expiry-watch-cases.ts';
import { callAt, none } from './subject.ts';

const hourMs = 3_600_000;
const startMs = Date.now();

for (const name of ['lmdb', 'redis', 'mongodb'] as const) {
  const found = await engines[name]().catch((error: unknown) => (error instanceof Error ? error.message : `${error}`));
  if (typeof found === 'string') describeAbsent(name, found);
  else describeEngine(name, found);
}

function describeEngine(name: string, found: FoundEngine): void {
  describe(`${name} (${found.origin})`, () => {
    const resources = new AsyncDisposableStack();
    let engine: RunningEngine;
    const open = (): Promise<Backend> => engine.open(createContext(createClock()));
    beforeAll(async () => {
      engine = resources.use(await found.start());
    });
    afterAll(() => resources.disposeAsync());

    /** A store without a remembered time, and a place of its own in it. */
    const prepare = async (): Promise<{ read: RecordAddress; unread: RecordAddress }> => {
      const place = { namespace: `n${randomBytes(6).toString('hex')}`, collection: 'c' };
      const addresses = { read: { ...place, key: 'k-read' }, unread: { ...place, collection: 'd', key: 'k-unread' } };
      await using store = await open();
      await store.delete(floorAddress, undefined, callAt(Date.now()));
      for (const address of Object.values(addresses)) await setExpiring(store, address, startMs + hourMs);
      return addresses;
    };

    test.each(Object.entries(sightings))(
      'what %s has found expired is expired for a later start with the clock behind, and so is all that expired before',
      async (_name, sight) => {
        const { read, unread } = await prepare();
        {
          await using ahead = await startTimedServer(await open(), { aheadMs: 2 * hourMs });
          await sight(ahead.backend, read, callAt(ahead.clock.now()));
        }
        await using behind = await startTimedServer(await open(), { aheadMs: -hourMs });
        expect(behind.clock.now()).toBeGreaterThanOrEqual(startMs + 2 * hourMs);
        expect(behind.log).toEqual([expect.stringContaining('The system clock is behind')]);
        expect(await behind.backend.get(unread, callAt(behind.clock.now()))).toBeUndefined();
      },
    );

    test('where nothing was found expired, nothing is remembered', async () => {
      const { read, unread } = await prepare();
      {
        await using ahead = await startTimedServer(await open(), { aheadMs: 2 * hourMs });
        await setExpiring(ahead.backend, read, ahead.clock.now() + hourMs);
        for (const [, sight] of Object.entries(sightings)) {
          await sight(ahead.backend, { ...read, key: 'none' }, callAt(ahead.clock.now()));
        }
      }
      await using behind = await startTimedServer(await open(), { aheadMs: 0 });
      expect(behind.log).toEqual([]);
      expect((await behind.backend.get(unread, callAt(behind.clock.now())))?.value.toString()).toBe('v');
    });

    test('a damaged record of the time is replaced', async () => {
      const { read, unread } = await prepare();
      {
        await using store = await open();
        const request = { contentType: 'text/plain', expiry: none, condition: undefined };
        await store.set(floorAddress, { ...request, value: Buffer.from('1'.repeat(16)) }, callAt(Date.now()));
      }
      await engine.hooks.damageHead?.(floorAddress);
      {
        await using ahead = await startTimedServer(await open(), { aheadMs: 2 * hourMs });
        expect(Math.abs(ahead.clock.now() - Date.now() - 2 * hourMs)).toBeLessThan(60_000);
        expect(await ahead.backend.get(read, callAt(ahead.clock.now()))).toBeUndefined();
      }
      await using behind = await startTimedServer(await open(), { aheadMs: 0 });
      expect(await behind.backend.get(unread, callAt(behind.clock.now()))).toBeUndefined();
    });

    test('clients see nothing of it', async () => {
      await prepare();
      await using store = await open();
      const names = await store.namespaces({ after: undefined, limit: 1_000 }, callAt(Date.now()));
      expect(names.names.filter((one) => one.startsWith('_'))).toEqual([]);
    });
  });
}
