/** What a time to live does to a record while no time passes, and once in real time. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import { expectBody, expectDistinct, expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const dayMs = 86_400_000;

const expiryOf = (answer: Answer): string => expectHeader(answer, 'commander-expires-at', instant);

/** An instant some days ahead of the server's clock, which the answer to a write with a TTL tells. */
async function futureOf(stage: Stage, days: number): Promise<string> {
  const c = openCollection(stage);
  await c.store('clock', '', { query: `ttlMs=${dayMs}` });
  const now = Date.parse(expiryOf(await c.get('clock'))) - dayMs;
  return new Date(now + days * dayMs).toISOString();
}

export const ttlCases: readonly Case[] = [
  ...['PUT', 'POST'].map((method) =>
    defineCase(
      `ttl/${method.toLowerCase()}-ttl`,
      `${method} with ttlMs sets the expiry that many milliseconds after the write`,
      async (stage) => {
        const c = openCollection(stage);
        const created = expectStatus(await c.send(method, 'k', { body: 'v', query: `ttlMs=${dayMs}` }), 201);
        const read = expectStatus(await c.get('k'), 200);
        expectEqual('the expiry that GET gives', expiryOf(read), expiryOf(created), read);
        // Last-Modified has whole seconds, and a busy server's revision clock may run a little ahead.
        const writtenMs = Date.parse(read.header('last-modified') ?? '');
        const offMs = Date.parse(expiryOf(read)) - dayMs - writtenMs;
        expectTrue(
          offMs > -2_000 && offMs < 2_000,
          `an expiry ${dayMs} ms after Last-Modified`,
          `${offMs} ms off`,
          read,
        );
      },
    ),
  ),
  defineCase('ttl/put-date', 'PUT with expiresAt sets exactly that expiry', async (stage) => {
    const c = openCollection(stage);
    const at = (await futureOf(stage, 3)).replace(/\d{3}Z$/, '007Z');
    const created = expectStatus(await c.put('k', 'v', { query: `expiresAt=${at}` }), 201);
    expectHeader(created, 'commander-expires-at', at);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', at);
  }),
  defineCase('ttl/everywhere-alike', 'GET, HEAD and a listing tell the same expiry', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${dayMs}` });
    const expiry = expiryOf(expectStatus(await c.get('k'), 200));
    expectHeader(expectStatus(await c.head('k'), 200), 'commander-expires-at', expiry);
    const page = expectStatus(await c.list(), 200);
    const body = page.json() as { readonly items?: readonly { readonly expiresAt?: unknown }[] };
    expectEqual('the item’s expiresAt', body.items?.[0]?.expiresAt, expiry, page);
  }),
  defineCase('ttl/none', 'A record written without a TTL tells no expiry', async (stage) => {
    const c = openCollection(stage);
    expectHeader(expectStatus(await c.put('k', 'v'), 201), 'commander-expires-at', undefined);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined);
    const page = expectStatus(await c.list(), 200);
    const body = page.json() as { readonly items?: readonly object[] };
    expectEqual('whether the item has expiresAt', 'expiresAt' in (body.items?.[0] ?? {}), false, page);
  }),
  ...['PUT', 'POST'].map((method) =>
    defineCase(
      `ttl/${method.toLowerCase()}-clears`,
      `${method} without a TTL clears the expiry of the record it replaces`,
      async (stage) => {
        const c = openCollection(stage);
        await c.store('k', 'v', { query: `ttlMs=${dayMs}` });
        const replaced = expectStatus(await c.send(method, 'k', { body: 'w' }), 200);
        expectHeader(replaced, 'commander-expires-at', undefined);
        expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined);
      },
    ),
  ),
  ...['PUT', 'POST'].map((method) =>
    defineCase(
      `ttl/${method.toLowerCase()}-keep`,
      `${method} with keepTtl keeps the expiry to the millisecond`,
      async (stage) => {
        const c = openCollection(stage);
        const at = (await futureOf(stage, 3)).replace(/\d{3}Z$/, '123Z');
        await c.store('k', 'v', { query: `expiresAt=${at}` });
        const kept = expectStatus(await c.send(method, 'k', { body: 'w', query: 'keepTtl=true' }), 200);
        expectHeader(kept, 'commander-expires-at', at);
        const read = expectStatus(await c.get('k'), 200);
        expectBody(read, 'w');
        expectHeader(read, 'commander-expires-at', at);
      },
    ),
  ),
  defineCase('ttl/keep-absent', 'keepTtl on an absent key sets none', async (stage) => {
    const c = openCollection(stage);
    expectStatus(await c.put('k', 'v', { query: 'keepTtl=true' }), 201);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined);
  }),
  defineCase('ttl/keep-none', 'keepTtl on a record without an expiry sets none', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    expectStatus(await c.put('k', 'w', { query: 'keepTtl=true' }), 200);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined);
  }),
  defineCase('ttl/not-after-delete', 'keepTtl does not bring back the expiry of a deleted record', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${dayMs}` });
    expectStatus(await c.delete('k'), 204);
    expectStatus(await c.put('k', 'w', { query: 'keepTtl=true' }), 201);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined);
  }),
  defineCase('ttl/replaced', 'A second TTL takes the place of the first', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${dayMs}` });
    const first = expiryOf(await c.get('k'));
    await c.store('k', 'v', { query: `ttlMs=${2 * dayMs}` });
    const second = expiryOf(await c.get('k'));
    expectDistinct('expiries', [first, second]);
    expectTrue(Date.parse(second) - Date.parse(first) >= dayMs, `an expiry a day after ${first}`, second);
  }),
  defineCase('ttl/patch-ttl', 'PATCH with ttlMs sets an expiry on a record without one', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    const touched = expectStatus(await c.patch('k', `ttlMs=${dayMs}`), 200);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', expiryOf(touched));
  }),
  defineCase('ttl/patch-date', 'PATCH with expiresAt sets exactly that expiry', async (stage) => {
    const c = openCollection(stage);
    const at = await futureOf(stage, 5);
    await c.store('k', 'v', { query: `ttlMs=${dayMs}` });
    expectHeader(expectStatus(await c.patch('k', `expiresAt=${at}`), 200), 'commander-expires-at', at);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', at);
  }),
  defineCase('ttl/patch-persist', 'PATCH with persist=true takes the expiry away', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v', { query: `ttlMs=${dayMs}` });
    const touched = expectStatus(await c.patch('k', 'persist=true'), 200);
    expectHeader(touched, 'commander-expires-at', undefined);
    expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', undefined);
  }),
  defineCase(
    'ttl/patch-persist-none',
    'PATCH with persist=true on a record without an expiry is 200',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v');
      expectStatus(await c.patch('k', 'persist=true'), 200);
      expectBody(expectStatus(await c.get('k'), 200), 'v');
    },
  ),
  defineCase(
    'ttl/real-time',
    'In real time a record is there until its TTL is over, and never after',
    async (stage) => {
      const c = openCollection(stage);
      const ttlMs = 600;
      const slackMs = stage.capabilities.expiry.precisionMs + 5;
      const written = expectStatus(await c.put('k', 'v', { query: `ttlMs=${ttlMs}` }), 201);
      const firstEnd = written.callNs + BigInt((ttlMs - 5) * 1_000_000);
      const lastEnd = written.returnNs + BigInt((ttlMs + slackMs) * 1_000_000);
      let hits = 0;
      let late = 0;
      while (late < 3) {
        const read = await c.get('k');
        if (read.returnNs < firstEnd) expectStatus(read, 200);
        if (read.callNs > lastEnd) expectStatus(read, 404, 'key_not_found');
        hits += read.status === 200 ? 1 : 0;
        late += read.callNs > lastEnd ? 1 : 0;
        await sleep(20, undefined, { signal: stage.signal });
      }
      stage.note.vacuity({ guard: 'reads while the record was there', value: hits, minimum: 1 });
    },
    { costMs: 900 },
  ),
];
