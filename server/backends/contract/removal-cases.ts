import assert from 'node:assert/strict';
import type { PrefixRequest, RemovalStep } from '../backend.ts';
import { type ContractCase, inParallel, keysOf, patternBytes } from './contract-case.ts';
import { awkwardKeys } from './list-cases.ts';
import { at, callAt, none, type Shelf, type Subject, shelfOf } from './subject.ts';

interface Removed {
  readonly deleted: number;
  readonly steps: number;
}

/** Steps to the end; more than any case needs is a removal that does not end. */
async function toTheEnd(step: () => Promise<RemovalStep>): Promise<Removed> {
  let deleted = 0;
  for (let steps = 1; steps <= 1_000; steps += 1) {
    const taken = await step();
    deleted += taken.deleted;
    if (taken.done) return { deleted, steps };
  }
  return assert.fail('a removal is not done after 1000 steps');
}

const shelfName = 'shelf';

function deletePrefix(subject: Subject, prefix: string, options: Partial<PrefixRequest> = {}): Promise<Removed> {
  const request = { namespace: subject.namespace, collection: shelfName, prefix, ...options };
  return toTheEnd(() => subject.backend.deletePrefix(request, callAt(subject.nowMs)));
}

function drop(subject: Subject, collection: string | undefined, namespace = subject.namespace): Promise<Removed> {
  return toTheEnd(() => subject.backend.drop({ namespace, collection }, callAt(subject.nowMs)));
}

async function fill(shelf: Shelf, keys: readonly string[]): Promise<void> {
  await inParallel(keys.length, 32, async (index) => void (await shelf.set(keys[index] ?? '', 'value')));
}

const numbered = (count: number, prefix = 'key '): readonly string[] =>
  Array.from({ length: count }, (_, index) => prefix + String(index).padStart(5, '0'));

/** Prefixes that mean something to a glob, a regular expression, a format string or a range of bytes. */
const awkwardPrefixes: readonly string[] = [
  '\0',
  '%',
  '*',
  '.',
  '..',
  '/',
  ':',
  '[',
  '\\',
  'a',
  'k',
  '{a',
  '\u007f',
  'e\u0301',
  '\u00e9',
  '\ud7ff',
  '\uffff',
  '\u{10FFFF}',
  '\u{1F600}',
];

export const removalCases: readonly ContractCase[] = [
  {
    title: 'a delete by prefix in a collection that holds nothing is done at once, with 0 deleted',
    async run(subject) {
      assert.deepEqual(await deletePrefix(subject, 'a'), { deleted: 0, steps: 1 });
    },
  },
  ...awkwardPrefixes.map(
    (prefix): ContractCase => ({
      title: `a delete by the prefix ${JSON.stringify(prefix)} removes the keys that begin with it and no other`,
      async run(subject) {
        const shelf = shelfOf(subject);
        const keys = [...new Set([...awkwardKeys, prefix, `${prefix}x`, `x${prefix}`])];
        await fill(shelf, keys);
        const doomed = keys.filter((key) => key.startsWith(prefix));
        assert.equal((await deletePrefix(subject, prefix)).deleted, doomed.length);
        const kept = keys.filter((key) => !key.startsWith(prefix));
        assert.deepEqual(new Set(keysOf(await shelf.walk())), new Set(kept));
        for (const key of doomed) assert.equal(await shelf.get(key), undefined);
      },
    }),
  ),
  {
    title: 'a delete by prefix of 2,500 keys takes several steps and counts each key once',
    async run(subject) {
      const shelf = shelfOf(subject);
      await fill(shelf, [...numbered(2_500), 'kez', 'ke']);
      const removed = await deletePrefix(subject, 'key ');
      assert.equal(removed.deleted, 2_500);
      assert.ok(removed.steps > 1, `${removed.steps} steps`);
      assert.deepEqual(keysOf(await shelf.walk()), ['ke', 'kez']);
    },
  },
  {
    title: 'of a removal the expired records go too and are not counted',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (const key of ['a1', 'a2', 'a3']) {
        await shelf.set(key, 'value', { expiry: at(subject.nowMs), nowMs: subject.nowMs - 1 });
      }
      await shelf.set('a4', 'value', { expiry: at(subject.nowMs + 1) });
      await shelf.set('a5', 'value', { expiry: none });
      assert.equal((await deletePrefix(subject, 'a')).deleted, 2);
      // At a time when none of them had expired yet.
      assert.deepEqual((await shelf.list({ nowMs: subject.nowMs - 1 })).items, []);
    },
  },
  {
    title: 'a key that a removal took is created anew, with a greater revision',
    async run(subject) {
      const shelf = shelfOf(subject);
      const before = await shelf.set('key', 'value', { expiry: at(subject.nowMs + 60_000) });
      await deletePrefix(subject, 'k');
      const after = await shelf.set('key', 'new');
      assert.equal(after.outcome, 'created');
      assert.ok('revision' in before && 'revision' in after && after.revision > before.revision);
      assert.equal((await shelf.get('key', subject.nowMs + 60_000))?.value.toString(), 'new');
    },
  },
  {
    title: 'a removal takes values of 1 MB whole: the next values under the same keys come back byte for byte',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (let index = 0; index < 12; index += 1) await shelf.set(`k${index}`, patternBytes(1_000_000, index));
      assert.equal((await deletePrefix(subject, 'k')).deleted, 12);
      for (let index = 0; index < 3; index += 1) await shelf.set(`k${index}`, patternBytes(1_000_000, index + 50));
      for (let index = 0; index < 3; index += 1) {
        assert.ok((await shelf.get(`k${index}`))?.value.equals(patternBytes(1_000_000, index + 50)));
      }
    },
  },
  {
    title: 'a drop of a collection leaves those whose names begin or end alike, and other namespaces',
    async run(subject) {
      const { namespace } = subject;
      const others = [
        ...['b2', 'b-', 'b.', 'b_', 'ab', 'B'].map((name) => shelfOf(subject, name)),
        ...[`${namespace}0`, `${namespace}-`, `${namespace}.x`, `0${namespace}`].map((ns) => shelfOf(subject, 'b', ns)),
      ];
      for (const shelf of [shelfOf(subject, 'b'), ...others]) await fill(shelf, ['key', '/', '~']);
      assert.deepEqual(await drop(subject, 'b'), { deleted: 3, steps: 1 });
      assert.deepEqual((await shelfOf(subject, 'b').list()).items, []);
      for (const shelf of others) assert.deepEqual(keysOf((await shelf.list()).items), ['/', 'key', '~']);
    },
  },
  {
    title: 'a drop of a namespace takes all its collections and leaves namespaces whose names begin alike',
    async run(subject) {
      const namespace = `${subject.namespace}x`;
      const neighbours = [`${namespace}0`, `${namespace}-`, `${namespace}.`, `${namespace}_`, namespace.slice(0, -1)];
      for (const name of ['a', 'a-b', 'z', '0']) await fill(shelfOf(subject, name, namespace), ['one', 'two']);
      for (const ns of neighbours) await fill(shelfOf(subject, 'a', ns), ['one']);
      assert.equal((await drop(subject, undefined, namespace)).deleted, 8);
      for (const name of ['a', 'a-b', 'z', '0']) {
        assert.deepEqual((await shelfOf(subject, name, namespace).list()).items, []);
      }
      for (const ns of neighbours) assert.deepEqual(keysOf((await shelfOf(subject, 'a', ns).list()).items), ['one']);
    },
  },
  {
    title: 'a drop of 2,500 keys in three collections takes several steps, and another drop finds nothing',
    async run(subject) {
      const namespace = `${subject.namespace}x`;
      for (const name of ['a', 'b', 'c']) await fill(shelfOf(subject, name, namespace), numbered(833));
      await fill(shelfOf(subject, 'b', namespace), ['one more']);
      const removed = await drop(subject, undefined, namespace);
      assert.equal(removed.deleted, 2_500);
      assert.ok(removed.steps > 1, `${removed.steps} steps`);
      assert.deepEqual(await drop(subject, undefined, namespace), { deleted: 0, steps: 1 });
    },
  },
  {
    title: 'two drops of one collection at once remove each key, and count it once between them',
    async run(subject) {
      await fill(shelfOf(subject), numbered(1_500));
      const both = await Promise.all([drop(subject, shelfName), drop(subject, shelfName)]);
      assert.equal(both[0].deleted + both[1].deleted, 1_500);
      assert.deepEqual((await shelfOf(subject).list()).items, []);
    },
  },
];
