/** Delete by prefix, and drop of collections and namespaces. */

import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection, sendTo } from '../collection.ts';
import { defineCase, defineClockCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import { dropCollectionPath, dropNamespacePath, prefixPath, removeAll } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';

async function fill(c: Collection, keys: readonly string[]): Promise<void> {
  for (const key of keys) await c.store(key, 'v');
}

const keys = [
  '%41',
  '%',
  '*',
  '**',
  '.',
  '..x',
  '/',
  '/a',
  'A',
  'Ab',
  '[a-z]',
  '\\d',
  '^a',
  'a',
  'a%',
  'a*',
  'a.b',
  'a/b',
  'ab',
  'a|b',
  'b',
  '{a}',
  'e\u0301',
  '\u00e9',
  '\uffff',
  '\u{1F600}',
  '\u{1F600}x',
];
const prefixes = [
  '%',
  '*',
  '.',
  '..',
  '/',
  '[',
  '\\',
  '^',
  'a',
  'a%',
  'a*',
  'a.',
  'a|',
  'A',
  '{',
  'e',
  '\u00e9',
  '\uffff',
  '\u{1F600}',
];

/** A removal of each kind that finds nothing, on names of the case. */
const kinds: readonly { readonly id: string; readonly what: string; readonly path: (ns: string) => string }[] = [
  { id: 'prefix', what: 'a delete by prefix', path: (ns) => `/api/v1/kv/${ns}/c?prefix=k` },
  { id: 'collection', what: 'a drop of a collection', path: (ns) => dropCollectionPath(ns, 'c') },
  { id: 'namespace', what: 'a drop of a namespace', path: (ns) => dropNamespacePath(ns) },
];

const refusedHeaders = [
  { id: 'if-match', headers: { 'If-Match': '*' }, status: 400, code: 'invalid_header' },
  { id: 'if-none-match', headers: { 'If-None-Match': '"x"' }, status: 400, code: 'invalid_header' },
  {
    id: 'if-unmodified-since',
    headers: { 'If-Unmodified-Since': 'Mon, 23 Nov 2026 04:42:02 GMT' },
    status: 400,
    code: 'invalid_header',
  },
  { id: 'content-range', headers: { 'Content-Range': 'bytes 0-1/2' }, status: 400, code: 'invalid_header' },
  { id: 'content-encoding', headers: { 'Content-Encoding': 'gzip' }, status: 415, code: 'unsupported_content' },
] as const;

const remove = (stage: Stage, path: string, headers: Readonly<Record<string, string>> = {}, body?: string) =>
  sendTo(stage, { method: 'DELETE', path, headers, body });

export const removeCases: readonly Case[] = [
  ...prefixes.map((prefix) =>
    defineCase(
      `remove/prefix-${Buffer.from(prefix).toString('hex')}`,
      `A delete by the prefix ${JSON.stringify(prefix)} removes the keys that begin with it and no other`,
      async (stage) => {
        const c = openCollection(stage);
        await fill(c, keys);
        const kept = keys.filter((key) => !key.startsWith(prefix));
        expectEqual('the number told', await removeAll(stage, prefixPath(c, prefix)), keys.length - kept.length);
        expectEqual('keys left', [...(await listKeys(c))].sort(), [...kept].sort());
      },
      { costMs: 150 },
    ),
  ),
  defineCase('remove/prefix-whole-key', 'A prefix that is a whole key removes that key too', async (stage) => {
    const c = openCollection(stage);
    await fill(c, ['a', 'ab', 'b']);
    expectEqual('the number told', await removeAll(stage, prefixPath(c, 'ab')), 1);
    expectEqual('keys left', await listKeys(c), ['a', 'b']);
  }),
  defineCase(
    'remove/prefix-needed',
    'A delete of a collection’s keys without a prefix, or with an empty one, is 400 and removes nothing',
    async (stage) => {
      const c = openCollection(stage);
      await fill(c, ['a', 'b']);
      for (const query of ['', '?', '?prefix=', '?prefix', '?confirm=c']) {
        expectProblem(await remove(stage, c.path + query), 400, 'invalid_query');
      }
      expectEqual('keys left', await listKeys(c), ['a', 'b']);
    },
  ),
  defineCase('remove/gone', 'What was removed is absent for every method, and can be created again', async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('k', 'v', { query: 'ttlMs=60000' });
    await removeAll(stage, prefixPath(c, 'k'));
    expectStatus(await c.get('k'), 404, 'key_not_found');
    expectStatus(await c.head('k'), 404);
    expectStatus(await c.put('k', 'w', { headers: { 'If-Match': etag } }), 412);
    expectStatus(await c.patch('k', 'persist=true'), 404);
    const again = expectStatus(await c.put('k', 'w', { headers: { 'If-None-Match': '*' } }), 201);
    expectHeader(again, 'commander-expires-at', undefined);
    expectTrue(again.header('etag') !== etag, 'another ETag than before', String(etag), again);
  }),
  defineCase('remove/answer', 'A removal answers 200 with {deleted, done} alone', async (stage) => {
    const c = openCollection(stage);
    await fill(c, ['a1', 'a2']);
    const answer = expectStatus(await remove(stage, prefixPath(c, 'a')), 200);
    expectEqual('the body', answer.json(), { deleted: 2, done: true }, answer);
    expectHeader(answer, 'content-type', /^application\/json(;|$)/);
  }),
  ...kinds.map(({ id, what, path }) =>
    defineCase(`remove/nothing-${id}`, `Where nothing is, ${what} is done with 0 deleted`, async (stage) => {
      const answer = await remove(stage, path(`${stage.namespace}-nothing`));
      expectEqual('the body', expectStatus(answer, 200).json(), { deleted: 0, done: true }, answer);
    }),
  ),
  defineCase(
    'remove/collection',
    'A drop takes one collection and leaves those whose names are alike',
    async (stage) => {
      const { namespace } = stage;
      const others = [
        ...['c2', 'c-', 'c.', 'c_', 'C', 'bc'].map((collection) => openCollection(stage, { collection })),
        ...['-c', '.c', '0'].map((end) => openCollection(stage, { namespace: `${namespace}${end}` })),
      ];
      const c = openCollection(stage);
      for (const one of [c, ...others]) await fill(one, ['/', 'k']);
      expectEqual('the number told', await removeAll(stage, dropCollectionPath(namespace, 'c')), 2);
      expectEqual('keys left', await listKeys(c), []);
      for (const one of others) expectEqual(`keys of ${one.path}`, await listKeys(one), ['/', 'k']);
    },
  ),
  defineCase(
    'remove/namespace',
    'A drop takes a namespace with all its collections and leaves those whose names are alike',
    async (stage) => {
      const namespace = `${stage.namespace}-n`;
      const own = ['a', 'a-b', '0', 'z'].map((collection) => openCollection(stage, { namespace, collection }));
      const others = [`${namespace}0`, `${namespace}-`, `${namespace}.x`, stage.namespace].map((ns) =>
        openCollection(stage, { namespace: ns }),
      );
      for (const one of [...own, ...others]) await fill(one, ['/', 'k']);
      expectEqual('the number told', await removeAll(stage, dropNamespacePath(namespace)), 8);
      for (const one of own) expectEqual(`keys of ${one.path}`, await listKeys(one), []);
      for (const one of others) expectEqual(`keys of ${one.path}`, await listKeys(one), ['/', 'k']);
    },
  ),
  defineCase(
    'remove/unconfirmed',
    'A drop without the name as confirm is 428, says what to send, and removes nothing',
    async (stage) => {
      const c = openCollection(stage);
      await fill(c, ['k']);
      const { namespace } = stage;
      for (const [path, name] of [
        [`/api/v1/namespaces/${namespace}`, namespace],
        [`/api/v1/namespaces/${namespace}/collections/c`, 'c'],
      ] as const) {
        for (const query of ['', '?confirm=', '?confirm=true', `?confirm=${name}x`, '?confirm=*']) {
          const answer = await remove(stage, path + query);
          const { detail } = expectProblem(answer, 428, 'confirmation_required');
          expectTrue(
            String(detail).includes(`confirm=${name}`),
            `a detail with confirm=${name}`,
            String(detail),
            answer,
          );
        }
        expectProblem(await remove(stage, `${path}?confirm=${name}&confirm=${name}`), 400, 'invalid_query');
        expectProblem(await remove(stage, `${path}?confirm=${name}&force=true`), 400, 'invalid_query');
      }
      expectEqual('keys left', await listKeys(c), ['k']);
    },
  ),
  ...kinds.flatMap(({ id, what, path }) => [
    ...refusedHeaders.map(({ id: header, headers, status, code }) =>
      defineCase(
        `remove/${id}-refuses-${header}`,
        `${what.replace('a ', 'A ')} with ${Object.keys(headers)[0]} is ${status} ${code} and removes nothing`,
        async (stage) => {
          const c = openCollection(stage);
          await fill(c, ['k']);
          expectProblem(await remove(stage, path(stage.namespace), headers), status, code);
          expectEqual('keys left', await listKeys(c), ['k']);
        },
      ),
    ),
    defineCase(
      `remove/${id}-refuses-a-body`,
      `${what.replace('a ', 'A ')} with a body is 400 invalid_body and removes nothing`,
      async (stage) => {
        const c = openCollection(stage);
        await fill(c, ['k']);
        expectProblem(await remove(stage, path(stage.namespace), {}, 'x'), 400, 'invalid_body');
        expectEqual('keys left', await listKeys(c), ['k']);
      },
    ),
  ]),
  defineCase('remove/invalid-name', 'A removal in what is no name is 400 invalid_name', async (stage) => {
    for (const path of [
      '/api/v1/kv/_own/c?prefix=a',
      '/api/v1/namespaces/_own?confirm=_own',
      '/api/v1/namespaces/n/collections/_c?confirm=_c',
    ]) {
      expectProblem(await remove(stage, path), 400, 'invalid_name');
    }
  }),
  defineClockCase('remove/expired', 'Of a removal the expired records go too and are not counted', async (stage) => {
    const c = openCollection(stage);
    await c.store('a1', 'v', { query: 'ttlMs=1000' });
    await c.store('a2', 'v', { query: 'ttlMs=1000' });
    await c.store('a3', 'v', { query: 'ttlMs=1001' });
    await c.store('a4', 'v');
    await stage.advanceClock(1_000);
    expectEqual('the number told', await removeAll(stage, prefixPath(c, 'a')), 2);
    expectEqual('keys left', await listKeys(c), []);
  }),
];
