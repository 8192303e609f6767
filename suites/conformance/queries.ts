/** Queries are read strictly: nothing is coerced, dropped or guessed. */

import { expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;

const bodyOf = (method: string): string | undefined => (method === 'PUT' || method === 'POST' ? 'new' : undefined);

const refusedOnKeys: readonly {
  readonly id: string;
  readonly what: string;
  readonly query: string;
  readonly code: string;
}[] = [
  { id: 'unknown', what: 'an unknown parameter', query: 'colour=red', code: 'invalid_query' },
  {
    id: 'repeated',
    what: 'a parameter twice',
    query: 'keyEncoding=base64url&keyEncoding=base64url',
    code: 'invalid_query',
  },
  { id: 'percent-encoding', what: 'bad percent-encoding', query: 'keyEncoding=%zz', code: 'malformed_url' },
  { id: 'not-utf8', what: 'percent-encoding that is not UTF-8', query: 'keyEncoding=%ff', code: 'malformed_url' },
];

const onLists: readonly {
  readonly id: string;
  readonly what: string;
  readonly query: string;
  readonly code: string;
}[] = [
  { id: 'unknown', what: 'an unknown parameter', query: 'colour=red', code: 'invalid_query' },
  { id: 'upper-case', what: 'a parameter in upper case', query: 'LIMIT=5', code: 'invalid_query' },
  { id: 'of-a-write', what: 'a parameter that writes take', query: 'ttlMs=1000', code: 'invalid_query' },
  { id: 'repeated', what: 'a parameter twice', query: 'limit=5&limit=5', code: 'invalid_query' },
  { id: 'array', what: 'a parameter in array notation', query: 'limit[]=5', code: 'invalid_query' },
  { id: 'limit-zero', what: 'limit=0', query: 'limit=0', code: 'invalid_query' },
  { id: 'limit-negative', what: 'a negative limit', query: 'limit=-1', code: 'invalid_query' },
  { id: 'limit-fraction', what: 'a limit with a fraction', query: 'limit=5.0', code: 'invalid_query' },
  { id: 'limit-exponent', what: 'a limit with an exponent', query: 'limit=1e2', code: 'invalid_query' },
  { id: 'limit-word', what: 'a limit that is a word', query: 'limit=all', code: 'invalid_query' },
  { id: 'limit-empty', what: 'an empty limit', query: 'limit=', code: 'invalid_query' },
  { id: 'limit-huge', what: 'a limit of twenty digits', query: 'limit=99999999999999999999', code: 'invalid_query' },
  { id: 'prefix-empty', what: 'an empty prefix', query: 'prefix=', code: 'invalid_query' },
  { id: 'prefix-not-utf8', what: 'a prefix that is not UTF-8', query: 'prefix=%ff', code: 'malformed_url' },
  {
    id: 'prefix-surrogate',
    what: 'a prefix that is a lone surrogate',
    query: 'prefix=%ED%A0%80',
    code: 'malformed_url',
  },
  { id: 'after-percent', what: 'bad percent-encoding in after', query: 'after=%4', code: 'malformed_url' },
  { id: 'cursor-garbage', what: 'a cursor that no server gave', query: 'cursor=%21%21', code: 'invalid_cursor' },
  { id: 'cursor-short', what: 'a cursor that is too short', query: 'cursor=AA', code: 'invalid_cursor' },
];

const cursorElsewhere: readonly {
  readonly id: string;
  readonly what: string;
  readonly names: (namespace: string) => { readonly namespace?: string; readonly collection?: string };
  readonly query: string;
}[] = [
  { id: 'collection', what: 'another collection', names: () => ({ collection: 'd' }), query: 'limit=1' },
  { id: 'namespace', what: 'another namespace', names: (ns) => ({ namespace: `${ns}-x` }), query: 'limit=1' },
  { id: 'prefix', what: 'the same collection with a prefix', names: () => ({}), query: 'limit=1&prefix=k' },
];

export const queryCases: readonly Case[] = [
  ...methods.flatMap((method) =>
    refusedOnKeys.map(({ id, what, query, code }) =>
      defineCase(
        `queries/${method.toLowerCase()}-${id}`,
        `${method} with ${what} is 400 and changes nothing`,
        async (stage) => {
          const c = openCollection(stage);
          const etag = await c.store('YQ', 'old');
          const full = method === 'PATCH' ? `ttlMs=60000&${query}` : query;
          const answer = await c.send(method, 'YQ', { query: full, body: bodyOf(method) });
          if (method === 'HEAD') expectStatus(answer, 400);
          else expectProblem(answer, 400, code);
          expectHeader(expectStatus(await c.get('YQ'), 200), 'etag', etag);
        },
      ),
    ),
  ),
  ...onLists.map(({ id, what, query, code }) =>
    defineCase(`queries/list-${id}`, `A listing with ${what} is 400 ${code}`, async (stage) => {
      expectProblem(await openCollection(stage).list(query), 400, code);
    }),
  ),
  ...cursorElsewhere.map(({ id, what, names, query }) =>
    defineCase(
      `queries/cursor-of-other-${id}`,
      `A cursor does not go on in ${what}: 400 invalid_cursor`,
      async (stage) => {
        const c = openCollection(stage);
        for (const key of ['k1', 'k2', 'k3']) await c.store(key, '');
        const { cursor = '' } = pageOf(await c.list('limit=1'));
        const other = openCollection(stage, names(stage.namespace));
        expectProblem(await other.list(`${query}&cursor=${encodeURIComponent(cursor)}`), 400, 'invalid_cursor');
      },
    ),
  ),
  defineCase('queries/cursor-and-after', 'A cursor together with after is 400 invalid_cursor', async (stage) => {
    const c = openCollection(stage);
    for (const key of ['k1', 'k2', 'k3']) await c.store(key, '');
    const { cursor = '' } = pageOf(await c.list('limit=1'));
    expectProblem(await c.list(`limit=1&after=k1&cursor=${encodeURIComponent(cursor)}`), 400, 'invalid_cursor');
  }),
  ...['/api/v1/version', '/api/v1/capabilities', '/health/live', '/health/ready', '/openapi.json'].map((path) =>
    defineCase(
      `queries/none-on-${path.split(/[/.]/).at(path.endsWith('.json') ? -2 : -1)}`,
      `GET ${path} takes no query parameter`,
      async (stage) => {
        expectProblem(await sendTo(stage, { method: 'GET', path: `${path}?colour=red` }), 400, 'invalid_query');
      },
    ),
  ),
];
