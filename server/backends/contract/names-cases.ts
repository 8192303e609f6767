import assert from 'node:assert/strict';
import type { NamesPage } from '../backend.ts';
import { type ContractCase, inParallel } from './contract-case.ts';
import { at, callAt, type Subject, shelfOf } from './subject.ts';

/** In bytewise order, which a store that is ordered by `name/...` does not have: `-` and `.` precede the slash. */
const awkwardNames: readonly string[] = [
  '0',
  '0-',
  '00',
  'A',
  'Z',
  'Z-',
  'Z_',
  'a',
  'a-',
  'a--',
  'a-b',
  'a-b-c',
  'a-b.c',
  'a-c',
  'a.',
  'a.b',
  'a.b-c.d',
  'a0',
  'aa',
  'aa-b',
  'ab-c',
  'b-c',
  'n'.repeat(64),
  'z',
].sort();

type Page = (after: string | undefined, limit: number) => Promise<NamesPage>;

async function walk(page: Page, limit: number): Promise<readonly string[]> {
  const names: string[] = [];
  let after: string | undefined;
  for (let pages = 0; pages < 2_000; pages += 1) {
    const one = await page(after, limit);
    assert.ok(one.names.length <= limit);
    names.push(...one.names);
    if (one.examinedTo === undefined) return names;
    after = one.examinedTo;
  }
  return assert.fail('a walk through names that does not end');
}

function collectionsOf(subject: Subject, namespace = subject.namespace): Page {
  return (after, limit) => subject.backend.collections(namespace, { after, limit }, callAt(subject.nowMs));
}

/** The namespaces that begin with the subject's own: the store is shared. */
async function namespacesOf(subject: Subject, limit: number): Promise<readonly string[]> {
  const all = await walk(
    (after, most) => subject.backend.namespaces({ after, limit: most }, callAt(subject.nowMs)),
    limit,
  );
  assert.deepEqual(all, [...all].sort());
  return all.filter((name) => name.startsWith(`${subject.namespace}x`));
}

export const namesCases: readonly ContractCase[] = [
  {
    title: 'a namespace that holds nothing has no collections, and is not listed',
    async run(subject) {
      assert.deepEqual(await collectionsOf(subject)(undefined, 10), { names: [], examinedTo: undefined });
      assert.deepEqual(await namespacesOf(subject, 1_000), []);
    },
  },
  ...[1, 2, 5, 1_000].map(
    (limit): ContractCase => ({
      title: `collections are listed in bytewise order, each once, in pages of ${limit}`,
      async run(subject) {
        for (const name of [...awkwardNames].reverse()) {
          for (const key of ['a', '-', '/', '~']) await shelfOf(subject, name).set(key, 'value');
        }
        assert.deepEqual(await walk(collectionsOf(subject), limit), awkwardNames);
      },
    }),
  ),
  ...[1, 3, 1_000].map(
    (limit): ContractCase => ({
      title: `namespaces are listed in bytewise order, each once, in pages of ${limit}`,
      async run(subject) {
        const namespaces = awkwardNames.map((name) => `${subject.namespace}x${name}`.slice(0, 64));
        for (const namespace of namespaces) {
          for (const name of ['c', 'c-d', '0']) await shelfOf(subject, name, namespace).set('key', 'value');
        }
        assert.deepEqual(await namespacesOf(subject, limit), namespaces);
      },
    }),
  ),
  {
    title: 'a page of names that ends exactly with the last one is complete',
    async run(subject) {
      for (const name of ['a', 'a-b', 'b']) await shelfOf(subject, name).set('key', 'value');
      assert.deepEqual(await collectionsOf(subject)(undefined, 3), { names: ['a', 'a-b', 'b'], examinedTo: undefined });
      assert.deepEqual(await collectionsOf(subject)(undefined, 2), { names: ['a', 'a-b'], examinedTo: 'a-b' });
    },
  },
  {
    title: 'names begin behind `after`, whether it exists or not',
    async run(subject) {
      for (const name of ['a', 'a-b', 'a.c', 'b', 'c']) await shelfOf(subject, name).set('key', 'value');
      const after = async (name: string): Promise<readonly string[]> => (await collectionsOf(subject)(name, 9)).names;
      assert.deepEqual(await after('a'), ['a-b', 'a.c', 'b', 'c']);
      assert.deepEqual(await after('a-'), ['a-b', 'a.c', 'b', 'c']);
      assert.deepEqual(await after('a-b'), ['a.c', 'b', 'c']);
      assert.deepEqual(await after('a-b-c'), ['a.c', 'b', 'c']);
      assert.deepEqual(await after('a.c'), ['b', 'c']);
      assert.deepEqual(await after('a.d'), ['b', 'c']);
      assert.deepEqual(await after('aa'), ['b', 'c']);
      assert.deepEqual(await after('z'), []);
    },
  },
  {
    title: 'names that begin with an underscore are the server’s own and not shown',
    async run(subject) {
      const namespace = `${subject.namespace}x`;
      for (const name of ['_', '_a', '_z']) await shelfOf(subject, name, namespace).set('key', 'value');
      for (const name of ['Z', 'a']) await shelfOf(subject, name, namespace).set('key', 'value');
      await shelfOf(subject, 'c', `_${subject.namespace}`).set('key', 'value');
      assert.deepEqual(await walk(collectionsOf(subject, namespace), 1), ['Z', 'a']);
      const all = await walk((after, limit) => subject.backend.namespaces({ after, limit }, callAt(subject.nowMs)), 2);
      assert.deepEqual(
        all.filter((name) => name.startsWith('_')),
        [],
      );
      assert.ok(all.includes(namespace));
      await subject.backend.drop({ namespace: `_${subject.namespace}`, collection: undefined }, callAt(subject.nowMs));
    },
  },
  {
    title: 'a collection is listed from its first record on until its last one is deleted, and from the next one again',
    async run(subject) {
      const page = collectionsOf(subject);
      const names = async (): Promise<readonly string[]> => (await page(undefined, 10)).names;
      const shelf = shelfOf(subject, 'c');
      await shelfOf(subject, 'stays').set('key', 'value');
      for (let round = 0; round < 3; round += 1) {
        await shelf.set('one', 'value');
        await shelf.set('two', 'value', { expiry: at(subject.nowMs + 60_000) });
        assert.deepEqual(await names(), ['c', 'stays']);
        await shelf.delete('one');
        assert.deepEqual(await names(), ['c', 'stays']);
        await shelf.delete('two');
        assert.deepEqual(await names(), ['stays']);
      }
    },
  },
  {
    title: 'a namespace that was dropped is not listed, and is again once something is set in it',
    async run(subject) {
      const namespace = `${subject.namespace}x`;
      const neighbour = `${subject.namespace}x-y`;
      for (const ns of [namespace, neighbour]) {
        for (const name of ['a', 'b']) await shelfOf(subject, name, ns).set('key', 'value');
      }
      await subject.backend.drop({ namespace, collection: undefined }, callAt(subject.nowMs));
      assert.deepEqual(await namespacesOf(subject, 10), [neighbour]);
      assert.deepEqual(await walk(collectionsOf(subject, namespace), 10), []);
      await shelfOf(subject, 'b', namespace).set('key', 'value');
      assert.deepEqual(await namespacesOf(subject, 10), [namespace, neighbour]);
      assert.deepEqual(await walk(collectionsOf(subject, namespace), 10), ['b']);
    },
  },
  {
    title: 'collections first written by many at once are all listed',
    async run(subject) {
      const names = Array.from({ length: 60 }, (_, index) => `c${String(index).padStart(2, '0')}`);
      await inParallel(240, 40, async (index) => {
        await shelfOf(subject, names[index % 60]).set(`key ${index}`, 'value');
      });
      assert.deepEqual(await walk(collectionsOf(subject), 7), names);
    },
  },
];
