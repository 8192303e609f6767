import { expect, test } from 'vitest';
import type { RecordHead } from './backends/backend.ts';
import { openMemory } from './backends/memory.ts';
import { CommanderError, type ErrorCode, errorCatalogue } from './errors.ts';
import { composeApp } from './test-support/compose-app.ts';
import { createFailingBackend } from './test-support/failing-backend.ts';
import { exchangeRaw } from './test-support/raw-connection.ts';

const key = '/api/v1/kv/n/c/k';
const tag = `"${'a'.repeat(32)}"`;

/** Every request that asks the store, with the conditions that could tempt a server to answer by itself. */
const asking: readonly (readonly [string, string, Record<string, string>?])[] = [
  ['GET', key],
  ['GET', key, { 'if-none-match': '*' }],
  ['GET', key, { 'if-match': tag }],
  ['HEAD', key],
  ['HEAD', key, { 'if-none-match': tag }],
  ['PUT', key],
  ['PUT', key, { 'if-none-match': '*' }],
  ['PUT', key, { 'if-match': tag }],
  ['PUT', `${key}?ttlMs=1000`],
  ['PUT', `${key}?keepTtl=true`],
  ['POST', key],
  ['PATCH', `${key}?ttlMs=1000`],
  ['PATCH', `${key}?persist=true`, { 'if-match': '*' }],
  ['DELETE', key],
  ['DELETE', key, { 'if-match': tag }],
  ['GET', '/api/v1/kv/n/c'],
  ['GET', '/api/v1/kv/n/c?values=true&prefix=a&limit=5'],
  ['GET', '/api/v1/version'],
  ['GET', '/api/v1/capabilities'],
  ['GET', '/health/ready'],
];

const failures: readonly [string, () => unknown, ErrorCode][] = [
  ['is away', () => new CommanderError('store_unavailable', 'The store is away.'), 'store_unavailable'],
  ['is full', () => new CommanderError('store_full', 'The store is full.'), 'store_full'],
  ['holds a damaged record', () => new CommanderError('record_corrupt', 'It is damaged.'), 'record_corrupt'],
  ['has a bug', () => new TypeError('secret internals'), 'internal_error'],
  [
    'loses its own connection',
    () => Object.assign(new Error('secret peer'), { code: 'ECONNRESET', syscall: 'read' }),
    'internal_error',
  ],
  ['fails like a file', () => Object.assign(new Error('secret path'), { code: 'ENOENT' }), 'internal_error'],
  ['fails like a missing route', () => Object.assign(new Error('secret'), { statusCode: 404 }), 'internal_error'],
  ['fails like a redirect', () => Object.assign(new Error('secret'), { status: 302 }), 'internal_error'],
  ['fails with a text', () => 'secret text', 'internal_error'],
  ['fails with nothing', () => undefined, 'internal_error'],
  ['fails with null', () => null, 'internal_error'],
  ['fails with an object', () => ({ statusCode: 200, message: 'secret' }), 'internal_error'],
];

for (const [name, failure, code] of failures) {
  test(`while the store ${name}, every request that asks it is answered ${code}, never as a miss`, async () => {
    await using composed = composeApp({ openBackend: () => createFailingBackend(failure) });
    const { status, retryable } = errorCatalogue[code];
    for (const [method, url, headers = {}] of asking) {
      const answer = await composed.send(method, url, {
        headers,
        ...(method === 'PUT' || method === 'POST' ? { payload: 'v' } : {}),
      });
      const label = `${method} ${url} ${JSON.stringify(headers)}`;
      expect(answer.status, label).toBe(status);
      expect(answer.headers['retry-after'] !== undefined, label).toBe(status === 503 || status === 507);
      expect(answer.headers.etag, label).toBeUndefined();
      if (method === 'HEAD') continue;
      expect(answer.problem, label).toMatchObject({ code, status, retryable });
      expect(answer.body.toString(), label).not.toContain('secret');
    }
  });

  test(`while the store ${name}, the process says it is alive and the document can be read`, async () => {
    await using composed = composeApp({ openBackend: () => createFailingBackend(failure) });
    expect((await composed.send('GET', '/health/live')).status).toBe(200);
    expect((await composed.send('GET', '/openapi.json')).status).toBe(200);
  });
}

test.each<[readonly ErrorCode[], string | undefined]>([
  [['store_unavailable'], '1'],
  [['store_unavailable', 'store_full', 'overloaded'], '10'],
  [['record_corrupt'], undefined],
])('a batch of which some failed with %j says how long to wait: %s s', async (codes, seconds) => {
  const failed = codes.map((code) => ({ outcome: 'failed' as const, error: new CommanderError(code, 'It failed.') }));
  await using composed = composeApp({
    openBackend: (context) => ({
      ...openMemory(context),
      batch: async () => ({ outcome: 'done', items: [{ outcome: 'deleted' }, ...failed] }),
    }),
  });
  const keys = ['a', ...codes].map((name) => ({ namespace: 'n', collection: 'c', key: name }));
  const headers = { 'content-type': 'application/json' };
  const answer = await composed.send('DELETE', '/api/v1/kv/batch', { headers, payload: JSON.stringify({ keys }) });
  expect([answer.status, answer.headers['retry-after']]).toEqual([207, seconds]);
});

test('what the caller got wrong is still told while the store is away', async () => {
  await using composed = composeApp({
    openBackend: () => createFailingBackend(() => new CommanderError('store_unavailable', 'Away.')),
  });
  expect((await composed.send('GET', `${key}?x=1`)).status).toBe(400);
  expect((await composed.send('PUT', `${key}?ttlMs=0`)).status).toBe(400);
  expect((await composed.send('GET', '/nowhere')).status).toBe(404);
});

test('a failure of the server is in the log once, under the request id of its answer, with its cause', async () => {
  await using composed = composeApp({ openBackend: () => createFailingBackend(() => new TypeError('the cause')) });
  const { problem } = await composed.send('GET', key);
  const errors = composed.log.map((line) => JSON.parse(line)).filter(({ level }) => level >= 50);
  expect(errors).toEqual([
    expect.objectContaining({
      requestId: problem?.requestId,
      code: 'internal_error',
      err: expect.objectContaining({ message: 'the cause' }),
    }),
  ]);
});

test.each([
  ['a line break in its media type', { contentType: 'a/b\r\nX: y' }],
  ['a character beyond latin1 in its media type', { contentType: 'a/\u20ac' }],
  ['an expiry beyond every date', { expiresAtMs: 9e15 }],
])('a record with %s is answered as a failure, not with silence', async (_, damage) => {
  await using composed = composeApp({
    openBackend: (context) => {
      const memory = openMemory(context);
      const damaged = <T extends RecordHead>(record: T | undefined) => record && { ...record, ...damage };
      return {
        ...memory,
        get: async (address, call) => damaged(await memory.get(address, call)),
        head: async (address, call) => damaged(await memory.head(address, call)),
      };
    },
  });
  await composed.send('PUT', key, { payload: 'v' });
  const port = await composed.listen();
  for (const method of ['GET', 'HEAD']) {
    const bytes = `${method} ${key} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`;
    expect(await exchangeRaw(port, bytes)).toMatch(/^HTTP\/1\.1 500 /);
  }
});

test('the server goes on after each failure', async () => {
  let away = true;
  await using composed = composeApp({
    openBackend: () => ({
      ...createFailingBackend(() => new CommanderError('store_unavailable', 'Away.')),
      ping: () => (away ? Promise.reject(new CommanderError('store_unavailable', 'Away.')) : Promise.resolve()),
      get: () => (away ? Promise.reject(new CommanderError('store_unavailable', 'Away.')) : Promise.resolve(undefined)),
    }),
  });
  expect((await composed.send('GET', '/health/ready')).status).toBe(503);
  away = false;
  expect((await composed.send('GET', '/health/ready')).status).toBe(200);
  expect((await composed.send('GET', key)).status).toBe(404);
});

test('while the server ends it is not ready, and answers on', async () => {
  await using composed = composeApp();
  composed.context.shutdown.begun = true;
  const answer = await composed.send('GET', '/health/ready');
  expect([answer.status, answer.problem?.code, answer.headers['retry-after']]).toEqual([503, 'shutting_down', '1']);
  expect((await composed.send('GET', '/health/live')).headers.connection).toBe('close');
  expect((await composed.send('PUT', key, { payload: 'v' })).status).toBe(201);
});
