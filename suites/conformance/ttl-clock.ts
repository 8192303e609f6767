/** The end of a time to live, to the millisecond, on a clock that the case moves. An expired record is absent for all. */

import { etagOf, expectBody, expectDistinct, expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineClockCase } from '../define-case.ts';
import { listAll, listKeys } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';

const ttlMs = 1_000;

/** A record `k` whose TTL has just ended; resolves with its ETag. */
async function storeExpired(stage: Stage, c: Collection): Promise<string> {
  const etag = await c.store('k', 'old', { query: `ttlMs=${ttlMs}` });
  await stage.advanceClock(ttlMs);
  return etag;
}

async function expectThere(c: Collection, value: string): Promise<void> {
  expectBody(expectStatus(await c.get('k'), 200), value);
}

async function expectGone(c: Collection): Promise<void> {
  expectStatus(await c.get('k'), 404, 'key_not_found');
}

export const ttlClockCases: readonly Case[] = [
  defineClockCase(
    'ttl-end/get',
    'GET finds a record one millisecond before its TTL ends, and not at its end',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
      await stage.advanceClock(ttlMs - 1);
      await expectThere(c, 'v');
      await stage.advanceClock(1);
      await expectGone(c);
    },
  ),
  defineClockCase(
    'ttl-end/head',
    'HEAD finds a record one millisecond before its TTL ends, and not at its end',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
      await stage.advanceClock(ttlMs - 1);
      expectStatus(await c.head('k'), 200);
      await stage.advanceClock(1);
      expectStatus(await c.head('k'), 404);
    },
  ),
  defineClockCase(
    'ttl-end/date',
    'A record with expiresAt is there until that instant and absent from it on',
    async (stage) => {
      const c = openCollection(stage);
      const created = expectStatus(await c.put('clock', '', { query: `ttlMs=${ttlMs}` }), 201);
      const at = expectHeader(created, 'commander-expires-at', /Z$/);
      await c.store('k', 'v', { query: `expiresAt=${at}` });
      await stage.advanceClock(ttlMs - 1);
      await expectThere(c, 'v');
      await stage.advanceClock(1);
      await expectGone(c);
    },
  ),
  defineClockCase('ttl-end/one-millisecond', 'A TTL of one millisecond lasts one millisecond', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: 'ttlMs=1' });
    await expectThere(c, 'v');
    await stage.advanceClock(1);
    await expectGone(c);
  }),
  ...['PUT', 'POST'].map((method) =>
    defineClockCase(
      `ttl-end/${method.toLowerCase()}`,
      `${method} of an expired key answers 201 and starts without an expiry`,
      async (stage) => {
        const c = openCollection(stage);
        const old = await storeExpired(stage, c);
        const created = expectStatus(await c.send(method, 'k', { body: 'new' }), 201);
        expectDistinct('ETags', [old, etagOf(created)]);
        expectHeader(created, 'commander-expires-at', undefined);
        await stage.advanceClock(10 * ttlMs);
        await expectThere(c, 'new');
      },
    ),
  ),
  defineClockCase('ttl-end/keep', 'keepTtl on an expired key answers 201 and sets no expiry', async (stage) => {
    const c = openCollection(stage);
    await storeExpired(stage, c);
    const created = expectStatus(await c.put('k', 'new', { query: 'keepTtl=true' }), 201);
    expectHeader(created, 'commander-expires-at', undefined);
    await stage.advanceClock(10 * ttlMs);
    await expectThere(c, 'new');
  }),
  ...['ttlMs=60000', 'persist=true'].map((query) =>
    defineClockCase(
      `ttl-end/patch-${query.split('=')[0]?.toLowerCase()}`,
      `PATCH with ${query} of an expired key is 404 and does not bring it back`,
      async (stage) => {
        const c = openCollection(stage);
        await storeExpired(stage, c);
        expectStatus(await c.patch('k', query), 404, 'key_not_found');
        await expectGone(c);
      },
    ),
  ),
  defineClockCase('ttl-end/delete', 'DELETE of an expired key is 404', async (stage) => {
    const c = openCollection(stage);
    await storeExpired(stage, c);
    expectStatus(await c.delete('k'), 404, 'key_not_found');
  }),
  ...['', 'values=true'].map((query) =>
    defineClockCase(
      `ttl-end/list${query === '' ? '' : '-values'}`,
      `A listing ${query === '' ? '' : 'with values '}shows a record until its TTL ends and not from then on`,
      async (stage) => {
        const c = openCollection(stage);
        await c.store('a', 'stays');
        await c.store('k', 'goes', { query: `ttlMs=${ttlMs}` });
        await c.store('z', 'stays');
        await stage.advanceClock(ttlMs - 1);
        expectEqual('keys', await listKeys(c, query), ['a', 'k', 'z']);
        await stage.advanceClock(1);
        expectEqual('keys', await listKeys(c, query), ['a', 'z']);
      },
    ),
  ),
  defineClockCase(
    'ttl-end/list-pages',
    'Pages over many expired records still hold every other one once, in order',
    async (stage) => {
      const c = openCollection(stage);
      const keys = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`);
      for (const [i, key] of keys.entries()) await c.store(key, '', i % 4 === 0 ? {} : { query: `ttlMs=${ttlMs}` });
      await stage.advanceClock(ttlMs);
      const left = keys.filter((_, i) => i % 4 === 0);
      expectEqual('keys', await listKeys(c, 'limit=3'), left);
    },
  ),
  defineClockCase('ttl-end/list-cursor', 'A cursor stays valid when the record it names has expired', async (stage) => {
    const c = openCollection(stage);
    for (const key of ['a', 'b', 'c', 'd']) await c.store(key, '', key === 'b' ? { query: `ttlMs=${ttlMs}` } : {});
    const first = expectStatus(await c.list('limit=2'), 200).json() as { readonly cursor?: string };
    await stage.advanceClock(ttlMs);
    const rest = await listAll(c, 'limit=2', first.cursor);
    expectEqual(
      'keys after the cursor',
      rest.map(({ key }) => key),
      ['c', 'd'],
    );
  }),
  defineClockCase(
    'ttl-end/if-none-match-star',
    'An expired key counts as absent for If-None-Match: *',
    async (stage) => {
      const c = openCollection(stage);
      await storeExpired(stage, c);
      expectStatus(await c.put('k', 'new', { headers: { 'If-None-Match': '*' } }), 201);
      await expectThere(c, 'new');
    },
  ),
  defineClockCase(
    'ttl-end/if-none-match-etag',
    'An expired key counts as absent for If-None-Match of its own ETag',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await storeExpired(stage, c);
      expectStatus(await c.put('k', 'new', { headers: { 'If-None-Match': etag } }), 201);
      await expectThere(c, 'new');
    },
  ),
  ...['its own ETag', '*'].map((what) =>
    defineClockCase(
      `ttl-end/if-match-${what === '*' ? 'star' : 'etag'}`,
      `PUT of an expired key with If-Match of ${what} is 412 without an ETag`,
      async (stage) => {
        const c = openCollection(stage);
        const etag = await storeExpired(stage, c);
        const headers = { 'If-Match': what === '*' ? '*' : etag };
        expectHeader(expectStatus(await c.put('k', 'new', { headers }), 412), 'etag', undefined);
        await expectGone(c);
      },
    ),
  ),
  defineClockCase(
    'ttl-end/conditional-reads',
    'Conditional GET, PATCH and DELETE of an expired key are 404',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await storeExpired(stage, c);
      expectStatus(await c.get('k', { headers: { 'If-None-Match': etag } }), 404, 'key_not_found');
      expectStatus(await c.patch('k', 'ttlMs=60000', { headers: { 'If-Match': etag } }), 404, 'key_not_found');
      expectStatus(await c.delete('k', { headers: { 'If-Match': etag } }), 404, 'key_not_found');
    },
  ),
  defineClockCase('ttl-end/overwrite-clears', 'A write without a TTL clears the TTL before it', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
    await c.store('k', 'w');
    await stage.advanceClock(10 * ttlMs);
    await expectThere(c, 'w');
  }),
  defineClockCase('ttl-end/overwrite-restarts', 'A TTL counts from the write that asked for it', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
    await stage.advanceClock(ttlMs - 1);
    await c.store('k', 'w', { query: `ttlMs=${ttlMs}` });
    await stage.advanceClock(ttlMs - 1);
    await expectThere(c, 'w');
    await stage.advanceClock(1);
    await expectGone(c);
  }),
  defineClockCase(
    'ttl-end/keep-ends',
    'A record overwritten with keepTtl ends when the first one would have',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
      await stage.advanceClock(400);
      const etag = await c.store('k', 'w', { query: 'keepTtl=true' });
      await c.store('k', 'x', { query: 'keepTtl=true', headers: { 'If-Match': etag } });
      await stage.advanceClock(ttlMs - 401);
      await expectThere(c, 'x');
      await stage.advanceClock(1);
      await expectGone(c);
    },
  ),
  defineClockCase('ttl-end/patch-extends', 'A PATCH moves the end of a TTL later', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
    await stage.advanceClock(ttlMs - 1);
    expectStatus(await c.patch('k', `ttlMs=${ttlMs}`), 200);
    await stage.advanceClock(ttlMs - 1);
    await expectThere(c, 'v');
    await stage.advanceClock(1);
    await expectGone(c);
  }),
  defineClockCase('ttl-end/patch-shortens', 'A PATCH moves the end of a TTL earlier', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: 'ttlMs=86400000' });
    expectStatus(await c.patch('k', 'ttlMs=10'), 200);
    await stage.advanceClock(10);
    await expectGone(c);
  }),
  defineClockCase('ttl-end/persisted', 'A record made persistent outlives its TTL', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${ttlMs}` });
    expectStatus(await c.patch('k', 'persist=true'), 200);
    await stage.advanceClock(10 * ttlMs);
    await expectThere(c, 'v');
  }),
  defineClockCase(
    'ttl-end/own-key-only',
    'The end of one record’s TTL takes no other record with it',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'goes', { query: `ttlMs=${ttlMs}` });
      await c.store('k2', 'later', { query: `ttlMs=${2 * ttlMs}` });
      await c.store('k3', 'never');
      await stage.advanceClock(ttlMs);
      await expectGone(c);
      expectBody(expectStatus(await c.get('k2'), 200), 'later');
      expectBody(expectStatus(await c.get('k3'), 200), 'never');
    },
  ),
  defineClockCase('ttl-end/stays-expired', 'What expired stays expired while the clock goes on', async (stage) => {
    const c = openCollection(stage);
    await storeExpired(stage, c);
    for (const stepMs of [1, 999, 60_000, 3_600_000, 31 * 86_400_000]) {
      await stage.advanceClock(stepMs);
      await expectGone(c);
    }
  }),
  defineClockCase(
    'ttl-end/clock-moves-exactly',
    'The testing clock moves by exactly the milliseconds asked for',
    async (stage) => {
      const c = openCollection(stage);
      const expiryMs = async (): Promise<number> =>
        Date.parse(expectHeader(await c.put('k', '', { query: 'ttlMs=1' }), 'commander-expires-at', /Z$/));
      const before = await expiryMs();
      await stage.advanceClock(86_399_999);
      const movedMs = (await expiryMs()) - before;
      expectTrue(movedMs === 86_399_999, 'a clock 86399999 ms later', `${movedMs} ms later`);
    },
  ),
];
