/** Batches whose operations stand by themselves. */

import { type BatchOptions, batchPath, defineAtomicCase, defineBatchCase, openBatches, resultsOf } from '../batch.ts';
import { expectBody, expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import type { Case, Stage } from '../suite.ts';

const never = `"${'f'.repeat(32)}"`;

async function expectExpiries(stage: Stage, options: BatchOptions): Promise<void> {
  const b = openBatches(stage);
  const c = openCollection(stage);
  const expiresAt = '2099-12-31T23:59:59.999Z';
  /** No whole seconds: the server's clock, before and after the batch, says when such a record ends. */
  const ttlMs = 60_999;
  const endOf = async (key: string): Promise<string> => {
    const answer = expectStatus(await c.put(key, 'v', { query: `ttlMs=${ttlMs}` }), 201);
    return expectHeader(answer, 'commander-expires-at', /Z$/);
  };
  const before = await endOf('before');
  const results = await b.run(
    [
      b.set('at', 'v', { expiresAt }),
      b.set('kept', 'v', { expiresAt }),
      b.set('kept', 'w', { keepTtl: true }),
      b.set('cleared', 'v', { expiresAt }),
      b.set('cleared', 'w'),
      b.set('persisted', 'v', { ttlMs }),
      b.touch('persisted', { persist: true }),
      b.set('touched', 'v'),
      b.touch('touched', { expiresAt }),
      b.set('in', 'v', { ttlMs: 3_155_760_000_000 }),
      b.touch('in', { ttlMs }),
    ],
    Array(11).fill(200),
    options,
  );
  const after = await endOf('after');
  const told = results.map((result) => result.expiresAt);
  const until = [
    expiresAt,
    expiresAt,
    expiresAt,
    expiresAt,
    undefined,
    told[5],
    undefined,
    undefined,
    expiresAt,
    told[9],
    told[10],
  ];
  expectEqual('the expiries of the results', told.map(String), until.map(String));
  expectTrue(Number(told[9]?.slice(0, 4)) > 2_100, 'an expiry in 100 years', String(told[9]));
  for (const end of [told[5], told[10]]) {
    const between = end !== undefined && before <= end && end <= after;
    expectTrue(between, `an expiry from ${before} to ${after}`, String(end));
  }
  for (const [key, expiry] of [
    ['at', expiresAt],
    ['kept', expiresAt],
    ['cleared', undefined],
    ['persisted', undefined],
    ['touched', expiresAt],
  ] as const) {
    expectHeader(expectStatus(await c.get(key), 200), 'commander-expires-at', expiry);
  }
}

export const batchCases: readonly Case[] = [
  defineBatchCase('batch/each-kind', 'A batch sets, gets, touches and deletes, with one result each', async (stage) => {
    const b = openBatches(stage);
    const c = openCollection(stage);
    const etag = await c.store('there', 'before', { headers: { 'Content-Type': 'text/x-before' } });
    const [set, get, touch, gone] = await b.run(
      [b.set('new', 'value'), b.get('there'), b.touch('there', { ttlMs: 60_000 }), b.delete('there')],
      [200, 200, 200, 204],
    );
    expectEqual('the read', get, {
      ...{ status: 200, key: 'there', etag, contentType: 'text/x-before', size: 6 },
      text: 'before',
    });
    expectTrue(touch?.etag !== undefined && touch.etag !== etag, 'a new entity tag', String(touch?.etag));
    expectTrue(touch?.expiresAt !== undefined, 'an expiry', 'none');
    expectEqual('the delete', gone, { status: 204, key: 'there' });
    const stored = expectStatus(await c.get('new'), 200);
    expectBody(stored, 'value');
    expectHeader(stored, 'etag', set?.etag);
    expectProblem(await c.get('there'), 404, 'key_not_found');
  }),
  defineBatchCase(
    'batch/not-found',
    'Get, touch and delete of an absent key are items of 404 in a 207',
    async (stage) => {
      const b = openBatches(stage);
      const results = await b.run(
        [b.get('no'), b.touch('no', { persist: true }), b.delete('no'), b.set('yes', 'v')],
        [404, 404, 404, 200],
      );
      expectEqual('an item', results[0], { status: 404, key: 'no', error: 'key_not_found' });
    },
  ),
  defineBatchCase('batch/replaced', 'A set is 200 whether it creates or replaces', async (stage) => {
    const b = openBatches(stage);
    await b.run([b.set('k', '1'), b.set('k', '2')], [200, 200]);
    expectBody(await openCollection(stage).get('k'), '2');
  }),
  defineBatchCase(
    'batch/order',
    'Delete, set, delete of one key ends in its absence, and gets see each step',
    async (stage) => {
      const b = openBatches(stage);
      const steps = [
        b.delete('k'),
        b.set('k', 'one'),
        b.get('k'),
        b.set('k', 'two'),
        b.get('k'),
        b.delete('k'),
        b.get('k'),
      ];
      const results = await b.run(steps, [404, 200, 200, 200, 200, 204, 404]);
      expectEqual('what the gets saw', results.map(({ text }) => text).filter(Boolean), ['one', 'two']);
      expectProblem(await openCollection(stage).get('k'), 404, 'key_not_found');
    },
  ),
  defineBatchCase(
    'batch/conditions',
    'A failed condition is an item of 412 that tells the current entity tag',
    async (stage) => {
      const b = openBatches(stage);
      const old = await openCollection(stage).store('k', 'u');
      const etag = await openCollection(stage).store('k', 'v');
      const results = await b.run(
        [
          b.set('k', 'x', { ifNoneMatch: '*' }),
          b.set('k', 'x', { ifMatch: never }),
          b.touch('k', { persist: true, ifNoneMatch: `${old}, ${etag}` }),
          b.delete('k', { ifMatch: `W/${etag}` }),
          b.delete('k', { ifMatch: old }),
          b.set('absent', 'x', { ifMatch: '*' }),
          b.set('k', 'y', { ifMatch: `${never}, ${old} ,${etag}` }),
        ],
        [412, 412, 412, 412, 412, 412, 200],
      );
      const failed = { status: 412, key: 'k', error: 'precondition_failed', etag };
      for (const result of results.slice(0, 5)) expectEqual('the item', result, failed);
      expectEqual('the item of an absent key', results[5]?.etag, undefined);
      expectBody(await openCollection(stage).get('k'), 'y');
    },
  ),
  defineBatchCase(
    'batch/ttl',
    'The members ttlMs, expiresAt, keepTtl and persist hold for their own operation',
    (stage) => expectExpiries(stage, { atomic: false }),
  ),
  defineAtomicCase(
    'batch/atomic-ttl',
    'In an atomic batch ttlMs, expiresAt, keepTtl and persist hold for their own operation, seen by those after it',
    (stage) => expectExpiries(stage, { atomic: true }),
  ),
  defineBatchCase(
    'batch/keys',
    'A key stands in a batch as it is: not percent-decoded, dots and slashes and all',
    async (stage) => {
      const b = openBatches(stage);
      const keys = [
        '.',
        '..',
        '%2F',
        'a/b',
        '\u0000',
        '\u{1F600}',
        'é',
        'e\u0301',
        '"',
        '__proto__',
        'x'.repeat(1_024),
      ];
      await b.run(
        keys.map((key) => b.set(key, `of ${key}`)),
        keys.map(() => 200),
      );
      const results = await b.run(
        keys.map((key) => b.get(key)),
        keys.map(() => 200),
      );
      expectEqual(
        'the values',
        results.map(({ text }) => text),
        keys.map((key) => `of ${key}`),
      );
      expectEqual(
        'the keys',
        results.map(({ key }) => key),
        keys,
      );
      expectBody(await openCollection(stage).get('%2F'), 'of %2F');
    },
  ),
  defineBatchCase('batch/places', 'One batch writes into several collections and namespaces', async (stage) => {
    const b = openBatches(stage);
    const places = [{}, { collection: 'd' }, { namespace: `${stage.namespace}-x` }];
    await b.run(
      places.map((place, i) => b.set('k', `value ${i}`, place)),
      [200, 200, 200],
    );
    const results = await b.run(
      places.map((place) => b.get('k', place)),
      [200, 200, 200],
    );
    expectEqual(
      'the values',
      results.map(({ text }) => text),
      ['value 0', 'value 1', 'value 2'],
    );
  }),
  defineBatchCase(
    'batch/delete',
    'DELETE /kv/batch deletes the keys it names, and 207 tells which were absent',
    async (stage) => {
      const b = openBatches(stage);
      const c = openCollection(stage);
      for (const key of ['a', 'b', 'c']) await c.store(key, 'v');
      const whole = expectStatus(await b.deleteKeys(['a', 'b']), 200);
      expectEqual(
        'the statuses',
        resultsOf(whole).map(({ status }) => status),
        [204, 204],
        whole,
      );
      const partly = expectStatus(await b.deleteKeys(['a', 'c', 'c']), 207);
      expectEqual(
        'the statuses',
        resultsOf(partly).map(({ status }) => status),
        [404, 204, 404],
        partly,
      );
      expectEqual('what is left', await c.list().then((answer) => answer.json()), { items: [] });
    },
  ),
  defineBatchCase('batch/methods', 'The batch route has POST and DELETE; other methods are 405', async (stage) => {
    for (const method of ['GET', 'PUT', 'PATCH', 'OPTIONS']) {
      const refused = await sendTo(stage, { method, path: batchPath });
      expectProblem(refused, 405, 'method_not_allowed');
      expectHeader(refused, 'allow', 'DELETE, POST');
    }
  }),
  defineBatchCase('batch/namespace-of-that-name', 'A namespace may be called batch', async (stage) => {
    const path = `/api/v1/kv/batch/${stage.namespace}/k`;
    expectStatus(await sendTo(stage, { method: 'PUT', path, body: 'v' }), 201);
    expectBody(expectStatus(await sendTo(stage, { method: 'GET', path }), 200), 'v');
    expectStatus(await sendTo(stage, { method: 'DELETE', path }), 204);
  }),
];
