import assert from 'node:assert/strict';
import { decodeHead } from '../../record.ts';
import type { ListItem } from '../backend.ts';
import type { PageSink, RawRecord } from '../page-sink.ts';
import { type ContractCase, inParallel, keysOf, patternBytes } from './contract-case.ts';
import { at, none, shelfOf } from './subject.ts';

/** In bytewise order, which is neither JavaScript's order of strings (U+FFFF, emoji) nor any locale's (Z, a, e acute). */
export const awkwardKeys: readonly string[] = [
  '\0',
  '\0\0',
  '\0a',
  '\u0001',
  '\t\r\n',
  ' ',
  '"',
  '%2F',
  '*',
  '.',
  '..',
  '/',
  '//',
  '0',
  ':i',
  ':r:x',
  'Z',
  '[',
  '\\',
  'a',
  'a\0',
  'a/b',
  'aa',
  'b',
  'k'.repeat(1_024),
  '{a}',
  '}',
  '\u007f',
  '\u0080',
  'e\u0301',
  '\u00e9',
  '\u{1F600}'.repeat(256),
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{1F600}',
  '\u{10FFFF}',
].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

const awkward = (prefix: string): readonly string[] => awkwardKeys.filter((key) => key.startsWith(prefix));

function key(index: number): string {
  return `key ${String(index).padStart(4, '0')}`;
}

/** Makes of bytes the items that they stand for, at once: the engine uses them again. */
function collectInto(items: ListItem[]): PageSink {
  const keyOf = ({ keyBytes, keyFrom, keyTo }: Omit<RawRecord, 'record'>): string =>
    keyBytes.toString('utf8', keyFrom, keyTo);
  return {
    add: (raw) => void items.push({ ...decodeHead(raw.record), key: keyOf(raw), value: undefined }),
    addDamaged: (raw) => void items.push({ key: keyOf(raw), damaged: true }),
  };
}

export const listCases: readonly ContractCase[] = [
  {
    title: 'a listing of a collection that holds nothing is empty and complete',
    async run(subject) {
      assert.deepEqual(await shelfOf(subject).list(), { items: [], examinedTo: undefined });
      assert.deepEqual(await shelfOf(subject).list({ withValues: true, prefix: 'a', after: 'b' }), {
        items: [],
        examinedTo: undefined,
      });
    },
  },
  {
    title: 'every key of well-formed UTF-8 is stored, found and deleted as it is',
    async run(subject) {
      const shelf = shelfOf(subject);
      await inParallel(awkwardKeys.length, 8, async (index) => {
        const name = awkwardKeys[index] ?? '';
        assert.equal((await shelf.set(name, `value of ${index}`)).outcome, 'created');
      });
      await inParallel(awkwardKeys.length, 8, async (index) => {
        const name = awkwardKeys[index] ?? '';
        assert.equal((await shelf.get(name))?.value.toString(), `value of ${index}`);
        assert.equal((await shelf.touch(name, at(subject.nowMs + 60_000))).outcome, 'touched');
        assert.deepEqual(await shelf.delete(name), { outcome: 'deleted' });
      });
      assert.deepEqual((await shelf.list({ limit: 1_000 })).items, []);
    },
  },
  {
    title: 'a listing is in bytewise order of the keys, whole or page by page, for every prefix and start',
    async run(subject) {
      const shelf = shelfOf(subject);
      await inParallel(
        awkwardKeys.length,
        8,
        async (index) => void (await shelf.set(awkwardKeys[index] ?? '', 'value')),
      );
      assert.deepEqual(keysOf((await shelf.list({ limit: 1_000 })).items), awkwardKeys);
      for (const limit of [1, 7]) assert.deepEqual(keysOf(await shelf.walk({ limit })), awkwardKeys);
      for (const prefix of [
        '\0',
        '\u0001',
        '.',
        '/',
        ':',
        'a',
        'a/',
        'k',
        '{',
        '\ud7ff',
        '\uffff',
        '\u{1F600}',
        '\u{10FFFF}',
        'none',
      ]) {
        assert.deepEqual(keysOf((await shelf.list({ prefix })).items), awkward(prefix), JSON.stringify(prefix));
      }
      for (const [index, after] of awkwardKeys.entries()) {
        const { items } = await shelf.list({ after, limit: 3 });
        assert.deepEqual(keysOf(items), awkwardKeys.slice(index + 1, index + 4), JSON.stringify(after));
      }
    },
  },
  {
    title: 'prefix and start narrow a listing together',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (const name of ['a', 'b', 'b1', 'b2', 'b3', 'c']) await shelf.set(name, 'value');
      const keys = async (prefix: string, after: string): Promise<readonly string[]> =>
        keysOf((await shelf.list({ prefix, after })).items);
      assert.deepEqual(await keys('b', 'a'), ['b', 'b1', 'b2', 'b3']);
      assert.deepEqual(await keys('b', 'b'), ['b1', 'b2', 'b3']);
      assert.deepEqual(await keys('b', 'b15'), ['b2', 'b3']);
      assert.deepEqual(await keys('b', 'b3'), []);
      assert.deepEqual(await keys('b', 'bz'), []);
      assert.deepEqual(await keys('b', 'c'), []);
      assert.deepEqual(await keys('b2', 'a'), ['b2']);
    },
  },
  {
    title: 'a page holds at most its limit and says how far it looked; the page that ends the listing does not',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (let index = 0; index < 5; index += 1) await shelf.set(key(index), 'value');
      const first = await shelf.list({ limit: 2 });
      assert.deepEqual(keysOf(first.items), [key(0), key(1)]);
      assert.equal(first.examinedTo, key(1));
      const whole = await shelf.list({ limit: 5 });
      assert.equal(whole.items.length, 5);
      assert.equal(whole.examinedTo, undefined);
    },
  },
  {
    title: 'a walk through 250 keys sees each once, in order, with its own head and value',
    async run(subject) {
      const shelf = shelfOf(subject);
      await inParallel(250, 16, async (index) => {
        await shelf.set(key(index), `value ${index}`, { contentType: `text/x-${index}` });
      });
      const items = await shelf.walk({ limit: 100, withValues: true });
      assert.equal(items.length, 250);
      for (const [index, item] of items.entries()) {
        const record = await shelf.get(key(index));
        assert.deepEqual(item, { ...record, key: key(index) });
      }
    },
  },
  {
    title: 'a sink takes what the items of the page would be, or nothing and the items are there',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (const [index, name] of awkwardKeys.entries()) {
        const expiry = index % 3 === 0 ? at(subject.nowMs + 10 + index) : none;
        await shelf.set(name, `value of ${index}`, { expiry, contentType: `text/x-${index % 4}` });
      }
      const whole = { limit: 1_000, nowMs: subject.nowMs + 30 };
      for (const request of [whole, { ...whole, limit: 7 }, { limit: 5, prefix: 'a' }, { after: 'a/', limit: 3 }]) {
        const taken: ListItem[] = [];
        const { items, examinedTo } = await shelf.list({ ...request, sink: collectInto(taken) });
        assert.ok(taken.length === 0 || items.length === 0);
        assert.deepEqual({ items: [...taken, ...items], examinedTo }, await shelf.list(request));
      }
    },
  },
  {
    title: 'items hold values exactly when these are asked for',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value');
      const [without] = (await shelf.list()).items;
      assert.ok(without && 'value' in without && without.value === undefined && without.size === 5);
      assert.equal((await shelf.list({ withValues: true })).items[0]?.value?.toString(), 'value');
    },
  },
  {
    title: 'a page with values ends once they exceed 4 MB, and the walk goes on behind it',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (let index = 0; index < 7; index += 1) await shelf.set(key(index), patternBytes(1_000_000, index));
      const page = await shelf.list({ withValues: true });
      assert.equal(page.items.length, 5);
      assert.equal(page.examinedTo, key(4));
      const items = await shelf.walk({ withValues: true });
      assert.equal(items.length, 7);
      for (const [index, item] of items.entries()) assert.ok(item.value?.equals(patternBytes(1_000_000, index)));
      assert.equal((await shelf.list()).items.length, 7);
    },
  },
  {
    title: 'a walk over hundreds of expired records ends, and finds what is live among them',
    async run(subject) {
      const shelf = shelfOf(subject);
      await inParallel(450, 32, async (index) => {
        const expiry = index % 200 === 199 ? none : at(subject.nowMs);
        await shelf.set(key(index), 'value', { expiry, nowMs: subject.nowMs - 1 });
      });
      assert.deepEqual(keysOf(await shelf.walk({ limit: 2 })), [key(199), key(399)]);
    },
  },
  {
    title: 'a key that is present throughout appears exactly once in a walk beside writers',
    async run(subject) {
      const shelf = shelfOf(subject);
      await inParallel(60, 16, async (index) => void (await shelf.set(key(index), 'steady')));
      let walking = true;
      const disturb = async (): Promise<void> => {
        for (let index = 0; walking; index = (index + 1) % 60) {
          await shelf.set(`${key(index)} passing`, 'passing');
          await shelf.set(key(index), 'steady');
          await shelf.delete(`${key(index)} passing`);
        }
      };
      const walk = async (): Promise<void> => {
        try {
          for (let round = 0; round < 5; round += 1) {
            const seen = keysOf(await shelf.walk({ limit: 7 })).filter((name) => !name.endsWith('passing'));
            assert.deepEqual(
              seen,
              Array.from({ length: 60 }, (_, index) => key(index)),
            );
          }
        } finally {
          walking = false;
        }
      };
      await Promise.all([walk(), disturb()]);
    },
  },
  {
    title: 'a listing holds none of a collection or namespace whose name begins or ends alike',
    async run(subject) {
      const { namespace } = subject;
      for (const name of ['b', 'b2', 'b-', 'b.', 'ab']) await shelfOf(subject, name).set(`only in ${name}`, 'value');
      for (const ns of [`${namespace}0`, `${namespace}-`, `0${namespace}`])
        await shelfOf(subject, 'b', ns).set('foreign', 'value');
      assert.deepEqual(keysOf((await shelfOf(subject, 'b').list()).items), ['only in b']);
    },
  },
];
