/** Batch requests that are refused whole: the answer names the place of what is wrong, and nothing is written. */

import { defineBatchCase, openBatches, sendBody } from '../batch.ts';
import { expectEqual, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';

interface BadOperation {
  readonly id: string;
  readonly what: string;
  /** Members that stand beside, or replace, those of a good set; undefined takes one away. */
  readonly members: object;
  readonly code?: string;
  /** What the answer names; without it the operation alone. */
  readonly names?: string;
}

const noText = { text: undefined };

const badOperations: readonly BadOperation[] = [
  { id: 'op-missing', what: 'without op', members: { op: undefined }, names: '[1].op' },
  { id: 'op-unknown', what: 'with an unknown op', members: { op: 'put' }, names: '[1].op' },
  { id: 'op-type', what: 'whose op is a number', members: { op: 1 }, names: '[1].op' },
  { id: 'namespace-missing', what: 'without namespace', members: { namespace: undefined }, names: 'namespace' },
  { id: 'collection-type', what: 'whose collection is null', members: { collection: null }, names: 'collection' },
  { id: 'key-type', what: 'whose key is a number', members: { key: 1 }, names: 'key' },
  { id: 'key-empty', what: 'with an empty key', members: { key: '' }, code: 'invalid_key' },
  { id: 'key-long', what: 'with a key of 1,025 bytes', members: { key: 'x'.repeat(1_025) }, code: 'invalid_key' },
  { id: 'key-surrogate', what: 'with a lone surrogate in its key', members: { key: '\ud800' }, code: 'invalid_key' },
  { id: 'namespace-bad', what: 'with a bad namespace', members: { namespace: 'a/b' }, code: 'invalid_name' },
  {
    id: 'namespace-reserved',
    what: 'with a namespace of the server’s own',
    members: { namespace: '_idempotency' },
    code: 'invalid_name',
  },
  { id: 'no-value', what: 'a set without a value', members: noText },
  { id: 'two-values', what: 'a set with two values', members: { json: 1 } },
  { id: 'text-type', what: 'whose text is a number', members: { text: 5 }, names: 'text' },
  { id: 'text-surrogate', what: 'with a lone surrogate in its text', members: { text: 'a\udc00' }, names: 'text' },
  { id: 'base64-bad', what: 'with base64 that is none', members: { ...noText, base64: 'a*bc' }, names: 'base64' },
  {
    id: 'base64-unpadded',
    what: 'with base64 without its padding',
    members: { ...noText, base64: 'YQ' },
    names: 'base64',
  },
  { id: 'base64-url', what: 'with base64url', members: { ...noText, base64: '_-__' }, names: 'base64' },
  {
    id: 'base64-loose',
    what: 'with base64 whose last bits are not zero',
    members: { ...noText, base64: 'YR==' },
    names: 'base64',
  },
  { id: 'content-type', what: 'with a bad media type', members: { contentType: 'nonsense' }, names: 'contentType' },
  { id: 'unknown-member', what: 'with an unknown member', members: { ttl: 5 }, names: 'ttl' },
  { id: 'foreign-member', what: 'a get with a value', members: { op: 'get' }, names: 'text' },
  {
    id: 'get-condition',
    what: 'a get with a condition',
    members: { ...noText, op: 'get', ifMatch: '*' },
    names: 'ifMatch',
  },
  { id: 'delete-ttl', what: 'a delete with a TTL', members: { ...noText, op: 'delete', ttlMs: 5 }, names: 'ttlMs' },
  { id: 'ttl-zero', what: 'with a TTL of 0', members: { ttlMs: 0 }, code: 'invalid_ttl', names: 'ttlMs' },
  { id: 'ttl-fraction', what: 'with a fraction as TTL', members: { ttlMs: 1.5 }, code: 'invalid_ttl', names: 'ttlMs' },
  { id: 'ttl-text', what: 'with a text as TTL', members: { ttlMs: '5' }, code: 'invalid_ttl', names: 'ttlMs' },
  {
    id: 'ttl-huge',
    what: 'with a TTL above 100 years',
    members: { ttlMs: 3_155_760_000_001 },
    code: 'invalid_ttl',
    names: 'ttlMs',
  },
  {
    id: 'expires-past',
    what: 'that expires in the past',
    members: { expiresAt: '2001-01-01T00:00:00.000Z' },
    code: 'invalid_ttl',
  },
  {
    id: 'expires-form',
    what: 'whose expiresAt has no milliseconds',
    members: { expiresAt: '2099-01-01T00:00:00Z' },
    code: 'invalid_ttl',
  },
  { id: 'two-expiries', what: 'with two expiries', members: { ttlMs: 5, keepTtl: true }, code: 'invalid_ttl' },
  { id: 'keep-false', what: 'whose keepTtl is false', members: { keepTtl: false }, names: 'keepTtl' },
  {
    id: 'touch-nothing',
    what: 'a touch that changes nothing',
    members: { ...noText, op: 'touch' },
    code: 'invalid_ttl',
  },
  { id: 'if-match-form', what: 'whose ifMatch is no list of tags', members: { ifMatch: 'x' }, names: 'ifMatch' },
  { id: 'if-match-type', what: 'whose ifMatch is an array', members: { ifMatch: ['"x"'] }, names: 'ifMatch' },
  { id: 'if-none-match-form', what: 'whose ifNoneMatch is empty', members: { ifNoneMatch: '' }, names: 'ifNoneMatch' },
];

/** Each is refused for one thing alone: but for that it would be done. */
interface BadBody {
  readonly id: string;
  readonly what: string;
  /** Of a good set, and of the address of a key that exists. */
  readonly body: (set: string, address: string) => string | Buffer;
  readonly method?: string;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

const badBodies: readonly BadBody[] = [
  { id: 'empty', what: 'no body', body: () => '' },
  { id: 'not-json', what: 'a body that is not JSON', body: (set) => `{"operations":[${set}]` },
  {
    id: 'not-utf8',
    what: 'a body that is not UTF-8',
    body: (set) => latin1(`{"operations":[${set.replace('"v"', '"\xff"')}]}`),
  },
  { id: 'array', what: 'an array', body: (set) => `[${set}]` },
  { id: 'null', what: 'null', body: () => 'null' },
  { id: 'no-operations', what: 'an object without operations', body: () => '{}' },
  { id: 'none', what: 'no operation at all', body: () => '{"operations":[]}' },
  { id: 'operations-type', what: 'operations that are no array', body: (set) => `{"operations":{"0":${set}}}` },
  { id: 'operation-type', what: 'an operation that is null', body: (set) => `{"operations":[${set},null]}` },
  { id: 'atomic-type', what: 'atomic as a text', body: (set) => `{"atomic":"false","operations":[${set}]}` },
  { id: 'atomic-null', what: 'atomic as null', body: (set) => `{"atomic":null,"operations":[${set}]}` },
  { id: 'unknown-member', what: 'a member it does not know', body: (set) => `{"operations":[${set}],"x":1}` },
  {
    id: 'prototype',
    what: 'a member called __proto__',
    body: (set) => `{"operations":[${set}],"__proto__":{"atomic":false}}`,
  },
  { id: 'delete-none', what: 'no key to delete', body: () => '{"keys":[]}', method: 'DELETE' },
  {
    id: 'delete-operations',
    what: 'operations in a DELETE',
    body: (_, address) => `{"keys":[${address}],"operations":[]}`,
    method: 'DELETE',
  },
  {
    id: 'delete-op',
    what: 'an op in a key to delete',
    body: (_, address) => `{"keys":[${address.replace('{', '{"op":"delete",')}]}`,
    method: 'DELETE',
  },
];

const deep = 200_000;

export const batchBodyCases: readonly Case[] = [
  ...badOperations.map(({ id, what, members, code = 'invalid_body', names }) =>
    defineBatchCase(
      `batch/refuses-${id}`,
      `An operation ${what} is 400, named by its place, and none is done`,
      async (stage) => {
        const b = openBatches(stage);
        const answer = await b.send([b.set('first', 'v'), b.set('k', 'v', members), b.set('last', 'v')]);
        const { detail } = expectProblem(answer, 400, code);
        const place = 'operations[1]';
        expectTrue(String(detail).includes(place), `${place} in the detail`, String(detail), answer);
        expectTrue(String(detail).includes(names ?? ''), `${names} in the detail`, String(detail), answer);
        expectEqual('what is stored', (await openCollection(stage).list()).json(), { items: [] });
      },
    ),
  ),
  ...badBodies.map(({ id, what, body, method = 'POST' }) =>
    defineBatchCase(`batch/body-${id}`, `A batch of ${what} is 400, and nothing is done`, async (stage) => {
      const c = openCollection(stage);
      const address = JSON.stringify({ namespace: c.namespace, collection: c.name, key: 'there' });
      expectStatus(await c.put('there', 'v'), 201);
      const sent = body(JSON.stringify(openBatches(stage).set('k', 'v')), address);
      expectProblem(await sendBody(stage, sent, { method }), 400, 'invalid_body');
      const { items } = pageOf(await c.list());
      expectEqual(
        'the keys that are stored',
        items.map(({ key }) => key),
        ['there'],
      );
    }),
  ),
  defineBatchCase('batch/body-infinite', 'A JSON number beyond 1.8e308 is 400, not null', async (stage) => {
    const at = `"namespace":"${stage.namespace}","collection":"c","key":"k"`;
    const body = (json: string): string => `{"operations":[{"op":"set",${at},"json":${json}}]}`;
    for (const json of ['1e400', '[{"a":-1e309}]', '9'.repeat(400)]) {
      expectProblem(await sendBody(stage, body(json)), 400, 'invalid_body');
    }
    expectStatus(await sendBody(stage, body('1.7e308')), 200);
  }),
  defineBatchCase('batch/body-deep', 'JSON nested 200,000 deep is 400, not a crash', async (stage) => {
    const at = `"namespace":"${stage.namespace}","collection":"c","key":"k"`;
    const json = '['.repeat(deep) + ']'.repeat(deep);
    const answer = await sendBody(stage, `{"operations":[{"op":"set",${at},"json":${json}}]}`);
    const { detail } = expectProblem(answer, 400, 'invalid_body');
    expectTrue(
      String(detail).includes('operations[0].json'),
      'operations[0].json in the detail',
      String(detail),
      answer,
    );
  }),
  ...['text/plain', 'application/jsonx', 'application/octet-stream'].map((contentType) =>
    defineBatchCase(
      `batch/content-type-${contentType.replace('/', '-')}`,
      `A batch sent as ${contentType} is 415`,
      async (stage) => {
        const b = openBatches(stage);
        const answer = await b.send([b.set('k', 'v')], { headers: { 'Content-Type': contentType } });
        expectProblem(answer, 415, 'unsupported_content');
      },
    ),
  ),
  defineBatchCase(
    'batch/content-type-charset',
    'A batch sent as application/json with a parameter is taken',
    async (stage) => {
      const b = openBatches(stage);
      await b.run([b.set('k', 'v')], [200], { headers: { 'Content-Type': 'Application/JSON; charset=utf-8' } });
    },
  ),
  ...['If-Match', 'If-None-Match', 'If-Unmodified-Since', 'Content-Range'].map((name) =>
    defineBatchCase(
      `batch/header-${name.toLowerCase()}`,
      `${name} on a batch is 400: nothing is dropped in silence`,
      async (stage) => {
        const b = openBatches(stage);
        expectProblem(await b.send([b.set('k', 'v')], { headers: { [name]: '*' } }), 400, 'invalid_header');
      },
    ),
  ),
];
