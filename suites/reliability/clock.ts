/** Steps of the system clock, and clocks that disagree: nothing comes back from the dead, no later write loses. */

import { expectBody, expectDistinct, expectEqual, expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';
import { startLoad } from './load.ts';

const hourMs = 3_600_000;
const minuteMs = 60_000;

async function restart({ server }: Stage): Promise<void> {
  // As a power cut does: nothing is put in order first.
  await server?.kill();
  await server?.restart();
}

/** Keys that end after a minute, seen to have ended an hour ahead. */
async function expire(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const ttl = { query: `ttlMs=${minuteMs}` };
  for (const key of ['read', 'unread', 'touched', 'listed']) await c.store(key, 'mortal', ttl);
  await c.store('lasting', 'kept', { query: `ttlMs=${24 * hourMs}` });
}

async function expectExpired(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  for (const key of ['read', 'unread', 'listed']) expectStatus(await c.get(key), 404);
  expectStatus(await c.head('read'), 404);
  expectStatus(await c.patch('touched', 'persist=true'), 404);
  expectStatus(await c.delete('unread'), 404);
  const { items } = (await c.list()).json() as { readonly items: readonly { readonly key: string }[] };
  expectEqual(
    'the keys that are listed',
    items.map(({ key }) => key),
    ['lasting'],
  );
  expectBody(expectStatus(await c.get('lasting'), 200), 'kept');
}

async function stayExpired(stage: Stage, afterStep: (stage: Stage) => Promise<void>): Promise<void> {
  await expire(stage);
  const fault = await stage.faults.clock(hourMs);
  const c = openCollection(stage);
  // Read, so that the server has said once that it is gone.
  expectStatus(await c.get('read'), 404);
  await fault.heal();
  await afterStep(stage);
  await expectExpired(stage);
}

/** What sees that a key has expired, beside a GET: none of them writes, and each must be remembered. */
const sights: Readonly<Record<string, (c: Collection, key: string) => Promise<unknown>>> = {
  head: async (c, key) => expectStatus(await c.head(key), 404),
  list: async (c, key) => expectEqual('keys', await listKeys(c, `prefix=${key}`), []),
  patch: async (c, key) => expectStatus(await c.patch(key, 'persist=true'), 404),
  delete: async (c, key) => expectStatus(await c.delete(key), 404),
  put: async (c, key) => expectStatus(await c.put(key, 'v', { headers: { 'If-Match': '*' } }), 412),
};

async function stayExpiredForAll(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  for (const [index, [name, see]] of Object.entries(sights).entries()) {
    await c.store(name, 'mortal', { query: `ttlMs=${minuteMs}` });
    // Each further ahead: what the one before has made the store remember is no help.
    const fault = await stage.faults.clock((index + 1) * hourMs);
    await see(c, name);
    await fault.heal();
    await restart(stage);
    expectStatus(await c.get(name), 404, 'key_not_found');
  }
}

/** Writes ahead, behind and ahead again: each is later than the one before, whatever the clock says. */
async function writeInOrder(stage: Stage, between: (stage: Stage) => Promise<void>): Promise<void> {
  const c = openCollection(stage);
  const etags = [await c.store('k', 'first')];
  const write = async (text: string): Promise<void> => {
    const last = etags.at(-1) ?? '';
    etags.push(await c.store('k', text, { headers: { 'If-Match': last } }));
    expectBody(await c.get('k'), text);
    etags.push(await c.store('k', `${text}, blindly`));
    expectBody(await c.get('k'), `${text}, blindly`);
  };
  for (const byMs of [hourMs, -hourMs, 2 * hourMs]) {
    const fault = await stage.faults.clock(byMs);
    await between(stage);
    await write(`at ${byMs}`);
    await fault.heal();
    await between(stage);
    await write(`after ${byMs}`);
  }
  expectDistinct('the ETags', etags);
  // Our own are greater with every write; those of another server are opaque.
  if (etags.every((etag) => /^"[0-9a-f]{32}"$/.test(etag))) {
    expectEqual('the ETags in the order of the writes', etags, [...etags].sort());
  }
}

/** The same clients on two servers whose clocks disagree, and then agree again: there is one order of all they did. */
async function skew(stage: Stage, byMs: number): Promise<void> {
  const fault = await stage.faults.clock(byMs);
  // A clock that is set back goes on from where it was; one that starts behind is behind.
  await stage.server?.restart();
  const second = await stage.startSecondServer();
  const load = await startLoad([stage, second], { clients: 4, keys: 4 });
  await load.more(400);
  await load.strike(() => fault.heal());
  await load.more(100);
  await load.judge();
}

/** Far behind and far ahead of its store a server keeps what lives, and only that. */
async function keepAlive(stage: Stage, byMs: number): Promise<void> {
  const fault = await stage.faults.clock(byMs);
  await stage.server?.restart();
  const c = openCollection(stage);
  await c.store('mortal', 'alive', { query: `ttlMs=${minuteMs}` });
  await c.store('touched', 'alive');
  expectStatus(await c.patch('touched', `ttlMs=${minuteMs}`), 200);
  await stage.advanceClock(minuteMs - 20_000);
  for (const key of ['mortal', 'touched']) expectBody(expectStatus(await c.get(key), 200), 'alive');
  await stage.advanceClock(20_000);
  for (const key of ['mortal', 'touched']) expectStatus(await c.get(key), 404);
  await fault.heal();
}

const ownClock = { durability: 'declared', steeredClock: true } as const;
const usual = {
  isolation: 'machine',
  requires: ['server', 'testing.clock'],
  stage: ownClock,
  faults: ['clock'],
  timeoutMs: 60_000,
  costMs: 4_000,
} as const;
const nightly: Case['tiers'] = { lmdb: 'nightly', redis: 'nightly', mongodb: 'nightly' };
const alsoFirst: Case['tiers'] = { ...nightly, lmdb: 'pr' };

export const clockCases: readonly Case[] = [
  defineCase(
    'clock/stays-expired',
    'What has expired stays expired when the system clock steps back',
    (stage) => stayExpired(stage, async () => undefined),
    { ...usual, tiers: { ...alsoFirst, memory: 'nightly' } },
  ),
  defineCase(
    'clock/stays-expired-after-restart',
    'What has expired stays expired when the server starts again with the clock behind',
    (stage) => stayExpired(stage, restart),
    { ...usual, tiers: alsoFirst },
  ),
  defineCase(
    'clock/stays-expired-whoever-saw',
    'What has expired for any operation stays expired when the server starts again with the clock behind',
    stayExpiredForAll,
    { ...usual, tiers: nightly, costMs: 6_000 },
  ),
  defineCase(
    'clock/revisions',
    'A later write is the later one, with a greater ETag, however the system clock steps in between',
    (stage) => writeInOrder(stage, async () => undefined),
    { ...usual, tiers: { ...alsoFirst, memory: 'nightly' } },
  ),
  defineCase(
    'clock/revisions-after-restart',
    'A later write is the later one when the server starts again with the clock an hour ahead or behind',
    (stage) => writeInOrder(stage, restart),
    { ...usual, tiers: nightly, costMs: 12_000 },
  ),
  ...[2_000, -2_000].map((byMs) =>
    defineCase(
      `clock/two-servers-${byMs > 0 ? 'ahead' : 'behind'}`,
      `With a server that is 2 s ${byMs > 0 ? 'ahead of' : 'behind'} another one every read is explained by one order of all writes`,
      (stage) => skew(stage, byMs),
      { ...usual, requires: ['server', 'testing.clock', 'shared-store'], tiers: nightly },
    ),
  ),
  ...[3 * hourMs, -50 * minuteMs].map((byMs) =>
    defineCase(
      `clock/store-${byMs > 0 ? 'behind' : 'ahead'}`,
      `Over a store whose clock is ${byMs > 0 ? 'three hours behind' : 'fifty minutes ahead of'} the server's what lives is read, and what has expired is not`,
      (stage) => keepAlive(stage, byMs),
      { ...usual, tiers: { redis: 'nightly', mongodb: 'nightly' } },
    ),
  ),
];
