/** Removals of many keys beneath a cache. */

import { expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { dropCollectionPath, dropNamespacePath, prefixPath, removeAll } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';
import { cachedServer, expectHit, expectMiss } from './cached-server.ts';

const removals: readonly {
  readonly id: string;
  readonly what: string;
  readonly path: (c: { readonly namespace: string; readonly name: string; readonly path: string }) => string;
}[] = [
  { id: 'prefix', what: 'a delete by prefix', path: (c) => prefixPath(c, 'k') },
  { id: 'collection', what: 'a drop of its collection', path: (c) => dropCollectionPath(c.namespace, c.name) },
  { id: 'namespace', what: 'a drop of its namespace', path: (c) => dropNamespacePath(c.namespace) },
];

async function checkRemoval(stage: Stage, pathOf: (typeof removals)[number]['path']): Promise<void> {
  const c = openCollection(stage);
  const other = openCollection(stage, { namespace: `${stage.namespace}-x` });
  const keys = ['k', 'k1', 'k2'];
  for (const shelf of [c, other]) {
    for (const key of keys) {
      await shelf.store(key, 'v');
      await shelf.get(key);
      expectHit(await shelf.get(key));
    }
  }
  await removeAll(stage, pathOf(c));
  for (const key of keys) {
    for (const answer of [await c.get(key), await c.head(key)]) expectStatus(answer, 404);
    expectHit(await other.get(key));
  }
  await c.store('k', 'again');
  expectMiss(await c.get('k'));
  expectHit(await c.get('k'));
}

export const cacheRemovalCases: readonly Case[] = removals.map(({ id, what, path }) =>
  defineCase(
    `cache-removal/${id}`,
    `After ${what} a cached record is absent for GET and HEAD, and what lies elsewhere is still cached`,
    (stage) => checkRemoval(stage, path),
    cachedServer('--cache-bytes', '8000000', '--cache-sole-writer'),
  ),
);
