import assert from 'node:assert/strict';
import { type ContractCase, keysOf, revisionOf } from './contract-case.ts';
import { at, keep, none, shelfOf } from './subject.ts';

export const writeCases: readonly ContractCase[] = [
  {
    title: 'a set of an absent key creates it, and it is readable at once',
    async run(subject) {
      const shelf = shelfOf(subject);
      const outcome = await shelf.set('key', 'value', { contentType: 'text/html' });
      assert.deepEqual(outcome, { outcome: 'created', revision: revisionOf(outcome), expiresAtMs: undefined });
      const head = { revision: revisionOf(outcome), contentType: 'text/html', size: 5, expiresAtMs: undefined };
      assert.deepEqual(await shelf.get('key'), { ...head, value: Buffer.from('value') });
      assert.deepEqual(await shelf.head('key'), head);
    },
  },
  {
    title: 'a set of a live key replaces value, media type and revision',
    async run(subject) {
      const shelf = shelfOf(subject);
      const first = revisionOf(await shelf.set('key', 'one', { contentType: 'text/html' }));
      const outcome = await shelf.set('key', 'second', { contentType: 'image/png' });
      assert.equal(outcome.outcome, 'replaced');
      const record = await shelf.get('key');
      assert.equal(record?.value.toString(), 'second');
      assert.equal(record.contentType, 'image/png');
      assert.equal(record.revision, revisionOf(outcome));
      assert.ok(record.revision > first);
    },
  },
  {
    title: 'every write has a greater revision than the one before, and reads show it',
    async run(subject) {
      const shelf = shelfOf(subject);
      const seen = [
        revisionOf(await shelf.set('key', '1')),
        revisionOf(await shelf.touch('key', at(subject.nowMs + 60_000))),
        revisionOf(await shelf.set('key', '1', { expiry: keep })),
        revisionOf(await shelf.touch('key', none)),
        revisionOf(await shelf.set('key', '1')),
      ];
      assert.deepEqual([...seen].sort(), seen);
      assert.equal(new Set(seen).size, seen.length);
      assert.equal((await shelf.head('key'))?.revision, seen.at(-1));
    },
  },
  {
    title: 'get, head, touch and delete of a key that never was say absent',
    async run(subject) {
      const shelf = shelfOf(subject);
      assert.equal(await shelf.get('key'), undefined);
      assert.equal(await shelf.head('key'), undefined);
      assert.deepEqual(await shelf.touch('key', none), { outcome: 'absent' });
      assert.deepEqual(await shelf.delete('key'), { outcome: 'absent' });
    },
  },
  {
    title: 'a delete removes the record from every read, and a second one finds nothing',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value');
      assert.deepEqual(await shelf.delete('key'), { outcome: 'deleted' });
      assert.equal(await shelf.get('key'), undefined);
      assert.equal(await shelf.head('key'), undefined);
      assert.deepEqual((await shelf.list()).items, []);
      assert.deepEqual(await shelf.delete('key'), { outcome: 'absent' });
      assert.deepEqual(await shelf.touch('key', none), { outcome: 'absent' });
    },
  },
  {
    title: 'a set after a delete creates, with a new revision',
    async run(subject) {
      const shelf = shelfOf(subject);
      const first = revisionOf(await shelf.set('key', 'value', { expiry: at(subject.nowMs + 60_000) }));
      await shelf.delete('key');
      const again = await shelf.set('key', 'value');
      assert.equal(again.outcome, 'created');
      assert.ok(revisionOf(again) > first);
      assert.equal((await shelf.head('key'))?.expiresAtMs, undefined);
    },
  },
  {
    title: 'a touch changes expiry and revision, and neither value nor media type',
    async run(subject) {
      const shelf = shelfOf(subject);
      const before = revisionOf(await shelf.set('key', 'value', { contentType: 'image/png' }));
      const expiresAtMs = subject.nowMs + 60_000;
      const touched = await shelf.touch('key', at(expiresAtMs));
      const head = { revision: revisionOf(touched), contentType: 'image/png', size: 5, expiresAtMs };
      assert.deepEqual(touched, { outcome: 'touched', head });
      assert.ok(head.revision > before);
      assert.deepEqual(await shelf.get('key'), { ...head, value: Buffer.from('value') });
    },
  },
  {
    title: 'a touch without an expiry ends the expiry before',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value', { expiry: at(subject.nowMs + 1_000) });
      await shelf.touch('key', none);
      assert.equal((await shelf.head('key', subject.nowMs + 1_000))?.expiresAtMs, undefined);
    },
  },
  {
    title: 'a set without an expiry ends the expiry before',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value', { expiry: at(subject.nowMs + 1_000) });
      assert.equal((await shelf.set('key', 'value')).outcome, 'replaced');
      assert.equal((await shelf.get('key', subject.nowMs + 1_000))?.expiresAtMs, undefined);
    },
  },
  {
    title: 'a set that keeps the expiry keeps that of the live record, and says which',
    async run(subject) {
      const shelf = shelfOf(subject);
      const expiresAtMs = subject.nowMs + 86_400_000;
      await shelf.set('key', 'value', { expiry: at(expiresAtMs) });
      const kept = await shelf.set('key', 'other value', { expiry: keep });
      assert.deepEqual(kept, { outcome: 'replaced', revision: revisionOf(kept), expiresAtMs });
      assert.equal((await shelf.get('key'))?.value.toString(), 'other value');
      assert.equal((await shelf.head('key'))?.expiresAtMs, expiresAtMs);
      assert.equal(await shelf.get('key', expiresAtMs), undefined);
    },
  },
  {
    title: 'a set that keeps the expiry of a record without one sets none',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value');
      const kept = await shelf.set('key', 'other', { expiry: keep });
      assert.deepEqual(kept, { outcome: 'replaced', revision: revisionOf(kept), expiresAtMs: undefined });
    },
  },
  {
    title: 'a set that keeps the expiry of an absent key creates without one',
    async run(subject) {
      const shelf = shelfOf(subject);
      const kept = await shelf.set('key', 'value', { expiry: keep });
      assert.deepEqual(kept, { outcome: 'created', revision: revisionOf(kept), expiresAtMs: undefined });
      assert.equal((await shelf.head('key'))?.expiresAtMs, undefined);
    },
  },
  {
    title: 'a set with an expiry says it, and head, get and list show it',
    async run(subject) {
      const shelf = shelfOf(subject);
      const expiresAtMs = subject.nowMs + 12_345;
      const outcome = await shelf.set('key', 'value', { expiry: at(expiresAtMs) });
      assert.deepEqual(outcome, { outcome: 'created', revision: revisionOf(outcome), expiresAtMs });
      assert.equal((await shelf.head('key'))?.expiresAtMs, expiresAtMs);
      assert.equal((await shelf.get('key'))?.expiresAtMs, expiresAtMs);
      assert.equal((await shelf.list()).items[0]?.expiresAtMs, expiresAtMs);
    },
  },
  {
    title: 'the same key in another collection or namespace is another record',
    async run(subject) {
      const shelves = [shelfOf(subject), shelfOf(subject, 'other'), shelfOf(subject, 'shelf', `${subject.namespace}x`)];
      for (const [index, shelf] of shelves.entries()) await shelf.set('key', `value ${index}`);
      await shelves[1]?.delete('key');
      const values = await Promise.all(shelves.map(async (shelf) => (await shelf.get('key'))?.value.toString()));
      assert.deepEqual(values, ['value 0', undefined, 'value 2']);
    },
  },
  {
    title: 'names and keys that read alike when joined never leak into one another',
    async run(subject) {
      const { namespace } = subject;
      const places = [
        [namespace, 'a', 'b/c'],
        [namespace, 'a.b', 'c'],
        [namespace, 'a-b', 'c'],
        [namespace, 'a', 'b'],
        [`${namespace}-a`, 'b', 'c'],
        [`${namespace}.a`, 'b', 'c'],
        [namespace, 'a', ':i'],
        [namespace, 'a', '{a}:r:b'],
      ] as const;
      for (const [ns, collection, key] of places)
        await shelfOf(subject, collection, ns).set(key, `${ns} ${collection} ${key}`);
      for (const [ns, collection, key] of places) {
        const shelf = shelfOf(subject, collection, ns);
        assert.equal((await shelf.get(key))?.value.toString(), `${ns} ${collection} ${key}`);
        const expected = places.filter((place) => place[0] === ns && place[1] === collection).map((place) => place[2]);
        assert.deepEqual(keysOf((await shelf.list()).items), [...expected].sort());
      }
    },
  },
];
