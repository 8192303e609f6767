/** Pages while others write: what is there throughout appears exactly once. */

import { expectEqual, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase, defineClockCase } from '../define-case.ts';
import { listKeys, pageOf } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';
import { fill } from './fill.ts';

const stableCount = 60;
const maxPages = 400;
/** More than a server looks at for one page. */
const expiredCount = 6_000;

const stableKey = (index: number): string => `s${String(index).padStart(3, '0')}`;
const stableKeys = Array.from({ length: stableCount }, (_, index) => stableKey(index));
const json = { 'Content-Type': 'application/json' };

async function storeStable(c: Collection): Promise<void> {
  for (const [index, key] of stableKeys.entries()) await c.store(key, `{"n":${index % 3}}`, { headers: json });
}

/** One change of the kind that a seed decides: never of a stable key's being there. */
async function change(stage: Stage, c: Collection, passing: Set<string>): Promise<void> {
  const { random } = stage;
  const near = stableKey(random.below(stableCount));
  const kind = random.below(4);
  if (kind === 0) {
    const key = `${random.pick(['a', near, 'z'])}-${random.below(1_000_000)}`;
    const query = random.below(2) === 0 ? undefined : 'ttlMs=1';
    await c.store(key, '{"n":0}', { headers: json, query });
    passing.add(key);
  } else if (kind === 1) {
    const [key] = passing;
    if (key === undefined) return;
    passing.delete(key);
    const { status } = await c.delete(key);
    expectTrue(status === 204 || status === 404, '204, or 404 for one that has expired', `${status}`);
  } else if (kind === 2) {
    await c.store(near, `{"n":${Number(near.slice(1)) % 3}}`, { headers: json });
  } else {
    expectStatus(await c.patch(near, 'ttlMs=60000000'), 200);
  }
}

async function walkWhileChanging(stage: Stage, query: string): Promise<readonly string[]> {
  const c = openCollection(stage);
  await storeStable(c);
  const passing = new Set<string>();
  const seen: string[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const limit = 1 + stage.random.below(9);
    const parameters = [query, `limit=${limit}`, cursor === undefined ? '' : `cursor=${cursor}`].filter(Boolean);
    const page = pageOf(await c.list(parameters.join('&')));
    seen.push(...page.items.map(({ key }) => key));
    cursor = page.cursor;
    if (cursor === undefined) return seen;
    for (let changes = stage.random.below(5); changes > 0; changes -= 1) await change(stage, c, passing);
  }
  return seen;
}

function checkSeen(seen: readonly string[], stable: readonly string[]): void {
  expectEqual(
    'the keys that were there throughout',
    seen.filter((key) => stableKeys.includes(key)),
    stable,
  );
  expectEqual('whether a key came twice', new Set(seen).size, seen.length);
  const sorted = [...seen].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  expectEqual('the order', seen, sorted);
}

export const changingPageCases: readonly Case[] = [
  ...[1, 2, 3].map((round) =>
    defineCase(
      `pages/changing-${round}`,
      `Of a listing beside inserts, deletes and expiries a key present throughout appears exactly once (${round})`,
      async (stage) => checkSeen(await walkWhileChanging(stage, ''), stableKeys),
      { costMs: 600, timeoutMs: 60_000 },
    ),
  ),
  defineCase(
    'pages/changing-with-values',
    'The same holds of a listing with values',
    async (stage) => checkSeen(await walkWhileChanging(stage, 'values=true'), stableKeys),
    { costMs: 600, timeoutMs: 60_000 },
  ),
  defineCase(
    'pages/changing-filtered',
    'The same holds of a listing through a filter, of the records that pass it throughout',
    async (stage) => {
      if (!stage.capabilities.filter) return;
      const filter = `filter=${encodeURIComponent('{"n":{"eq":2}}')}`;
      const stable = stableKeys.filter((_, index) => index % 3 === 2);
      checkSeen(await walkWhileChanging(stage, filter), stable);
    },
    { costMs: 600, timeoutMs: 60_000 },
  ),
  defineClockCase(
    'pages/behind-expired',
    `Behind ${expiredCount.toLocaleString('en')} records that have just expired a listing still has what lives`,
    async (stage) => {
      const c = openCollection(stage);
      await fill(stage, c, { count: expiredCount, ttlMs: 1_000 });
      await c.store('z', 'v');
      // At once: in a moment they are gone.
      await stage.advanceClock(1_000);
      expectEqual('keys', await listKeys(c), ['z']);
    },
  ),
  defineCase(
    'pages/cursor-after-restart',
    'A cursor goes on after a restart of the server, with and without a filter',
    async (stage) => {
      const c = openCollection(stage);
      await storeStable(c);
      const queries = ['limit=7', `limit=7&filter=${encodeURIComponent('{"n":{"gte":0}}')}`];
      const firsts: { readonly query: string; readonly keys: readonly string[]; readonly cursor: string }[] = [];
      for (const query of queries) {
        const page = pageOf(await c.list(query));
        expectTrue(page.cursor !== undefined, 'a cursor', 'none', page.answer);
        firsts.push({ query, keys: page.items.map(({ key }) => key), cursor: page.cursor ?? '' });
      }
      // What lives in memory alone is gone after it; the cursor is taken all the same.
      await stage.server?.kill();
      await stage.server?.restart();
      const kept = await listKeys(c);
      for (const { query, keys, cursor } of firsts) {
        const last = keys.at(-1) ?? '';
        expectEqual(
          'keys behind the cursor',
          await listKeys(c, query, cursor),
          kept.filter((key) => key > last),
        );
      }
    },
    { isolation: 'server', requires: ['server'], costMs: 2_500, timeoutMs: 60_000 },
  ),
];
