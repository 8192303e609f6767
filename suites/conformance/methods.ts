/** What each method does to a single key. */

import { etagOf, expectBody, expectEqual, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case } from '../suite.ts';

/** Differ between two answers that are otherwise alike. */
const perAnswerHeaders = ['date', 'x-request-id', 'connection', 'keep-alive'];

const bodylessWrites: readonly { readonly id: string; readonly act: string; readonly method: string }[] = [
  { id: 'create', act: 'creates', method: 'PUT' },
  { id: 'replace', act: 'replaces', method: 'PUT' },
  { id: 'post', act: 'replaces', method: 'POST' },
  { id: 'patch', act: 'touches', method: 'PATCH' },
];

export const methodCases: readonly Case[] = [
  ...['PUT', 'POST'].flatMap((method) => [
    defineCase(`methods/${method.toLowerCase()}-creates`, `${method} of an absent key answers 201`, async (stage) => {
      const c = openCollection(stage);
      expectStatus(await c.send(method, 'k', { body: 'v' }), 201);
      expectBody(expectStatus(await c.get('k'), 200), 'v');
    }),
    defineCase(
      `methods/${method.toLowerCase()}-replaces`,
      `${method} of a present key answers 200 and replaces value and media type`,
      async (stage) => {
        const c = openCollection(stage);
        await c.store('k', 'old', { headers: { 'Content-Type': 'text/plain' } });
        const answer = await c.send(method, 'k', { body: 'newer', headers: { 'Content-Type': 'image/png' } });
        expectStatus(answer, 200);
        const read = expectStatus(await c.get('k'), 200);
        expectBody(read, 'newer');
        expectHeader(read, 'content-type', 'image/png');
      },
    ),
  ]),
  ...bodylessWrites.map(({ id, act, method }) =>
    defineCase(
      `methods/no-body-${id}`,
      `The answer of a ${method} that ${act} has an ETag and no body`,
      async (stage) => {
        const c = openCollection(stage);
        if (id !== 'create') await c.store('k', 'v');
        const answer =
          method === 'PATCH' ? await c.patch('k', 'ttlMs=60000') : await c.send(method, 'k', { body: 'w' });
        expectStatus(answer, id === 'create' ? 201 : 200);
        etagOf(answer);
        expectBody(answer, '');
        expectHeader(answer, 'content-type', undefined);
      },
    ),
  ),
  defineCase('methods/get-absent', 'GET of an absent key is 404 key_not_found', async (stage) => {
    expectProblem(await openCollection(stage).get('nothing'), 404, 'key_not_found');
  }),
  defineCase('methods/head-absent', 'HEAD of an absent key is 404 without a body', async (stage) => {
    const answer = expectStatus(await openCollection(stage).head('nothing'), 404);
    expectBody(answer, '');
    expectHeader(answer, 'content-type', /^application\/problem\+json/);
  }),
  defineCase(
    'methods/head-present',
    'HEAD of a present key is 200 with the value’s length and no body',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'twelve bytes');
      const answer = expectStatus(await c.head('k'), 200);
      expectBody(answer, '');
      expectHeader(answer, 'content-length', '12');
    },
  ),
  defineCase(
    'methods/head-equals-get',
    'HEAD carries exactly the headers of GET, with the same values',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v', { query: 'ttlMs=60000000', headers: { 'Content-Type': 'text/x-test; a=b' } });
      const get = expectStatus(await c.get('k'), 200);
      const head = expectStatus(await c.head('k'), 200);
      const shown = (answer: typeof get): unknown =>
        answer.headerNames
          .filter((name) => !perAnswerHeaders.includes(name))
          .sort()
          .map((name) => `${name}: ${answer.header(name)}`);
      expectEqual('the headers of GET, in a HEAD,', shown(head), shown(get), head);
    },
  ),
  defineCase(
    'methods/delete-present',
    'DELETE of a present key is 204 without a body, and the key is gone',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v');
      // What was read before is not to be found anywhere either.
      expectBody(expectStatus(await c.get('k'), 200), 'v');
      expectBody(expectStatus(await c.delete('k'), 204), '');
      expectStatus(await c.get('k'), 404, 'key_not_found');
      expectStatus(await c.head('k'), 404);
    },
  ),
  defineCase('methods/delete-absent', 'DELETE of an absent key is 404 key_not_found', async (stage) => {
    expectProblem(await openCollection(stage).delete('nothing'), 404, 'key_not_found');
  }),
  defineCase('methods/delete-twice', 'The second of two DELETEs is 404', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    expectStatus(await c.delete('k'), 204);
    expectStatus(await c.delete('k'), 404, 'key_not_found');
  }),
  defineCase('methods/delete-then-put', 'PUT after a DELETE answers 201 again', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    expectStatus(await c.delete('k'), 204);
    expectStatus(await c.put('k', 'w'), 201);
    expectBody(expectStatus(await c.get('k'), 200), 'w');
  }),
  defineCase('methods/delete-one-only', 'DELETE removes its own key and no other', async (stage) => {
    const c = openCollection(stage);
    for (const key of ['a', 'ab', 'a/b', 'A']) await c.store(key, key);
    expectStatus(await c.delete('a'), 204);
    for (const key of ['ab', 'a/b', 'A']) expectBody(expectStatus(await c.get(key), 200), key);
  }),
  defineCase('methods/patch-absent', 'PATCH of an absent key is 404 and creates nothing', async (stage) => {
    const c = openCollection(stage);
    expectProblem(await c.patch('nothing', 'ttlMs=60000'), 404, 'key_not_found');
    expectStatus(await c.get('nothing'), 404, 'key_not_found');
  }),
  defineCase('methods/patch-keeps-value', 'PATCH leaves value and media type as they are', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'payload', { headers: { 'Content-Type': 'text/x-kept' } });
    expectStatus(await c.patch('k', 'ttlMs=60000'), 200);
    const read = expectStatus(await c.get('k'), 200);
    expectBody(read, 'payload');
    expectHeader(read, 'content-type', 'text/x-kept');
  }),
  defineCase('methods/patch-with-body', 'PATCH with a body is 400 invalid_body and changes nothing', async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('k', 'v');
    expectProblem(await c.patch('k', 'ttlMs=60000', { body: 'x' }), 400, 'invalid_body');
    await expectUnchanged(c, etag);
  }),
  defineCase('methods/last-write-wins', 'Each of 20 overwrites is what the next GET returns', async (stage) => {
    const c = openCollection(stage);
    for (let i = 0; i < 20; i += 1) {
      await c.store('k', `value ${i}`);
      expectBody(expectStatus(await c.get('k'), 200), `value ${i}`);
    }
  }),
  defineCase('methods/reads-change-nothing', 'GET and HEAD leave the ETag as it is', async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('k', 'v');
    await c.get('k');
    await c.head('k');
    await c.list('values=true');
    expectHeader(expectStatus(await c.get('k'), 200), 'etag', etag);
  }),
];

async function expectUnchanged(c: Collection, etag: string): Promise<void> {
  const read = expectStatus(await c.get('k'), 200);
  expectHeader(read, 'etag', etag);
  expectHeader(read, 'commander-expires-at', undefined);
}
