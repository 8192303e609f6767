/** Listing a collection: order, prefix, after, limit and pages. */

import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listAll, listKeys, pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';

/** Some keys whose order by UTF-16 units, by locale or by length is not the order of their bytes. */
const awkwardKeys = [
  '',
  '!',
  '0',
  '10',
  '2',
  'A',
  'Z',
  '_',
  'a',
  'a/b',
  'aa',
  'b',
  'z',
  '~',
  'é',
  'ÿ',
  '中',
  '\uffff',
  '\u{10000}',
  '\u{1F600}',
].slice(1);

async function fill(c: Collection, keys: readonly string[]): Promise<void> {
  for (const key of keys) expectStatus(await c.put(key, `value of ${key}`), 201);
}

const numbered = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => `k${String(i).padStart(3, '0')}`);

const prefixes: readonly {
  readonly id: string;
  readonly claim: string;
  readonly query: string;
  readonly keys: readonly string[];
}[] = [
  { id: 'plain', claim: 'prefix keeps the keys that begin with it', query: 'prefix=ab', keys: ['ab', 'ab/c', 'abc'] },
  { id: 'whole-key', claim: 'A prefix that is a whole key keeps that key', query: 'prefix=abc', keys: ['abc'] },
  { id: 'none', claim: 'A prefix that no key has gives an empty listing', query: 'prefix=abx', keys: [] },
  { id: 'case', claim: 'A prefix tells upper from lower case', query: 'prefix=A', keys: ['AB'] },
  { id: 'encoded', claim: 'A prefix is percent-decoded once', query: 'prefix=ab%2F', keys: ['ab/c'] },
  { id: 'percent', claim: 'A prefix may hold a percent sign', query: 'prefix=%25', keys: ['%41'] },
  { id: 'plus', claim: 'A prefix may hold a plus sign, written %2B', query: 'prefix=%2B', keys: ['+x'] },
  { id: 'star', claim: 'A star in a prefix is no pattern', query: 'prefix=*', keys: ['*'] },
  { id: 'question-mark', claim: 'A question mark in a prefix is no pattern', query: 'prefix=%3F', keys: ['?'] },
  { id: 'bracket', claim: 'A bracket in a prefix is no pattern', query: 'prefix=%5Ba', keys: ['[a]'] },
  { id: 'dot', claim: 'A dot in a prefix is no pattern', query: 'prefix=.', keys: ['.x'] },
  { id: 'caret', claim: 'A caret in a prefix is no pattern', query: 'prefix=%5E', keys: ['^a'] },
  {
    id: 'multi-byte',
    claim: 'A prefix beyond ASCII keeps the keys that begin with it',
    query: 'prefix=%C3%A9',
    keys: ['é', 'éa'],
  },
  {
    id: 'last-character',
    claim: 'A prefix of U+10FFFF has an end of its own',
    query: 'prefix=%F4%8F%BF%BF',
    keys: ['\u{10FFFF}', '\u{10FFFF}a'],
  },
  { id: 'nul', claim: 'A prefix may hold a NUL', query: 'prefix=%00', keys: ['\u0000a'] },
];
const prefixKeys = [
  '\u0000a',
  '%41',
  '*',
  '+x',
  '.x',
  '?',
  'AB',
  '[a]',
  '^a',
  'a',
  'ab',
  'ab/c',
  'abc',
  'b',
  'é',
  'éa',
  'ê',
  '\u{10FFFF}',
  '\u{10FFFF}a',
];

export const listCases: readonly Case[] = [
  defineCase('lists/empty', 'A collection without records lists as 200 with no items and no cursor', async (stage) => {
    const answer = await openCollection(stage).list();
    expectEqual('the page', pageOf(answer).answer.json(), { items: [] }, answer);
    expectHeader(answer, 'content-type', /^application\/json/);
  }),
  defineCase(
    'lists/item',
    'An item tells key, ETag, media type and size, and without values no value',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'twelve bytes', { headers: { 'Content-Type': 'text/x-item; a=b' } });
      const page = pageOf(await c.list());
      const expected = { key: 'k', etag, contentType: 'text/x-item; a=b', size: 12 };
      const [item] = page.items;
      expectEqual('the item', item && Object.fromEntries(Object.entries(item).sort()), sorted(expected), page.answer);
    },
  ),
  defineCase('lists/order', 'Keys come in the order of their UTF-8 bytes', async (stage) => {
    const c = openCollection(stage);
    await fill(c, awkwardKeys.toReversed());
    expectEqual('keys', await listKeys(c), awkwardKeys);
  }),
  defineCase('lists/order-pages', 'Pages of one item keep the order of the keys’ UTF-8 bytes', async (stage) => {
    const c = openCollection(stage);
    await fill(c, awkwardKeys.toReversed());
    expectEqual('keys', await listKeys(c, 'limit=1'), awkwardKeys);
  }),
  ...prefixes.map(({ id, claim, query, keys }) =>
    defineCase(`lists/prefix-${id}`, claim, async (stage) => {
      const c = openCollection(stage);
      await fill(c, prefixKeys);
      expectEqual(`keys with ${query}`, await listKeys(c, query), keys);
      expectEqual(`keys with ${query} in pages of one`, await listKeys(c, `${query}&limit=1`), keys);
    }),
  ),
  defineCase('lists/after', 'after begins behind the key it names', async (stage) => {
    const c = openCollection(stage);
    await fill(c, ['a', 'b', 'b/1', 'c']);
    expectEqual('keys after b', await listKeys(c, 'after=b'), ['b/1', 'c']);
  }),
  defineCase('lists/after-absent', 'after need not name a key that exists', async (stage) => {
    const c = openCollection(stage);
    await fill(c, ['a', 'c', 'é']);
    expectEqual('keys after b', await listKeys(c, 'after=b'), ['c', 'é']);
    expectEqual('keys after U+10FFFF', await listKeys(c, 'after=%F4%8F%BF%BF'), []);
  }),
  defineCase('lists/after-prefix', 'after and prefix hold together', async (stage) => {
    const c = openCollection(stage);
    await fill(c, ['a1', 'b1', 'b2', 'b3', 'c1']);
    expectEqual('keys', await listKeys(c, 'prefix=b&after=b1'), ['b2', 'b3']);
    expectEqual('keys', await listKeys(c, 'prefix=b&after=a'), ['b1', 'b2', 'b3']);
    expectEqual('keys', await listKeys(c, 'prefix=b&after=c'), []);
  }),
  defineCase('lists/after-pages', 'after holds for every page that follows it', async (stage) => {
    const c = openCollection(stage);
    await fill(c, numbered(9));
    expectEqual('keys', await listKeys(c, 'after=k003&limit=2'), numbered(9).slice(4));
  }),
  defineCase('lists/limit', 'A page has at most `limit` items, and a cursor when more follow', async (stage) => {
    const c = openCollection(stage);
    await fill(c, numbered(5));
    const page = pageOf(await c.list('limit=3'));
    expectTrue(page.items.length <= 3, 'at most 3 items', `${page.items.length}`, page.answer);
    expectTrue(page.cursor !== undefined, 'a cursor', 'none', page.answer);
  }),
  defineCase(
    'lists/limit-default',
    'A page has at most 100 items when no limit is given',
    async (stage) => {
      const c = openCollection(stage);
      await fill(c, numbered(103));
      const page = pageOf(await c.list());
      expectTrue(page.items.length <= 100, 'at most 100 items', `${page.items.length}`, page.answer);
      expectTrue(page.cursor !== undefined, 'a cursor', 'none', page.answer);
      expectEqual('keys', await listKeys(c), numbered(103));
    },
    { costMs: 300 },
  ),
  ...[1, 2, 3, 7, 11, 12, 13].map((limit) =>
    defineCase(`lists/pages-of-${limit}`, `Pages of ${limit} hold each of 12 records once, in order`, async (stage) => {
      const c = openCollection(stage);
      await fill(c, numbered(12));
      expectEqual('keys', await listKeys(c, `limit=${limit}`), numbered(12));
    }),
  ),
  defineCase(
    'lists/limit-largest',
    'The largest limit of the capabilities is taken, one more is 400',
    async (stage) => {
      const c = openCollection(stage);
      await fill(c, ['a']);
      const { listItems } = stage.capabilities.limits;
      expectEqual('keys', await listKeys(c, `limit=${listItems}`), ['a']);
      expectProblem(await c.list(`limit=${listItems + 1}`), 400, 'invalid_query');
    },
  ),
  defineCase('lists/cursor-other-limit', 'A cursor goes on with another limit', async (stage) => {
    const c = openCollection(stage);
    await fill(c, numbered(8));
    const first = pageOf(await c.list('limit=3'));
    const rest = await listAll(c, 'limit=4', first.cursor);
    expectEqual(
      'keys',
      [...first.items, ...rest].map((item) => item.key),
      numbered(8),
    );
  }),
  defineCase('lists/cursor-with-values', 'A cursor of a listing without values goes on with values', async (stage) => {
    const c = openCollection(stage);
    await fill(c, numbered(4));
    const first = pageOf(await c.list('limit=2'));
    const rest = await listAll(c, 'limit=2&values=true', first.cursor);
    expectEqual(
      'keys',
      rest.map((item) => item.key),
      numbered(4).slice(first.items.length),
    );
  }),
  defineCase('lists/cursor-again', 'A cursor used twice gives the same page twice', async (stage) => {
    const c = openCollection(stage);
    await fill(c, numbered(6));
    const { cursor = '' } = pageOf(await c.list('limit=2'));
    const pages = [await c.list(`limit=2&cursor=${cursor}`), await c.list(`limit=2&cursor=${cursor}`)].map(pageOf);
    expectEqual('the second page’s items', pages[1]?.items, pages[0]?.items, pages[1]?.answer);
  }),
  defineCase('lists/cursor-deleted', 'A cursor stays valid when the record it names is deleted', async (stage) => {
    const c = openCollection(stage);
    await fill(c, numbered(6));
    const first = pageOf(await c.list('limit=2'));
    for (const item of first.items) expectStatus(await c.delete(item.key), 204);
    const rest = await listAll(c, 'limit=2', first.cursor);
    expectEqual(
      'keys',
      rest.map((item) => item.key),
      numbered(6).slice(first.items.length),
    );
  }),
  defineCase('lists/cursor-awkward', 'A cursor may stand on a key of any characters', async (stage) => {
    const c = openCollection(stage);
    const keys = ['\u0000', '"', '&limit=1', '/', '\\', '\u{1F600}'];
    await fill(c, keys);
    expectEqual('keys', await listKeys(c, 'limit=1'), keys);
  }),
  defineCase(
    'lists/changing',
    'A key present throughout appears once although others come and go between pages',
    async (stage) => {
      const c = openCollection(stage);
      const stable = numbered(24);
      await fill(c, stable);
      const seen: string[] = [];
      let cursor: string | undefined;
      for (let round = 0; round < 40; round += 1) {
        const page = pageOf(await c.list(cursor === undefined ? 'limit=5' : `limit=5&cursor=${cursor}`));
        seen.push(...page.items.map((item) => item.key));
        cursor = page.cursor;
        if (cursor === undefined) break;
        const last = seen.at(-1) ?? '';
        for (const key of [`${last}-new`, 'a-before', 'k999-after']) await c.store(`${key}${round}`, '');
        if (round > 0) await c.delete(`a-before${round - 1}`);
      }
      const kept = seen.filter((key) => stable.includes(key));
      expectEqual('the keys that were there throughout', kept, stable);
      expectEqual('whether a key came twice', new Set(seen).size, seen.length);
    },
  ),
  defineCase('lists/after-delete', 'A deleted key is in no listing', async (stage) => {
    const c = openCollection(stage);
    await fill(c, ['a', 'b', 'c']);
    expectStatus(await c.delete('b'), 204);
    expectEqual('keys', await listKeys(c), ['a', 'c']);
    expectEqual('keys with values', await listKeys(c, 'values=true'), ['a', 'c']);
  }),
  defineCase('lists/overwritten-once', 'A key that was overwritten is listed once, as it is now', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'old');
    const etag = await c.store('k', 'newer', { headers: { 'Content-Type': 'text/plain' } });
    const items = await listAll(c, 'values=true');
    expectEqual(
      'the items',
      items.map((item) => [item.etag, item.contentType, item.size, item.text]),
      [[etag, 'text/plain', 5, 'newer']],
    );
  }),
];

function sorted(value: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(value).sort());
}
