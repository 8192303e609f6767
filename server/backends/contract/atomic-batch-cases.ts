/** What an atomic batch promises, or, where the store has none, its refusal. */

import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { createRevisionClock } from '../../revision.ts';
import type { BatchOperation } from '../backend.ts';
import { foundText, outcomesOf, receiptOf } from './batch-cases.ts';
import { type ContractCase, patternBytes, rejectsWith, revisionOf } from './contract-case.ts';
import { at, callAt, keep, none, type Shelf, type Subject, shelfOf, step } from './subject.ts';

/** The case where the store has atomic batches; elsewhere one is refused, and nothing is written. */
function atomicCase(title: string, run: ContractCase['run'], needs?: ContractCase['needs']): ContractCase {
  return {
    title: `${title}; without atomic batches one is refused`,
    ...(needs === undefined ? {} : { needs }),
    async run(subject) {
      const { atomicBatch } = await subject.backend.capabilities(callAt(subject.nowMs));
      if (atomicBatch !== 'none') return run(subject);
      const shelf = shelfOf(subject);
      await rejectsWith('capability_unsupported', () =>
        shelf.batch([step.set(shelf.address('key'), 'value')], { receipt: receiptOf(shelf) }),
      );
      assert.deepEqual((await shelf.list()).items, []);
    },
  };
}

const missing = { ifMatch: '*' } as const;

/** Everything the shelf holds, with heads and values. */
async function contents(shelf: Shelf): Promise<string> {
  const items = await shelf.walk({ withValues: true });
  return JSON.stringify(items.map(({ value, ...head }) => ({ ...head, crc: crc32(value ?? '') })));
}

/** Batches that write `token` to each of the keys, in this order. */
function writeAll(shelf: Shelf, keys: readonly string[], token: string): readonly BatchOperation[] {
  return keys.map((key) => step.set(shelf.address(key), token));
}

async function sameTokens(shelf: Shelf, keys: readonly string[]): Promise<void> {
  const items = await shelf.items(
    keys.map((key) => step.get(shelf.address(key))),
    { atomic: true },
  );
  assert.equal(new Set(items.map(foundText)).size, 1, items.map(foundText).join());
}

async function abortLeavesNothing(subject: Subject): Promise<void> {
  const shelf = shelfOf(subject);
  const { address } = shelf;
  const large = patternBytes(600_000, 5);
  await shelf.set('large', large, { expiry: at(subject.nowMs + 60_000) });
  await shelf.set('small', 'small');
  await shelf.set('touched', 'value', { expiry: at(subject.nowMs + 60_000) });
  await shelf.set('deleted', 'value');
  const before = await contents(shelf);
  const outcome = await shelf.batch([
    step.set(address('large'), 'now small'),
    step.set(address('small'), patternBytes(300_000, 6), { expiry: at(subject.nowMs + 1_000) }),
    step.touch(address('touched'), none),
    step.delete(address('deleted')),
    step.set(address('created'), 'value'),
    step.set(address('created'), 'again'),
    step.set(address('absent'), 'value', { condition: missing }),
    step.set(address('after'), 'value'),
  ]);
  assert.deepEqual(outcome, {
    outcome: 'aborted',
    index: 6,
    failure: { outcome: 'precondition_failed', current: undefined },
  });
  assert.equal(await contents(shelf), before);
  assert.ok((await shelf.get('large'))?.value.equals(large));
}

export const atomicBatchCases: readonly ContractCase[] = [
  atomicCase('an atomic batch whose conditions hold does all of it', async (subject) => {
    const shelf = shelfOf(subject);
    const { address } = shelf;
    const revision = revisionOf(await shelf.set('a', 'before', { expiry: at(subject.nowMs + 60_000) }));
    const items = await shelf.items(
      [
        step.get(address('a')),
        step.set(address('a'), 'after', { condition: { ifMatch: [revision] }, expiry: keep }),
        step.get(address('a')),
        step.set(address('b'), patternBytes(300_000, 3), { condition: { ifNoneMatch: '*' } }),
        step.touch(address('b'), at(subject.nowMs + 1_000), { condition: { ifMatch: '*' } }),
        step.delete(address('absent')),
        step.touch(address('absent'), none),
        step.get(address('absent')),
        step.delete(address('b')),
        step.set(address('b'), 'last', { condition: { ifNoneMatch: '*' } }),
        step.get(address('b')),
      ],
      { atomic: true },
    );
    assert.deepEqual(outcomesOf(items), [
      ...['found', 'replaced', 'found', 'created', 'touched', 'absent', 'absent', 'absent', 'deleted'],
      ...['created', 'found'],
    ]);
    assert.deepEqual([items[0], items[2], items[10]].map(foundText), ['before', 'after', 'last']);
    const a = await shelf.get('a');
    assert.equal(a?.value.toString(), 'after');
    assert.equal(a.expiresAtMs, subject.nowMs + 60_000);
    assert.ok(items[1]?.outcome === 'replaced' && items[1].revision === a.revision);
    assert.equal(await shelf.head('b').then((head) => head?.expiresAtMs), undefined);
  }),
  atomicCase('an aborted batch leaves nothing of what stood before the failed condition', abortLeavesNothing),
  atomicCase('an aborted batch leaves nothing while other writes go on beside it', async (subject) => {
    const shelf = shelfOf(subject);
    const others = shelfOf(subject, 'others');
    const aborted = async (index: number): Promise<void> => {
      const outcome = await shelf.batch([
        step.set(shelf.address(`leftover ${index}`), 'value'),
        step.set(shelf.address('absent'), 'value', { condition: missing }),
      ]);
      assert.equal(outcome.outcome, 'aborted');
    };
    const written = async (index: number): Promise<void> => {
      assert.equal((await others.set(`key ${index}`, 'value')).outcome, 'created');
    };
    const indexes = Array.from({ length: 60 }, (_, index) => index);
    await Promise.all(indexes.flatMap((index) => [written(index), aborted(index)]));
    assert.deepEqual((await shelf.list()).items, []);
    assert.equal((await others.walk()).length, 60);
  }),
  atomicCase('the first failed condition aborts, and it says which and what the key has', async (subject) => {
    const shelf = shelfOf(subject);
    const { address } = shelf;
    const revision = revisionOf(await shelf.set('key', 'value'));
    const outcome = await shelf.batch([
      step.get(address('absent')),
      step.set(address('key'), 'x', { condition: { ifNoneMatch: '*' } }),
      step.set(address('absent'), 'x', { condition: missing }),
    ]);
    assert.deepEqual(outcome, {
      outcome: 'aborted',
      index: 1,
      failure: { outcome: 'precondition_failed', current: revision },
    });
  }),
  atomicCase('conditions see what the operations before them would do', async (subject) => {
    const shelf = shelfOf(subject);
    const { address } = shelf;
    const old = revisionOf(await shelf.set('key', 'value'));
    const ended = await shelf.batch([
      step.touch(address('key'), at(subject.nowMs)),
      step.set(address('key'), 'x', { condition: missing }),
    ]);
    assert.equal(ended.outcome === 'aborted' && ended.index, 1);
    const replaced = await shelf.batch([
      step.set(address('key'), 'x'),
      step.set(address('key'), 'y', { condition: { ifMatch: [old] } }),
    ]);
    assert.equal(replaced.outcome === 'aborted' && replaced.index, 1);
    const gone = await shelf.batch([
      step.delete(address('key')),
      step.set(address('key'), 'y', { condition: { ifMatch: [old] } }),
    ]);
    assert.equal(gone.outcome === 'aborted' && gone.index, 1);
    assert.equal((await shelf.head('key'))?.revision, old);
  }),
  atomicCase('a receipt goes with an atomic batch, and tells of an aborted one', async (subject) => {
    const shelf = shelfOf(subject);
    const { address } = shelf;
    await shelf.set('receipt', 'running');
    await shelf.batch([step.set(address('a'), 'a')], { receipt: receiptOf(shelf) });
    assert.equal((await shelf.get('receipt'))?.value.toString(), 'created');
    await shelf.batch([step.set(address('b'), 'b', { condition: missing })], { receipt: receiptOf(shelf) });
    assert.equal((await shelf.get('receipt'))?.value.toString(), 'aborted at 0');
    assert.equal(await shelf.get('b'), undefined);
  }),
  atomicCase('concurrent batches that write one token to ten keys never leave or show a mixture', async (subject) => {
    const shelf = shelfOf(subject);
    const keys = Array.from({ length: 10 }, (_, index) => `key ${index}`);
    await shelf.batch(writeAll(shelf, keys, 'start'));
    let writing = true;
    const write = async (writer: number): Promise<void> => {
      const order = writer % 2 === 0 ? keys : keys.toReversed();
      for (let round = 0; round < 15; round += 1) await shelf.batch(writeAll(shelf, order, `${writer} ${round}`));
    };
    const read = async (): Promise<void> => {
      while (writing) {
        await sameTokens(shelf, keys);
        await new Promise(setImmediate);
      }
    };
    const writers = Promise.all([0, 1, 2, 3].map(write)).finally(() => {
      writing = false;
    });
    await Promise.all([writers, read(), read()]);
    await sameTokens(shelf, keys);
  }),
  atomicCase('of 20 concurrent batches that create the same two keys exactly one goes through', async (subject) => {
    const shelf = shelfOf(subject);
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, (_, index) => {
        const order = index % 2 === 0 ? ['a', 'b'] : ['b', 'a'];
        return shelf.batch(
          order.map((key) => step.set(shelf.address(key), `${index}`, { condition: { ifNoneMatch: '*' } })),
        );
      }),
    );
    const winners = outcomes.flatMap(({ outcome }, index) => (outcome === 'done' ? [String(index)] : []));
    assert.equal(winners.length, 1);
    assert.equal((await shelf.get('a'))?.value.toString(), winners[0]);
    assert.equal((await shelf.get('b'))?.value.toString(), winners[0]);
  }),
  atomicCase('an atomic batch moves past revisions that a faster clock has written', async (subject) => {
    const shelf = shelfOf(subject);
    const { address } = shelf;
    const ahead = createRevisionClock({ now: () => Date.now() + 3_600_000, node: Buffer.alloc(8, 0x99) });
    subject.useRevisions(ahead);
    const stored = [revisionOf(await shelf.set('a', 'ahead')), revisionOf(await shelf.set('b', 'ahead'))];
    subject.useRevisions(createRevisionClock({ now: Date.now, node: Buffer.alloc(8, 0x22) }));
    const items = await shelf.items(
      [step.set(address('a'), 'x'), step.touch(address('b'), none), step.set(address('b'), 'y')],
      { atomic: true },
    );
    assert.deepEqual(outcomesOf(items), ['replaced', 'touched', 'replaced']);
    for (const [index, key] of ['a', 'b'].entries()) {
      assert.ok(((await shelf.head(key))?.revision ?? '') > (stored[index] ?? ''));
    }
  }),
  atomicCase('a batch whose deadline has passed does nothing', async (subject) => {
    const shelf = shelfOf(subject);
    const request = { operations: [step.set(shelf.address('key'), 'value')], atomic: true, receipt: undefined };
    await rejectsWith('store_unavailable', () => subject.backend.batch(request, callAt(subject.nowMs, 0)));
    assert.equal(await shelf.get('key'), undefined);
  }),
  atomicCase(
    'a get of a damaged record fails by itself, and the writes of its atomic batch are done',
    async (subject) => {
      const { damage } = subject.hooks;
      assert.ok(damage);
      const shelf = shelfOf(subject);
      const value = Buffer.from(`the value of ${subject.namespace}, to be damaged`);
      await shelf.set('key', value);
      await damage(shelf.address('key'), value);
      const items = await shelf.items([step.get(shelf.address('key')), step.set(shelf.address('other'), 'x')], {
        atomic: true,
      });
      assert.deepEqual(outcomesOf(items), ['failed', 'created']);
    },
    'damage',
  ),
];
