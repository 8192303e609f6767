/** Which namespaces and collections a server lists. */

import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { allNames, collectionsPath, namesPageOf, namespacesPath, ownNamespaces } from '../names.ts';
import type { Case, Stage } from '../suite.ts';

/** In bytewise order; in a store that is ordered by `name/...` the dash and the dot come before the name alone. */
const awkward = ['0', 'A', 'A-', 'Z', 'Z_', 'a', 'a-', 'a-b', 'a-b.c', 'a.b', 'a0', 'aa', 'b', 'z--', 'z.z'];

async function fill(stage: Stage, collections: readonly string[], namespace = stage.namespace): Promise<void> {
  for (const collection of collections) await openCollection(stage, { namespace, collection }).store('k', 'v');
}

const get = (stage: Stage, path: string) => sendTo(stage, { method: 'GET', path });

const badQueries: readonly {
  readonly id: string;
  readonly what: string;
  readonly query: string;
  readonly code: string;
}[] = [
  { id: 'unknown', what: 'An unknown parameter', query: 'prefix=a', code: 'invalid_query' },
  { id: 'limit-zero', what: 'A limit of 0', query: 'limit=0', code: 'invalid_query' },
  { id: 'limit-large', what: 'A limit beyond 1000', query: 'limit=1001', code: 'invalid_query' },
  { id: 'repeated', what: 'A parameter twice', query: 'limit=1&limit=1', code: 'invalid_query' },
  { id: 'after-no-name', what: 'An after that is no name', query: 'after=a%2Fb', code: 'invalid_query' },
  { id: 'after-empty', what: 'An empty after', query: 'after=', code: 'invalid_query' },
  {
    id: 'cursor-garbage',
    what: 'A cursor that no server gave',
    query: 'cursor=AAAAAAAAAAAAAAAA',
    code: 'invalid_cursor',
  },
];

export const namespaceCases: readonly Case[] = [
  defineCase('namespaces/unknown', 'A namespace that holds nothing has an empty page of collections', async (stage) => {
    const answer = await get(stage, collectionsPath(`${stage.namespace}-nothing`));
    expectEqual('the body', expectStatus(answer, 200).json(), { items: [] }, answer);
    expectHeader(answer, 'content-type', /^application\/json(;|$)/);
    expectHeader(answer, 'cache-control', 'no-cache');
  }),
  defineCase('namespaces/reads-make-none', 'Reading and listing make no namespace and no collection', async (stage) => {
    const c = openCollection(stage, { collection: 'seen' });
    expectStatus(await c.get('k'), 404);
    expectStatus(await c.delete('k'), 404);
    await c.list();
    expectEqual('namespaces', await ownNamespaces(stage), []);
    await fill(stage, ['other']);
    expectEqual('collections', await allNames(stage, collectionsPath(stage.namespace)), ['other']);
  }),
  ...[1, 2, 7, 1000].map((limit) =>
    defineCase(
      `namespaces/collections-by-${limit}`,
      `Pages of ${limit} hold each collection once, in bytewise order`,
      async (stage) => {
        await fill(stage, [...awkward].reverse());
        expectEqual(
          'collections',
          await allNames(stage, collectionsPath(stage.namespace), { query: `limit=${limit}` }),
          awkward,
        );
      },
      { costMs: 150 },
    ),
  ),
  ...[2, 1000].map((limit) =>
    defineCase(
      `namespaces/by-${limit}`,
      `Pages of ${limit} hold each namespace once, in bytewise order`,
      async (stage) => {
        const namespaces = awkward.map((name) => `${stage.namespace}-${name}`);
        for (const namespace of [...namespaces].reverse()) await fill(stage, ['c', 'c-d'], namespace);
        expectEqual('namespaces', await ownNamespaces(stage, `limit=${limit}`), namespaces);
      },
      { costMs: 400 },
    ),
  ),
  defineCase(
    'namespaces/limit',
    'A page of names has at most `limit` items, and a cursor when more follow',
    async (stage) => {
      await fill(stage, ['a', 'b', 'c']);
      const page = namesPageOf(await get(stage, `${collectionsPath(stage.namespace)}?limit=2`));
      expectTrue(page.names.length <= 2, 'at most 2 names', `${page.names.length}`, page.answer);
      expectTrue(page.cursor !== undefined, 'a cursor', 'none', page.answer);
    },
  ),
  defineCase('namespaces/after', 'after begins behind a name, whether it exists or not', async (stage) => {
    await fill(stage, ['a', 'a-b', 'b', 'c']);
    for (const [after, names] of [
      ['a', ['a-b', 'b', 'c']],
      ['a-b', ['b', 'c']],
      ['a.x', ['b', 'c']],
      ['c', []],
    ] as const) {
      const path = `${collectionsPath(stage.namespace)}?after=${after}`;
      expectEqual(`collections after ${after}`, namesPageOf(await get(stage, path)).names, names);
    }
  }),
  defineCase(
    'namespaces/cursor-bound',
    'A cursor of names belongs to its path, and does not go with after',
    async (stage) => {
      const other = `${stage.namespace}-x`;
      for (const namespace of [stage.namespace, other]) await fill(stage, ['a', 'b', 'c'], namespace);
      const path = collectionsPath(stage.namespace);
      const { cursor = '' } = namesPageOf(await get(stage, `${path}?limit=1`));
      expectProblem(await get(stage, `${collectionsPath(other)}?cursor=${cursor}`), 400, 'invalid_cursor');
      expectProblem(await get(stage, `${namespacesPath}?cursor=${cursor}`), 400, 'invalid_cursor');
      expectProblem(await get(stage, `${path}?cursor=${cursor}&after=a`), 400, 'invalid_cursor');
      expectProblem(await openCollection(stage).list(`cursor=${cursor}`), 400, 'invalid_cursor');
      expectEqual('collections', namesPageOf(await get(stage, `${path}?cursor=${cursor}`)).names, ['b', 'c']);
    },
  ),
  defineCase(
    'namespaces/deleted',
    'With its last record a collection leaves the list, and with that the namespace',
    async (stage) => {
      await fill(stage, ['a', 'b']);
      expectStatus(await openCollection(stage, { collection: 'a' }).delete('k'), 204);
      expectEqual('collections', await allNames(stage, collectionsPath(stage.namespace)), ['b']);
      expectStatus(await openCollection(stage, { collection: 'b' }).delete('k'), 204);
      expectEqual('namespaces', await ownNamespaces(stage), []);
      await fill(stage, ['a']);
      expectEqual('collections', await allNames(stage, collectionsPath(stage.namespace)), ['a']);
    },
  ),
  defineCase(
    'namespaces/created-at-once',
    'Collections whose first records are written at once are all listed',
    async (stage) => {
      const names = Array.from({ length: 24 }, (_, index) => `c${String(index).padStart(2, '0')}`);
      await Promise.all(names.flatMap((name) => [fill(stage, [name]), fill(stage, [name])]));
      expectEqual('collections', await allNames(stage, collectionsPath(stage.namespace), { query: 'limit=10' }), names);
    },
    { costMs: 100 },
  ),
  ...badQueries.flatMap(({ id, what, query, code }) => [
    defineCase(`namespaces/refused-${id}`, `${what} on the namespaces is 400 ${code}`, async (stage) => {
      expectProblem(await get(stage, `${namespacesPath}?${query}`), 400, code);
    }),
    defineCase(`namespaces/collections-refused-${id}`, `${what} on the collections is 400 ${code}`, async (stage) => {
      expectProblem(await get(stage, `${collectionsPath(stage.namespace)}?${query}`), 400, code);
    }),
  ]),
  defineCase('namespaces/invalid-name', 'A namespace that is no name is 400 invalid_name', async (stage) => {
    for (const name of ['_own', '-a', 'a%2Fb', 'n'.repeat(65)]) {
      expectProblem(await get(stage, collectionsPath(name)), 400, 'invalid_name');
    }
  }),
];
