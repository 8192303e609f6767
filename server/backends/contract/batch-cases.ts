/** Batches whose operations stand by themselves. What only an atomic one promises: atomic-batch-cases.ts. */

import assert from 'node:assert/strict';
import type { BatchItem, BatchOperation, BatchReceipt } from '../backend.ts';
import { maxBatchReadBytes } from '../limits.ts';
import { type ContractCase, patternBytes } from './contract-case.ts';
import { at, keep, none, type Shelf, shelfOf, step } from './subject.ts';

export function outcomesOf(items: readonly BatchItem[]): readonly string[] {
  return items.map(({ outcome }) => outcome);
}

/** The value that a get of the batch found. */
export function foundText(item: BatchItem | undefined): string | undefined {
  return item?.outcome === 'found' ? item.record.value.toString() : undefined;
}

/** A receipt under the shelf's key `receipt` that tells what the batch came to. */
export function receiptOf(shelf: Shelf): BatchReceipt {
  return {
    address: shelf.address('receipt'),
    write: (outcome) => ({
      value: Buffer.from(outcome.outcome === 'done' ? outcomesOf(outcome.items).join() : `aborted at ${outcome.index}`),
      contentType: 'text/plain',
      expiry: none,
      condition: undefined,
    }),
  };
}

export const batchCases: readonly ContractCase[] = [
  {
    title: 'each operation has its own outcome, in the order of the request',
    async run(subject) {
      const shelf = shelfOf(subject);
      const { address } = shelf;
      await shelf.set('live', 'before', { expiry: at(subject.nowMs + 60_000) });
      await shelf.set('expired', 'before', { expiry: at(subject.nowMs), nowMs: subject.nowMs - 1 });
      const items = await shelf.items([
        step.set(address('new'), 'value', { contentType: 'text/html' }),
        step.get(address('live')),
        step.get(address('absent')),
        step.get(address('expired')),
        step.touch(address('live'), none),
        step.touch(address('absent'), none),
        step.set(address('expired'), 'after'),
        step.delete(address('absent')),
        step.set(address('live'), 'after'),
        step.delete(address('live')),
        step.set(address('other'), 'value', { condition: { ifMatch: '*' } }),
      ]);
      assert.deepEqual(outcomesOf(items), [
        'created',
        'found',
        'absent',
        'absent',
        'touched',
        'absent',
        'created',
        'absent',
        'replaced',
        'deleted',
        'precondition_failed',
      ]);
      const record = await shelf.get('new');
      const [created, read] = items;
      assert.ok(created?.outcome === 'created' && created.revision === record?.revision);
      assert.equal(record.contentType, 'text/html');
      assert.ok(read?.outcome === 'found');
      assert.equal(read.record.value.toString(), 'before');
      assert.equal(read.record.expiresAtMs, subject.nowMs + 60_000);
      assert.equal((await shelf.get('expired'))?.value.toString(), 'after');
    },
  },
  {
    title: 'a later operation on a key sees what the earlier ones did',
    async run(subject) {
      const shelf = shelfOf(subject);
      const key = shelf.address('key');
      const items = await shelf.items([
        step.get(key),
        step.set(key, 'one', { expiry: at(subject.nowMs + 1_000) }),
        step.get(key),
        step.set(key, 'two', { expiry: keep }),
        step.get(key),
        step.touch(key, none),
        step.get(key),
        step.delete(key),
        step.get(key),
        step.set(key, 'three', { condition: { ifNoneMatch: '*' } }),
        step.set(key, 'four', { condition: { ifNoneMatch: '*' } }),
        step.get(key),
      ]);
      const texts = items.map(foundText).filter((text) => text !== undefined);
      assert.deepEqual(texts, ['one', 'two', 'two', 'three']);
      const expiries = items.map((item) =>
        item.outcome === 'found' ? (item.record.expiresAtMs ?? 'none') : undefined,
      );
      const ends = subject.nowMs + 1_000;
      assert.deepEqual(expiries.filter(Boolean), [ends, ends, 'none', 'none']);
      assert.equal(items.at(-2)?.outcome, 'precondition_failed');
      assert.equal((await shelf.get('key'))?.value.toString(), 'three');
    },
  },
  ...[false, true].map((there) => ({
    title: `delete, set and delete of one key end in its absence when it was ${there ? 'there' : 'absent'} before`,
    async run(subject: Parameters<ContractCase['run']>[0]) {
      const shelf = shelfOf(subject);
      const key = shelf.address('key');
      if (there) await shelf.set('key', 'before');
      const items = await shelf.items([step.delete(key), step.set(key, 'between'), step.delete(key)]);
      assert.deepEqual(outcomesOf(items), [there ? 'deleted' : 'absent', 'created', 'deleted']);
      assert.equal(await shelf.get('key'), undefined);
      assert.deepEqual((await shelf.list()).items, []);
    },
  })),
  {
    title: 'of 50 sets of one key in a batch the last one stays, and its revision is the greatest',
    async run(subject) {
      const shelf = shelfOf(subject);
      const sets = Array.from({ length: 50 }, (_, index) => step.set(shelf.address('key'), `value ${index}`));
      const items = await shelf.items(sets);
      const revisions = items.map((item) => ('revision' in item ? item.revision : assert.fail(item.outcome)));
      assert.deepEqual([...revisions].sort(), revisions);
      const record = await shelf.get('key');
      assert.equal(record?.value.toString(), 'value 49');
      assert.equal(record.revision, revisions.at(-1));
    },
  },
  {
    title: 'conditions hold or fail for each operation, and one that fails stops no other',
    async run(subject) {
      const shelf = shelfOf(subject);
      const { address } = shelf;
      const revisions = await shelf.items([step.set(address('a'), 'a'), step.set(address('b'), 'b')]);
      const [a, b] = revisions.map((item) => ('revision' in item ? item.revision : assert.fail(item.outcome)));
      assert.ok(a !== undefined && b !== undefined);
      const items = await shelf.items([
        step.set(address('a'), 'stolen', { condition: { ifMatch: [b] } }),
        step.touch(address('a'), none, { condition: { ifNoneMatch: [a] } }),
        step.delete(address('a'), { condition: { ifMatch: [b] } }),
        step.set(address('b'), 'mine', { condition: { ifMatch: [a, b] } }),
        step.delete(address('c'), { condition: { ifMatch: '*' } }),
        step.set(address('c'), 'new', { condition: { ifNoneMatch: '*' } }),
      ]);
      const failed = { outcome: 'precondition_failed', current: a };
      assert.deepEqual(items.slice(0, 3), [failed, failed, failed]);
      assert.deepEqual(outcomesOf(items.slice(3)), ['replaced', 'absent', 'created']);
      assert.equal((await shelf.get('a'))?.value.toString(), 'a');
      assert.equal((await shelf.get('b'))?.value.toString(), 'mine');
    },
  },
  {
    title: '1,000 sets, 1,000 gets and 1,000 deletes in one batch each do all of them',
    async run(subject) {
      const shelf = shelfOf(subject);
      const addresses = Array.from({ length: 1_000 }, (_, index) => shelf.address(`key ${index}`));
      const run = async (make: (index: number) => BatchOperation): Promise<readonly BatchItem[]> =>
        shelf.items(addresses.map((_, index) => make(index)));
      const keyOf = (index: number) => addresses[index] ?? assert.fail();
      const sets = await run((index) => step.set(keyOf(index), `value ${index}`));
      assert.deepEqual(new Set(outcomesOf(sets)), new Set(['created']));
      const gets = await run((index) => step.get(keyOf(index)));
      for (const [index, item] of gets.entries()) assert.equal(foundText(item), `value ${index}`);
      const deletes = await run((index) => step.delete(keyOf(index)));
      assert.deepEqual(new Set(outcomesOf(deletes)), new Set(['deleted']));
      assert.deepEqual((await shelf.list()).items, []);
    },
  },
  {
    title: 'values of 16,000,000 bytes together are set by one batch and read by another, and nothing beyond',
    async run(subject) {
      const shelf = shelfOf(subject);
      const { address } = shelf;
      const values = [6_000_000, 300_000, 65_537, 9_634_463].map(patternBytes);
      assert.equal(
        values.reduce((sum, { length }) => sum + length, 0),
        maxBatchReadBytes,
      );
      await shelf.items(values.map((value, index) => step.set(address(`key ${index}`), value)));
      await shelf.set('one more', 'x');
      const gets = [...values.map((_, index) => step.get(address(`key ${index}`)))];
      const items = await shelf.items(gets);
      for (const [index, item] of items.entries()) {
        assert.ok(item.outcome === 'found' && values[index]?.equals(item.record.value));
      }
      const beyond = await shelf.items([...gets, step.get(address('one more'))]);
      const refused = beyond.filter((item) => item.outcome === 'failed');
      assert.equal(refused.length, 1);
      assert.ok(refused.every((item) => item.error.code === 'batch_too_large'));
    },
  },
  {
    title: 'a batch writes over several collections and namespaces, and keys that read alike stay apart',
    async run(subject) {
      const shelf = shelfOf(subject);
      const places = [
        shelf.address('b/c'),
        shelfOf(subject, 'shelf2').address('b/c'),
        shelfOf(subject, 'shelf', `${subject.namespace}-x`).address('b/c'),
        shelf.address('b'),
      ];
      await shelf.items(places.map((address, index) => step.set(address, `value ${index}`)));
      const items = await shelf.items(places.map((address) => step.get(address)));
      assert.deepEqual(items.map(foundText), ['value 0', 'value 1', 'value 2', 'value 3']);
    },
  },
  {
    title: 'a receipt is written for what the batch came to, over the record that stands there',
    async run(subject) {
      const shelf = shelfOf(subject);
      const { address } = shelf;
      await shelf.set('receipt', 'running');
      await shelf.items([step.set(address('a'), 'a'), step.get(address('absent'))], { receipt: receiptOf(shelf) });
      assert.equal((await shelf.get('receipt'))?.value.toString(), 'created,absent');
      await shelf.items([step.get(address('a'))], { receipt: receiptOf(shelf) });
      assert.equal((await shelf.get('receipt'))?.value.toString(), 'found');
    },
  },
  {
    title: 'a damaged record fails its own operation and no other, and a blind set mends it',
    needs: 'damage',
    async run(subject) {
      const { damage } = subject.hooks;
      assert.ok(damage);
      const shelf = shelfOf(subject);
      const key = shelf.address('key');
      const value = Buffer.from(`the value of ${subject.namespace}, to be damaged`);
      await shelf.set('key', value);
      await damage(key, value);
      const items = await shelf.items([step.get(key), step.set(shelf.address('other'), 'x'), step.set(key, 'mended')]);
      assert.deepEqual(outcomesOf(items), ['failed', 'created', 'replaced']);
      assert.ok(items[0]?.outcome === 'failed' && items[0].error.code === 'record_corrupt');
      assert.equal((await shelf.get('key'))?.value.toString(), 'mended');
    },
  },
];
