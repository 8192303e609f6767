/** Atomic batches: all or nothing. */

import { type Batches, defineAtomicCase, openBatches } from '../batch.ts';
import { expectBody, expectEqual, expectProblem, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import type { Case, Stage } from '../suite.ts';

const atomic = { atomic: true };

/** Demands an abort at `index`, with the current entity tag of that key, and returns what the collection holds. */
async function expectAbort(
  stage: Stage,
  steps: (b: Batches) => readonly object[],
  expected: { readonly index: number; readonly etag?: string },
): Promise<unknown> {
  const answer = await openBatches(stage).send(steps(openBatches(stage)), atomic);
  const { index, reason, etag } = expectProblem(answer, 409, 'batch_aborted');
  expectEqual('the index', index, expected.index, answer);
  expectEqual('the reason', reason, 'precondition_failed', answer);
  expectEqual('the entity tag', etag, expected.etag, answer);
  return (await openCollection(stage).list('values=true')).json();
}

export const atomicBatchCases: readonly Case[] = [
  defineAtomicCase('batch/atomic-done', 'An atomic batch whose conditions hold does all of it', async (stage) => {
    const b = openBatches(stage);
    const c = openCollection(stage);
    const etag = await c.store('a', 'before');
    const results = await b.run(
      [
        b.get('a'),
        b.set('a', 'after', { ifMatch: etag }),
        b.get('a'),
        b.set('b', 'new', { ifNoneMatch: '*' }),
        b.delete('b'),
      ],
      [200, 200, 200, 200, 204],
      atomic,
    );
    expectEqual('what the gets saw', [results[0]?.text, results[2]?.text], ['before', 'after']);
    expectBody(await c.get('a'), 'after');
    expectProblem(await c.get('b'), 404, 'key_not_found');
  }),
  defineAtomicCase(
    'batch/atomic-absent',
    'An absent key is an item of 404 in a 200, and aborts nothing',
    async (stage) => {
      const b = openBatches(stage);
      const steps = [
        b.get('no'),
        b.delete('no'),
        b.touch('no', { persist: true }),
        b.delete('no', { ifMatch: '*' }),
        b.set('k', 'v'),
      ];
      await b.run(steps, [404, 404, 404, 404, 200], atomic);
      expectBody(await openCollection(stage).get('k'), 'v');
    },
  ),
  defineAtomicCase(
    'batch/atomic-abort',
    'A failed condition is 409 with its index and the current entity tag, and nothing is kept',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'v');
      await c.store('d', 'd');
      const before = (await c.list('values=true')).json();
      const after = await expectAbort(
        stage,
        (b) => [
          b.set('new', 'v'),
          b.delete('d'),
          b.set('d', 'again', { ttlMs: 1_000 }),
          b.set('k', 'x', { ifNoneMatch: '*' }),
          b.set('last', 'v'),
        ],
        { index: 3, etag },
      );
      expectEqual('the collection', after, before);
    },
  ),
  defineAtomicCase(
    'batch/atomic-abort-absent',
    'A failed condition on an absent key is 409 without an entity tag',
    async (stage) => {
      const after = await expectAbort(stage, (b) => [b.set('a', 'v'), b.set('b', 'v', { ifMatch: '*' })], { index: 1 });
      expectEqual('the collection', after, { items: [] });
    },
  ),
  defineAtomicCase(
    'batch/atomic-sees-itself',
    'Conditions see what earlier operations of the batch would do',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'v');
      const aborts: readonly (readonly [number, (b: Batches) => readonly object[]])[] = [
        [1, (b) => [b.delete('k'), b.set('k', 'x', { ifMatch: '*' })]],
        [1, (b) => [b.set('k', 'x'), b.set('k', 'y', { ifMatch: etag })]],
        [1, (b) => [b.set('n', 'x'), b.set('n', 'y', { ifNoneMatch: '*' })]],
      ];
      for (const [index, steps] of aborts) {
        const answer = await openBatches(stage).send(steps(openBatches(stage)), atomic);
        expectEqual('the index', expectProblem(answer, 409, 'batch_aborted').index, index, answer);
      }
      const b = openBatches(stage);
      await b.run(
        [b.delete('k'), b.set('k', 'x', { ifNoneMatch: '*' }), b.set('n', 'x'), b.set('n', 'y', { ifMatch: '*' })],
        [204, 200, 200, 200],
        atomic,
      );
    },
  ),
  defineAtomicCase(
    'batch/atomic-false',
    'A batch that says atomic false is like one that says nothing',
    async (stage) => {
      const b = openBatches(stage);
      await b.run([b.set('a', 'v'), b.set('b', 'v', { ifMatch: '*' })], [200, 412], { atomic: false });
      expectTrue((await openCollection(stage).get('a')).status === 200, 'the first operation to be done', 'it is not');
    },
  ),
];
