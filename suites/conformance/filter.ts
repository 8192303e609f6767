/** The filter of a listing: which records pass, what a page of them looks like, and what is refused. */

import { expectEqual, expectProblem, expectTrue } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listAll, listKeys, pageOf } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';

const query = (filter: unknown): string =>
  `filter=${encodeURIComponent(typeof filter === 'string' ? filter : JSON.stringify(filter))}`;

/** Needs the capability; without it a filter is refused, never ignored. */
function filterCase(id: string, claim: string, run: (c: Collection, stage: Stage) => Promise<void>): Case {
  return defineCase(
    `filter/${id}`,
    claim,
    async (stage) => {
      const c = openCollection(stage);
      if (stage.capabilities.filter) return run(c, stage);
      const answer = await c.list(query({ a: { eq: 1 } }));
      expectTrue(answer.status >= 400, 'a refusal, as the server has no filter', `${answer.status}`, answer);
    },
    { costMs: 120 },
  );
}

const json = { 'Content-Type': 'application/json' };

async function fill(c: Collection, values: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, value] of Object.entries(values)) await c.store(key, value, { headers: json });
}

const values = {
  a: '{"n":1,"s":"one","t":true,"list":["x",{"y":2}],"deep":{"er":{"n":5}}}',
  b: '{"n":2,"s":"two","t":false,"list":[],"deep":{"er":{"n":-5}}}',
  c: '{"n":"2","s":"\\ud83d\\ude00","t":null,"deep":{"er":null}}',
  d: '{"n":2.5,"s":"\\uffff","__proto__":{"n":7},"constructor":"own"}',
  e: '{"n":null,"s":""}',
  f: '[10,{"n":1}]',
  g: '3',
  h: '{}',
};

const passing: readonly {
  readonly id: string;
  readonly claim: string;
  readonly filter: unknown;
  readonly keys: string;
}[] = [
  { id: 'eq', claim: 'The operator eq keeps equal values of the same type', filter: { n: { eq: 2 } }, keys: 'b' },
  { id: 'eq-string', claim: 'The operator eq of a text keeps no number', filter: { n: { eq: '2' } }, keys: 'c' },
  {
    id: 'eq-null',
    claim: 'The operator eq null keeps null and nothing that is missing',
    filter: { n: { eq: null } },
    keys: 'e',
  },
  { id: 'eq-true', claim: 'The operator eq true keeps true alone', filter: { t: { eq: true } }, keys: 'a' },
  {
    id: 'ne',
    claim: 'The operator ne is the negation of eq: it keeps what is missing and what has another type',
    filter: { n: { ne: 2 } },
    keys: 'acdefgh',
  },
  { id: 'lt', claim: 'The operator lt compares numbers with numbers alone', filter: { n: { lt: 2.5 } }, keys: 'ab' },
  { id: 'lte', claim: 'The operator lte keeps the bound', filter: { n: { lte: 2 } }, keys: 'ab' },
  { id: 'gt', claim: 'The operator gt leaves the bound out', filter: { n: { gt: 2 } }, keys: 'd' },
  { id: 'gte', claim: 'The operator gte keeps the bound', filter: { n: { gte: 2 } }, keys: 'bd' },
  {
    id: 'bytewise',
    claim: 'Texts are compared by the bytes of their UTF-8: an emoji comes after U+FFFF',
    filter: { s: { gt: '\uffff' } },
    keys: 'c',
  },
  {
    id: 'prefix',
    claim: 'The operator prefix keeps the texts that begin with it',
    filter: { s: { prefix: 't' } },
    keys: 'b',
  },
  { id: 'prefix-dot', claim: 'A dot in the operand of prefix is no pattern', filter: { s: { prefix: '.' } }, keys: '' },
  {
    id: 'exists',
    claim: 'The operator exists true keeps a member that is null',
    filter: { t: { exists: true } },
    keys: 'abc',
  },
  {
    id: 'missing',
    claim: 'The operator exists false keeps what lacks the member',
    filter: { n: { exists: false } },
    keys: 'fgh',
  },
  { id: 'path', claim: 'A dotted path reaches into objects', filter: { 'deep.er.n': { gte: 5 } }, keys: 'a' },
  { id: 'index', claim: 'Digits in a path index an array', filter: { 'list.1.y': { eq: 2 } }, keys: 'a' },
  { id: 'index-root', claim: 'A path may begin with an index', filter: { 0: { eq: 10 } }, keys: 'f' },
  {
    id: 'length',
    claim: 'An array has no member but its items',
    filter: { 'list.length': { exists: true } },
    keys: '',
  },
  { id: 'range', claim: 'Operators of one path are ANDed', filter: { n: { gt: 1, lt: 2.5 } }, keys: 'b' },
  { id: 'paths', claim: 'Paths are ANDed', filter: { n: { lte: 2 }, t: { eq: false } }, keys: 'b' },
  { id: 'proto', claim: 'The member __proto__ is one as any other', filter: '{"__proto__.n":{"eq":7}}', keys: 'd' },
  {
    id: 'inherited',
    claim: 'Only members that the value has are seen',
    filter: { constructor: { exists: true } },
    keys: 'd',
  },
];

const refused: readonly { readonly id: string; readonly what: string; readonly filter: string }[] = [
  { id: 'empty', what: 'An empty filter', filter: '' },
  { id: 'no-json', what: 'A filter that is not JSON', filter: '{a:1}' },
  { id: 'array', what: 'A filter that is an array', filter: '[]' },
  { id: 'no-term', what: 'A filter without a path', filter: '{}' },
  { id: 'no-operator', what: 'A path without an operator', filter: '{"a":{}}' },
  { id: 'bare-operand', what: 'A path with a bare operand', filter: '{"a":1}' },
  { id: 'unknown-operator', what: 'An unknown operator', filter: '{"a":{"like":"x"}}' },
  { id: 'proto-operator', what: 'The operator __proto__', filter: '{"a":{"__proto__":{"eq":1}}}' },
  { id: 'object-operand', what: 'An operand that is an object', filter: '{"a":{"eq":{}}}' },
  { id: 'array-operand', what: 'An operand that is an array', filter: '{"a":{"ne":[]}}' },
  { id: 'boolean-order', what: 'An order over true', filter: '{"a":{"lt":true}}' },
  { id: 'exists-number', what: 'The operator exists with a number', filter: '{"a":{"exists":1}}' },
  { id: 'prefix-number', what: 'The operator prefix with a number', filter: '{"a":{"prefix":1}}' },
  { id: 'infinity', what: 'A number beyond the range of a double', filter: '{"a":{"lt":1e999}}' },
  { id: 'empty-part', what: 'A path with an empty part', filter: '{"a..b":{"eq":1}}' },
  { id: 'repeated', what: 'A path that stands twice', filter: '{"a":{"gt":1},"a":{"lt":5}}' },
  { id: 'surrogate', what: 'A lone surrogate', filter: '{"a":{"eq":"\\ud800"}}' },
  { id: 'deep', what: 'A path of 17 parts', filter: `{"${Array(17).fill('a').join('.')}":{"eq":1}}` },
  {
    id: 'many',
    what: 'A filter of 33 terms',
    filter: JSON.stringify(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`p${i}`, { eq: 1 }]))),
  },
  { id: 'long', what: 'A filter of more than 4096 bytes', filter: `{"a":{"eq":"${'x'.repeat(4_096)}"}}` },
];

const numbered = (index: number): string => `k${String(index).padStart(3, '0')}`;

export const filterCases: readonly Case[] = [
  ...passing.map(({ id, claim, filter, keys }) =>
    filterCase(id, claim, async (c) => {
      await fill(c, values);
      expectEqual('keys', (await listKeys(c, query(filter))).join(''), keys);
    }),
  ),
  ...refused.map(({ id, what, filter }) =>
    filterCase(`refused-${id}`, `${what} is 400 invalid_filter`, async (c) => {
      expectProblem(await c.list(query(filter)), 400, 'invalid_filter');
    }),
  ),
  filterCase('names-the-place', 'A refusal names the path and the operator that it is about', async (c) => {
    const answer = await c.list(query({ good: { eq: 1 }, 'some.path': { gte: null } }));
    const { detail } = expectProblem(answer, 400, 'invalid_filter');
    const named = String(detail).includes('some.path') && String(detail).includes('gte');
    expectTrue(named, 'a detail with some.path and gte', String(detail), answer);
  }),
  filterCase('not-json', 'A record that is not JSON passes no filter, whatever it asks', async (c) => {
    await fill(c, { json: '{}', broken: '{', empty: '' });
    await c.store('text', '{}', { headers: { 'Content-Type': 'text/plain' } });
    await c.store('bytes', '{}');
    for (const filter of [{ a: { exists: false } }, { a: { ne: 1 } }]) {
      expectEqual('keys', await listKeys(c, query(filter)), ['json']);
    }
  }),
  filterCase('with-values', 'values=true carries the values of what passes, byte for byte', async (c) => {
    const text = '{"big":9007199254740993, "n":1}';
    await fill(c, { a: text, b: '{"n":2}' });
    const page = pageOf(await c.list(`${query({ n: { eq: 1 } })}&values=true`));
    expectEqual(
      'keys',
      page.items.map(({ key }) => key),
      ['a'],
      page.answer,
    );
    expectTrue(page.answer.body.includes(text), `a page with the text ${text}`, 'another text', page.answer);
  }),
  filterCase('without-values', 'Without values=true the items carry none, and all else is there', async (c) => {
    await c.store('a', '{"n":1}', { headers: json, query: 'ttlMs=60000' });
    const filtered = pageOf(await c.list(query({ n: { eq: 1 } })));
    expectEqual('the items', filtered.items, pageOf(await c.list()).items, filtered.answer);
  }),
  filterCase('with-prefix', 'A filter goes with a prefix: a record has to satisfy both', async (c) => {
    await fill(c, { a1: '{"n":1}', a2: '{"n":2}', b1: '{"n":1}' });
    expectEqual('keys', await listKeys(c, `${query({ n: { eq: 1 } })}&prefix=a`), ['a1']);
  }),
  ...[1, 3, 100].map((limit) =>
    filterCase(`pages-of-${limit}`, `Pages of ${limit} hold each record that passes once, in order`, async (c) => {
      const all = Array.from({ length: 40 }, (_, index) => index);
      await fill(c, Object.fromEntries(all.map((index) => [numbered(index), `{"n":${index % 4}}`])));
      const wanted = all.filter((index) => index % 4 === 3).map(numbered);
      expectEqual('keys', await listKeys(c, `${query({ n: { eq: 3 } })}&limit=${limit}`), wanted);
      const page = pageOf(await c.list(`${query({ n: { eq: 3 } })}&limit=${limit}`));
      expectTrue(page.items.length <= limit, `at most ${limit} items`, `${page.items.length}`, page.answer);
    }),
  ),
  filterCase('cursor-bound', 'A cursor belongs to its filter: with another, or without one, it is 400', async (c) => {
    await fill(c, { a: '{"n":1}', b: '{"n":1}', c: '{"n":1}' });
    const { cursor = '' } = pageOf(await c.list(`${query({ n: { eq: 1 } })}&limit=1`));
    expectTrue(cursor !== '', 'a cursor', 'none');
    for (const other of [query({ n: { eq: 2 } }), query({ n: { gte: 1 } }), 'limit=1']) {
      expectProblem(await c.list(`${other}&cursor=${cursor}`), 400, 'invalid_cursor');
    }
    const plain = pageOf(await c.list('limit=1')).cursor ?? '';
    expectProblem(await c.list(`${query({ n: { eq: 1 } })}&cursor=${plain}`), 400, 'invalid_cursor');
    const items = await listAll(c, query('{ "n" : {"eq":1.0} }'), cursor);
    expectEqual(
      'keys behind the cursor',
      items.map(({ key }) => key),
      ['b', 'c'],
    );
  }),
];
