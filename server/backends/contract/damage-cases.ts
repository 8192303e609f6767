import assert from 'node:assert/strict';
import { type ContractCase, keysOf, rejectsWith, revisionOf } from './contract-case.ts';
import { at, callAt, keep, none, type Shelf, type Subject, shelfOf } from './subject.ts';

/** Damages the value of the key `key` and returns its shelf. */
async function damaged(subject: Subject): Promise<Shelf> {
  const { damage } = subject.hooks;
  assert.ok(damage);
  const shelf = shelfOf(subject);
  const value = Buffer.from(`the value of ${subject.namespace}, to be damaged`);
  await shelf.set('key', value);
  await damage(shelf.address('key'), value);
  return shelf;
}

/** Damages the head of the key `key` and returns its shelf. */
async function headDamaged(subject: Subject): Promise<Shelf> {
  const { damageHead } = subject.hooks;
  assert.ok(damageHead);
  const shelf = shelfOf(subject);
  await shelf.set('key', 'its head is damaged');
  await damageHead(shelf.address('key'));
  return shelf;
}

/** Sound neighbours on both sides. */
async function beside(shelf: Shelf): Promise<void> {
  await shelf.set('a', 'before');
  await shelf.set('z', 'after');
}

async function listsAsDamaged({ backend, namespace, nowMs }: Subject, key: string, withValues: boolean): Promise<void> {
  const list = { namespace, collection: 'shelf', prefix: '', after: undefined, limit: 10, withValues };
  const { items, examinedTo } = await backend.list(list, callAt(nowMs));
  assert.deepEqual(keysOf(items), ['a', key, 'z']);
  assert.deepEqual(items[1], { key, damaged: true });
  assert.equal(examinedTo, undefined);
}

export const damageCases: readonly ContractCase[] = [
  {
    title: 'a value that was damaged in the store is an error in get, never data; a listing names it and goes on',
    needs: 'damage',
    async run(subject) {
      const shelf = await damaged(subject);
      await beside(shelf);
      await rejectsWith('record_corrupt', () => shelf.get('key'));
      await listsAsDamaged(subject, 'key', true);
      assert.equal((await shelf.list()).items.length, 3);
    },
  },
  {
    title: 'a damaged record can be overwritten and deleted',
    needs: 'damage',
    async run(subject) {
      const shelf = await damaged(subject);
      assert.equal((await shelf.set('key', 'mended')).outcome, 'replaced');
      assert.equal((await shelf.get('key'))?.value.toString(), 'mended');
      const again = await damaged(subject);
      assert.deepEqual(await again.delete('key'), { outcome: 'deleted' });
    },
  },
  {
    title: 'a record whose head is damaged is neither absent nor expired, and a listing names it and goes on',
    needs: 'damageHead',
    async run(subject) {
      const shelf = await headDamaged(subject);
      await beside(shelf);
      await rejectsWith('record_corrupt', () => shelf.get('key'));
      await rejectsWith('record_corrupt', () => shelf.head('key'));
      await listsAsDamaged(subject, 'key', true);
      await listsAsDamaged(subject, 'key', false);
    },
  },
  {
    title: 'on a damaged head nothing is decided: no condition, no touch, no expiry to keep',
    needs: 'damageHead',
    async run(subject) {
      const shelf = await headDamaged(subject);
      for (const condition of [{ ifMatch: '*' }, { ifNoneMatch: '*' }, { ifNoneMatch: [] }] as const) {
        await rejectsWith('record_corrupt', () => shelf.set('key', 'new', { condition }));
        await rejectsWith('record_corrupt', () => shelf.delete('key', { condition }));
        await rejectsWith('record_corrupt', () => shelf.touch('key', none, { condition }));
      }
      await rejectsWith('record_corrupt', () => shelf.touch('key', at(subject.nowMs + 60_000)));
      await rejectsWith('record_corrupt', () => shelf.set('key', 'new', { expiry: keep }));
      await rejectsWith('record_corrupt', () => shelf.get('key'));
    },
  },
  {
    title: 'a record whose head is damaged can be overwritten and deleted, and is whole again',
    needs: 'damageHead',
    async run(subject) {
      const shelf = await headDamaged(subject);
      assert.equal((await shelf.set('key', 'mended')).outcome, 'replaced');
      assert.equal((await shelf.get('key'))?.value.toString(), 'mended');
      const touched = await shelf.touch('key', at(subject.nowMs + 60_000));
      assert.equal((await shelf.head('key'))?.revision, revisionOf(touched));
      const kept = await shelf.set('key', 'kept', { expiry: keep });
      assert.equal((await shelf.head('key'))?.revision, revisionOf(kept));
      assert.equal((await shelf.head('key'))?.expiresAtMs, subject.nowMs + 60_000);
      const again = await headDamaged(subject);
      assert.deepEqual(await again.delete('key'), { outcome: 'deleted' });
      assert.equal(await again.get('key'), undefined);
    },
  },
];
