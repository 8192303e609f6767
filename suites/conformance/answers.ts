/** Answers that no handler writes: to wrong methods, unknown routes, foreign hosts and requests that are too large. */

import { expectBody, expectDistinct, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { sendBytes, sendRaw } from '../raw-request.ts';
import type { Case, Stage } from '../suite.ts';

const hostOf = (stage: Stage): string => new URL(stage.client.baseUrl).host;

const routes: readonly {
  readonly id: string;
  readonly path: (namespace: string) => string;
  readonly allow: readonly string[];
}[] = [
  { id: 'key', path: (ns) => `/api/v1/kv/${ns}/c/k`, allow: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] },
  { id: 'collection', path: (ns) => `/api/v1/kv/${ns}/c`, allow: ['GET', 'DELETE'] },
  { id: 'batch', path: () => '/api/v1/kv/batch', allow: ['POST', 'DELETE'] },
  { id: 'namespaces', path: () => '/api/v1/namespaces', allow: ['GET'] },
  { id: 'namespace', path: (ns) => `/api/v1/namespaces/${ns}`, allow: ['DELETE'] },
  { id: 'collections', path: (ns) => `/api/v1/namespaces/${ns}/collections`, allow: ['GET'] },
  { id: 'named-collection', path: (ns) => `/api/v1/namespaces/${ns}/collections/c`, allow: ['DELETE'] },
  { id: 'metrics', path: () => '/metrics', allow: ['GET'] },
  { id: 'version', path: () => '/api/v1/version', allow: ['GET'] },
  { id: 'capabilities', path: () => '/api/v1/capabilities', allow: ['GET'] },
  { id: 'live', path: () => '/health/live', allow: ['GET'] },
  { id: 'ready', path: () => '/health/ready', allow: ['GET'] },
  { id: 'openapi', path: () => '/openapi.json', allow: ['GET'] },
];
const standardMethods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'];

const unknownPaths: readonly { readonly id: string; readonly path: string }[] = [
  { id: 'root', path: '/' },
  { id: 'api', path: '/api/v1' },
  { id: 'other-version', path: '/api/v2/version' },
  { id: 'upper-case', path: '/API/V1/version' },
  { id: 'trailing-slash', path: '/api/v1/version/' },
  { id: 'double-slash', path: '//api/v1/version' },
  { id: 'namespace-alone', path: '/api/v1/kv/a' },
  { id: 'elsewhere', path: '/favicon.ico' },
];

const foreign: readonly {
  readonly id: string;
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
}[] = [
  { id: 'host', what: 'A Host that is not loopback', headers: { Host: 'attacker.example' } },
  { id: 'host-prefix', what: 'A Host that begins with localhost', headers: { Host: 'localhost.attacker.example' } },
  { id: 'origin', what: 'A cross-site Origin', headers: { Origin: 'https://attacker.example' } },
  { id: 'origin-null', what: 'An opaque Origin', headers: { Origin: 'null' } },
  { id: 'fetch-site', what: 'Sec-Fetch-Site: cross-site', headers: { 'Sec-Fetch-Site': 'cross-site' } },
  { id: 'fetch-same-site', what: 'Sec-Fetch-Site: same-site', headers: { 'Sec-Fetch-Site': 'same-site' } },
];

export const answerCases: readonly Case[] = [
  ...routes.map(({ id, path, allow }) =>
    defineCase(
      `answers/methods-of-${id}`,
      `The ${id} route answers 405 with Allow to every method but ${allow.join(', ')}`,
      async (stage) => {
        for (const method of standardMethods.filter((name) => !allow.includes(name))) {
          const answer = await sendTo(stage, { method, path: path(stage.namespace) });
          if (method === 'HEAD') expectStatus(answer, 405);
          else expectProblem(answer, 405, 'method_not_allowed');
          const told = expectHeader(answer, 'allow', /^[A-Z]+(, [A-Z]+)*$/).split(', ');
          const complete = told.length === allow.length && allow.every((name) => told.includes(name));
          expectTrue(complete, `Allow: ${allow.join(', ')}`, told.join(', '), answer);
        }
        for (const method of allow) {
          const answer = await sendTo(stage, { method, path: path(stage.namespace) });
          expectTrue(answer.status !== 405, `${method}, which Allow names, to be taken`, '405', answer);
        }
      },
    ),
  ),
  ...['TRACE', 'PROPFIND', 'M-SEARCH'].map((method) =>
    defineCase(`answers/method-${method.toLowerCase()}`, `${method} of a key is 405 with Allow`, async (stage) => {
      const answer = await sendTo(stage, { method, path: `/api/v1/kv/${stage.namespace}/c/k` });
      expectProblem(answer, 405, 'method_not_allowed');
      expectHeader(answer, 'allow', /GET/);
    }),
  ),
  ...unknownPaths.map(({ id, path }) =>
    defineCase(`answers/unknown-${id}`, `GET ${path} is 404 route_not_found`, async (stage) => {
      const answer = await sendTo(stage, { method: 'GET', path });
      expectProblem(answer, 404, 'route_not_found');
      expectHeader(answer, 'content-type', 'application/problem+json');
    }),
  ),
  ...foreign.map(({ id, what, headers }) =>
    defineCase(
      `answers/foreign-${id}`,
      `${what} is 403 on a loopback server without credentials, and writes nothing`,
      async (stage) => {
        const c = openCollection(stage);
        const isLoopback = /^(localhost|127\.|\[::1\])/.test(new URL(stage.client.baseUrl).hostname);
        const answer = await c.put('k', 'v', { headers });
        // A server that listens to the world has other means; all it owes here is an answer.
        if (!isLoopback) return expectTrue(answer.status < 500, 'an answer below 500', `${answer.status}`, answer);
        expectProblem(answer, 403, 'forbidden');
        expectProblem(await c.get('k', { headers }), 403, 'forbidden');
        return void expectStatus(await c.get('k'), 404, 'key_not_found');
      },
    ),
  ),
  defineCase('answers/same-origin', 'A request of the server’s own origin is served', async (stage) => {
    const c = openCollection(stage);
    const headers = { Origin: new URL(stage.client.baseUrl).origin, 'Sec-Fetch-Site': 'same-origin' };
    expectStatus(await c.put('k', 'v', { headers }), 201);
  }),
  defineCase('answers/url-longest', 'A URL of 8,192 bytes is looked at', async (stage) => {
    const path = `/api/v1/kv/${stage.namespace}/c/`;
    const answer = await sendTo(stage, { method: 'GET', path: path.padEnd(8_192, 'k') });
    expectProblem(answer, 400, 'invalid_key');
  }),
  defineCase('answers/url-too-long', 'A URL of 8,193 bytes is 414 url_too_long', async (stage) => {
    const path = `/api/v1/kv/${stage.namespace}/c/`;
    expectProblem(await sendTo(stage, { method: 'GET', path: path.padEnd(8_193, 'k') }), 414, 'url_too_long');
  }),
  defineCase('answers/headers-too-large', 'Headers above 16 KB are 431 headers_too_large', async (stage) => {
    const headers = [`X-Large: ${'x'.repeat(17_000)}`];
    expectProblem(await sendRaw(stage, 'GET /api/v1/version HTTP/1.1', { headers }), 431, 'headers_too_large');
  }),
  defineCase('answers/headers-large', 'Headers of 12 KB are taken', async (stage) => {
    const answer = await sendTo(stage, {
      method: 'GET',
      path: '/health/live',
      headers: { 'X-Large': 'x'.repeat(12_000) },
    });
    expectStatus(answer, 200);
  }),
  defineCase('answers/absolute-target', 'A target in absolute form names the same resource', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    const answer = await sendRaw(stage, `GET http://${hostOf(stage)}${c.pathOf('k')} HTTP/1.1`);
    expectBody(expectStatus(answer, 200), 'v');
  }),
  defineCase(
    'answers/pipelined',
    'Requests sent at once over one connection are answered in their order',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('a', 'value-a');
      await c.store('b', 'value-b');
      const request = (key: string, last: boolean): string =>
        `GET ${c.pathOf(key)} HTTP/1.1\r\nHost: ${hostOf(stage)}\r\n${last ? 'Connection: close\r\n' : ''}\r\n`;
      const sent = request('a', false) + request('missing', false) + request('b', true);
      const received = (await stage.client.raw(sent)).toString('latin1');
      const order = [...received.matchAll(/value-a|"code":"key_not_found"|value-b/g)].map(([found]) => found);
      expectTrue(
        order.length === 3 && order[0] === 'value-a' && order[2] === 'value-b',
        'value-a, 404, value-b',
        order.join(', '),
      );
    },
  ),
  defineCase('answers/request-id', 'Every answer has an X-Request-Id of its own', async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('k', 'v');
    const answers = [
      await c.put('k2', 'v'),
      await c.get('k', { headers: { 'If-None-Match': etag } }),
      await c.get('k'),
      await c.head('k'),
      await c.list(),
      await c.get('missing'),
      await c.put('k', 'v', { query: 'ttlMs=0' }),
      await c.delete('k2'),
      await sendTo(stage, { method: 'GET', path: '/nowhere' }),
      await sendTo(stage, { method: 'GET', path: '/health/live' }),
      await sendBytes(stage, 'garbage\r\n\r\n'),
    ];
    expectDistinct(
      'request ids',
      answers.map((answer) => expectHeader(answer, 'x-request-id', /^\S+$/)),
    );
  }),
];
