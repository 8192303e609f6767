import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from './client.ts';
import type { Stage } from './suite.ts';
import { type Api, jsonOf, openApi } from './typed-client.ts';

const value = '/api/v1/kv/{namespace}/{collection}/{key}';
const list = '/api/v1/kv/{namespace}/{collection}';
const path = { namespace: 'n', collection: 'c', key: 'a/b ä?' };

interface Seen {
  readonly items: { method: string | undefined; url: string | undefined; type: string | undefined; body: string }[];
}

/** A server that answers with what came, where a listing has its items. */
async function openEcho(): Promise<Api> {
  const server = createServer(async (request, response) => {
    const { method, url, headers } = request;
    const item = { method, url, type: headers['content-type'], match: headers['if-match'], body: await text(request) };
    response.end(JSON.stringify({ items: [item] } satisfies Seen));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(() => {
    client[Symbol.dispose]();
    server.close();
  });
  return openApi({ client } as Stage);
}

test('names of the path are percent-encoded once, the query and the body too where they need it', async () => {
  const api = await openEcho();
  const put = await api.send('put', value, { path, query: { ttlMs: 5, expiresAt: 'a&b' }, json: { a: [1] } });
  expect(put.json()).toEqual({
    items: [
      {
        method: 'PUT',
        url: '/api/v1/kv/n/c/a%2Fb%20%C3%A4%3F?ttlMs=5&expiresAt=a%26b',
        type: 'application/json',
        body: '{"a":[1]}',
      },
    ],
  });
});

test('text goes as text, headers go as they are, and nothing has no media type', async () => {
  const api = await openEcho();
  const put = await api.send('put', value, { path, text: 'x', header: { 'if-match': '"e"' } });
  expect(put.json()).toMatchObject({ items: [{ type: 'text/plain', match: '"e"', body: 'x' }] });
  const get = await api.send('get', value, { path });
  expect(get.json()).toMatchObject({ items: [{ method: 'GET', body: '' }] });
});

test('the JSON of an answer is had by its status, and another status fails the case', async () => {
  const api = await openEcho();
  const page = await api.send('get', list, { path });
  expect(jsonOf(page, 200).items).toHaveLength(1);
  expect(() => jsonOf(created(page), 200)).toThrow(/200/);
});

function created<T extends object>(answer: T): T {
  return { ...answer, status: 201, header: () => undefined };
}

/** Never called: the compiler is what judges these lines. */
async function refusedByTheCompiler(api: Api): Promise<void> {
  // @ts-expect-error: a name of the path is missing
  await api.send('put', value, { path: { namespace: 'n', collection: 'c' } });
  // @ts-expect-error: there is no such parameter
  await api.send('put', value, { path, query: { ttl: 5 } });
  // @ts-expect-error: a GET has no body
  await api.send('get', value, { path, json: 5 });
  // @ts-expect-error: the route has no such method
  await api.send('patch', '/api/v1/version', {});
  // @ts-expect-error: there is no such route
  await api.send('get', '/api/v1/versions', {});
  // @ts-expect-error: the body has to be there
  await api.send('post', '/api/v1/kv/batch', {});
  // @ts-expect-error: there is no such operation
  const batch = await api.send('post', '/api/v1/kv/batch', { json: { operations: [{ op: 'nope', ...path }] } });
  // @ts-expect-error: the route never answers so
  jsonOf(batch, 201);
  // @ts-expect-error: the answer has no such member
  jsonOf(batch, 200).nothing;
}

test('what the document does not have is refused by the compiler', () => {
  expect(refusedByTheCompiler).toBeTypeOf('function');
});
