/** Names of namespaces and collections, and that none leaks into another. */

import { expectBody, expectEqual, expectProblem, expectStatus } from '../check.ts';
import { type CollectionName, openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import type { Case } from '../suite.ts';

const maxNameLength = 64;

const acceptedNames: readonly { readonly id: string; readonly what: string; readonly name: string }[] = [
  { id: 'one-letter', what: 'of one letter', name: 'a' },
  { id: 'one-digit', what: 'of one digit', name: '0' },
  { id: 'punctuation', what: 'with dots, dashes and underscores', name: 'A.b_c-9..__--' },
  { id: 'longest', what: 'of 64 characters', name: 'n'.repeat(maxNameLength) },
  { id: 'proto', what: 'that means something to JavaScript', name: 'constructor' },
  { id: 'system', what: 'that means something to stores', name: 'system.indexes' },
];

const refusedNames: readonly { readonly id: string; readonly what: string; readonly segment: string }[] = [
  { id: 'too-long', what: 'of 65 characters', segment: 'n'.repeat(maxNameLength + 1) },
  { id: 'leading-dot', what: 'that begins with a dot', segment: '.a' },
  { id: 'leading-dash', what: 'that begins with a dash', segment: '-a' },
  { id: 'leading-underscore', what: 'that begins with an underscore', segment: '_a' },
  { id: 'space', what: 'with a space', segment: 'a%20b' },
  { id: 'slash', what: 'with an encoded slash', segment: 'a%2Fb' },
  { id: 'nul', what: 'with a NUL', segment: 'a%00' },
  { id: 'line-end', what: 'with a line end at its end', segment: 'a%0A' },
  { id: 'letter-beyond-ascii', what: 'with a letter beyond ASCII', segment: '%C3%A9' },
  { id: 'dollar', what: 'with a dollar sign', segment: 'a$b' },
  { id: 'colon', what: 'with a colon', segment: 'a:b' },
  { id: 'star', what: 'with a star', segment: 'a*' },
  { id: 'braces', what: 'with braces', segment: '%7Ba%7D' },
];

/** Neighbours that a careless join or prefix would mix up with our own collection. */
const neighbours: readonly {
  readonly id: string;
  readonly what: string;
  readonly names: (ns: string) => CollectionName;
  /** Where our own records are; collection `c` of the case's namespace when not told. */
  readonly ours?: (ns: string) => CollectionName;
}[] = [
  { id: 'longer-collection', what: 'a collection whose name begins the same', names: () => ({ collection: 'c2' }) },
  { id: 'dashed-collection', what: 'a collection that sorts before the slash', names: () => ({ collection: 'c-2' }) },
  {
    id: 'dotted-collection',
    what: 'a collection with a dot after the same name',
    names: () => ({ collection: 'c.d' }),
  },
  { id: 'collection-case', what: 'a collection in upper case', names: () => ({ collection: 'C' }) },
  {
    id: 'other-namespace',
    what: 'the collection of the same name elsewhere',
    names: (ns) => ({ namespace: `${ns}-x` }),
  },
  {
    id: 'namespace-case',
    what: 'a namespace that differs in case',
    names: (ns) => ({ namespace: `${ns}-X` }),
    ours: (ns) => ({ namespace: `${ns}-x` }),
  },
];

const keys = ['k', 'c', 'd/k', 'a/b', '\u0000', '\u{10FFFF}'];

export const nameCases: readonly Case[] = [
  ...acceptedNames.map(({ id, what, name }) =>
    defineCase(`names/collection-${id}`, `A collection name ${what} is accepted`, async (stage) => {
      const c = openCollection(stage, { collection: name });
      expectStatus(await c.put('k', 'v'), 201);
      expectBody(expectStatus(await c.get('k'), 200), 'v');
      expectEqual('keys', await listKeys(c), ['k']);
    }),
  ),
  defineCase('names/namespace-longest', 'A namespace of 64 characters is accepted', async (stage) => {
    const c = openCollection(stage, { namespace: stage.namespace.padEnd(maxNameLength, '-n') });
    expectStatus(await c.put('k', 'v'), 201);
    expectBody(expectStatus(await c.get('k'), 200), 'v');
  }),
  defineCase(
    'names/namespace-punctuation',
    'A namespace with dots, dashes and underscores is accepted',
    async (stage) => {
      const c = openCollection(stage, { namespace: `${stage.namespace}-A.b_9` });
      expectStatus(await c.put('k', 'v'), 201);
      expectBody(expectStatus(await c.get('k'), 200), 'v');
    },
  ),
  ...refusedNames.flatMap(({ id, what, segment }) =>
    ['namespace', 'collection'].map((part) =>
      defineCase(`names/${part}-refused-${id}`, `A ${part} name ${what} is 400 invalid_name`, async (stage) => {
        const names = part === 'namespace' ? `${segment}/c` : `${stage.namespace}/${segment}`;
        const path = `/api/v1/kv/${names}`;
        expectProblem(await sendTo(stage, { method: 'PUT', path: `${path}/k`, body: 'v' }), 400, 'invalid_name');
        expectProblem(await sendTo(stage, { method: 'GET', path: `${path}/k` }), 400, 'invalid_name');
        expectProblem(await sendTo(stage, { method: 'GET', path }), 400, 'invalid_name');
      }),
    ),
  ),
  ...neighbours.map(({ id, what, names, ours }) =>
    defineCase(`names/apart-${id}`, `Records are kept apart from ${what}`, async (stage) => {
      const c = openCollection(stage, ours?.(stage.namespace));
      const other = openCollection(stage, names(stage.namespace));
      for (const key of keys) await other.store(key, 'theirs');
      for (const key of keys) expectStatus(await c.get(key), 404, 'key_not_found');
      expectEqual('keys of the empty collection', await listKeys(c), []);
      for (const key of keys) expectStatus(await c.put(key, 'ours'), 201);
      expectEqual('keys', await listKeys(c), [...keys].sort(bytewise));
      for (const key of keys) expectStatus(await c.delete(key), 204);
      for (const key of keys) expectBody(expectStatus(await other.get(key), 200), 'theirs');
      expectEqual('keys', await listKeys(other), [...keys].sort(bytewise));
    }),
  ),
  defineCase(
    'names/joined-apart',
    'Namespace, collection and key that read alike when joined stay apart',
    async (stage) => {
      const ns = stage.namespace;
      const a = openCollection(stage, { namespace: `${ns}-a`, collection: 'b-c' });
      const b = openCollection(stage, { namespace: `${ns}-a-b`, collection: 'c' });
      await a.store('k', 'a');
      await b.store('k', 'b');
      await a.store('c/k', 'a2');
      expectBody(expectStatus(await a.get('k'), 200), 'a');
      expectBody(expectStatus(await b.get('k'), 200), 'b');
      expectEqual('keys', await listKeys(a), ['c/k', 'k']);
      expectEqual('keys', await listKeys(b), ['k']);
    },
  ),
];

function bytewise(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
