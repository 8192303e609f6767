/** Idempotency-Key: a batch that is sent again is answered, not run again. */

import type { Answer } from '../answer.ts';
import { defineAtomicCase, defineBatchCase, openBatches, sendBody } from '../batch.ts';
import { expectBody, expectEqual, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineClockCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';

/** A key that no other case and no other run uses. */
function keyOf(stage: Stage, name = 'k'): { readonly 'Idempotency-Key': string } {
  return { 'Idempotency-Key': `${stage.namespace}.${name}` };
}

function expectReplay(replay: Answer, first: Answer): void {
  expectStatus(replay, first.status);
  expectHeader(replay, 'idempotency-replayed', 'true');
  expectHeader(replay, 'content-type', first.header('content-type'));
  expectBody(replay, first.body);
}

const badKeys: readonly { readonly id: string; readonly what: string; readonly value: string }[] = [
  { id: 'empty', what: 'An empty', value: '' },
  { id: 'long', what: 'A 256 characters long', value: 'x'.repeat(256) },
  { id: 'space', what: 'A key with a space as', value: 'a b' },
  { id: 'latin', what: 'A key beyond ASCII as', value: 'caf\u00e9' },
];

export const idempotencyCases: readonly Case[] = [
  defineBatchCase(
    'idempotency/replay',
    'The same request again gets the first answer, marked, and has no second effect',
    async (stage) => {
      const b = openBatches(stage);
      const c = openCollection(stage);
      const headers = keyOf(stage);
      const send = () => b.send([b.set('k', 'from the batch'), b.get('absent'), b.get('k')], { headers });
      const first = expectStatus(await send(), 207);
      expectHeader(first, 'idempotency-replayed', undefined);
      const etag = await c.store('k', 'written since');
      for (let round = 0; round < 3; round += 1) expectReplay(await send(), first);
      expectHeader(await c.get('k'), 'etag', etag);
    },
  ),
  defineBatchCase('idempotency/mismatch', 'The same key with another body is 422 and does nothing', async (stage) => {
    const b = openBatches(stage);
    const headers = keyOf(stage);
    const first = expectStatus(await b.send([b.set('k', 'one')], { headers }), 200);
    expectProblem(await b.send([b.set('k', 'two')], { headers }), 422, 'idempotency_mismatch');
    expectBody(await openCollection(stage).get('k'), 'one');
    expectReplay(await b.send([b.set('k', 'one')], { headers }), first);
  }),
  defineBatchCase('idempotency/other-key', 'Another key, or none, runs the same batch again', async (stage) => {
    const b = openBatches(stage);
    const send = async (headers: Readonly<Record<string, string>>): Promise<string | undefined> =>
      (await b.run([b.set('k', 'v')], [200], { headers }))[0]?.etag;
    const tags = [
      await send(keyOf(stage, 'a')),
      await send(keyOf(stage, 'b')),
      await send({}),
      await send(keyOf(stage, 'a')),
    ];
    expectEqual('different entity tags', new Set(tags).size, 3);
    expectEqual('the replayed entity tag', tags[3], tags[0]);
  }),
  defineBatchCase(
    'idempotency/refusals-free',
    'A batch that is refused before any write leaves its key free',
    async (stage) => {
      const b = openBatches(stage);
      const headers = keyOf(stage);
      expectProblem(await b.send([b.set('k', 'v', { x: 1 })], { headers }), 400, 'invalid_body');
      expectProblem(await b.send(Array(1_001).fill(b.get('k')), { headers }), 413, 'batch_too_large');
      const wrongType = { ...headers, 'Content-Type': 'text/plain' };
      expectProblem(await b.send([b.set('k', 'v')], { headers: wrongType }), 415, 'unsupported_content');
      await b.run([b.set('k', 'other')], [200], { headers });
    },
  ),
  defineAtomicCase(
    'idempotency/aborted',
    'An aborted batch is replayed as aborted, though its condition would hold by then',
    async (stage) => {
      const b = openBatches(stage);
      const c = openCollection(stage);
      const etag = await c.store('k', 'v');
      const send = () => b.send([b.set('k', 'x', { ifNoneMatch: '*' })], { atomic: true, headers: keyOf(stage) });
      expectProblem(await send(), 409, 'batch_aborted');
      expectStatus(await c.delete('k'), 204);
      const replay = await send();
      const problem = expectProblem(replay, 409, 'batch_aborted');
      expectHeader(replay, 'idempotency-replayed', 'true');
      expectEqual('index and entity tag', [problem.index, problem.etag], [0, etag], replay);
      expectProblem(await c.get('k'), 404, 'key_not_found');
    },
  ),
  defineAtomicCase('idempotency/atomic', 'An atomic batch is replayed with the answer of its commit', async (stage) => {
    const b = openBatches(stage);
    const send = () =>
      b.send([b.set('k', 'v', { ifNoneMatch: '*' }), b.get('k')], { atomic: true, headers: keyOf(stage) });
    const first = expectStatus(await send(), 200);
    expectReplay(await send(), first);
  }),
  ...badKeys.map(({ id, what, value }) =>
    defineBatchCase(`idempotency/key-${id}`, `${what} Idempotency-Key is 400`, async (stage) => {
      const b = openBatches(stage);
      expectProblem(await b.send([b.set('k', 'v')], { headers: { 'Idempotency-Key': value } }), 400, 'invalid_header');
    }),
  ),
  defineBatchCase(
    'idempotency/key-any',
    'Every visible ASCII character may stand in a key, and 255 of them',
    async (stage) => {
      const b = openBatches(stage);
      const visible = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i)).join('');
      for (const key of [`${stage.namespace}${visible}`, stage.namespace.padEnd(255, 'x')]) {
        const send = () => b.send([b.set('k', 'v')], { headers: { 'Idempotency-Key': key } });
        const first = expectStatus(await send(), 200);
        expectReplay(await send(), first);
      }
    },
  ),
  defineBatchCase('idempotency/delete', 'DELETE /kv/batch takes no Idempotency-Key', async (stage) => {
    const key = { namespace: stage.namespace, collection: 'c', key: 'k' };
    const body = JSON.stringify({ keys: [key] });
    expectProblem(await sendBody(stage, body, { method: 'DELETE', headers: keyOf(stage) }), 400, 'invalid_header');
  }),
  defineClockCase(
    'idempotency/kept',
    'An answer is kept for 24 hours and replayed although its expiresAt has passed; then the key is free',
    async (stage) => {
      const b = openBatches(stage);
      const headers = keyOf(stage);
      const send = () => b.send([b.set('k', 'v', { ttlMs: 1_000 })], { headers });
      const first = expectStatus(await send(), 200);
      await stage.advanceClock(86_400_000 - 1);
      expectReplay(await send(), first);
      await stage.advanceClock(1);
      expectHeader(expectStatus(await send(), 200), 'idempotency-replayed', undefined);
    },
  ),
  defineClockCase(
    'idempotency/past-expiry',
    'A request whose expiresAt has passed since is replayed, not refused',
    async (stage) => {
      const b = openBatches(stage);
      const expiresAt = '2030-01-01T00:01:00.000Z';
      const send = () => b.send([b.set('k', 'v', { expiresAt })], { headers: keyOf(stage) });
      const first = expectStatus(await send(), 200);
      await stage.advanceClock(3_600_000);
      expectReplay(await send(), first);
    },
  ),
];
