import { expect, test } from 'vitest';
import type { BackendContext } from './backends/backend.ts';
import { openMemory } from './backends/memory.ts';
import { CommanderError } from './errors.ts';
import { composeApp } from './test-support/compose-app.ts';
import { createFailingBackend } from './test-support/failing-backend.ts';
import { exchangeRaw } from './test-support/raw-connection.ts';

const secret = 'Xq7Zr9Wv';

/** The forms in which a log could hold the secret. */
const forms: readonly RegExp[] = [
  new RegExp(secret, 'i'),
  new RegExp([...secret].map((char) => `%${char.charCodeAt(0).toString(16)}`).join(''), 'i'),
  new RegExp(Buffer.from(secret).toString('hex'), 'i'),
  new RegExp([...Buffer.from(secret)].join(',\\s*')),
  // Its base64 at each of the three offsets that it can have in a longer text, without the characters at the edges.
  ...['', 'x', 'xx'].map(
    (before) =>
      new RegExp(
        Buffer.from(before + secret)
          .toString('base64')
          .slice(3, -3),
      ),
  ),
];

function leaks(log: readonly string[]): readonly string[] {
  return log.filter((line) => forms.some((form) => form.test(line)));
}

const key = `/api/v1/kv/n/c/key-${secret}`;
const credentials = { authorization: `Bearer ${secret}`, cookie: `session=${secret}`, 'x-api-key': secret };
const encodedKey = Buffer.from(`key-${secret}`).toString('base64url');

/** With the secret as key, value, prefix, cursor and credential; answered and refused ones. */
const requests: readonly (readonly [string, string, Record<string, string>?, string?])[] = [
  ['PUT', key, {}, `value-${secret}`],
  ['PUT', key, { 'content-type': 'application/json' }, `{"password":"${secret}"}`],
  ['POST', key, credentials, secret],
  ['GET', key, credentials],
  ['HEAD', key],
  ['GET', `/api/v1/kv/n/c/${encodedKey}?keyEncoding=base64url`],
  ['PATCH', `${key}?ttlMs=1000`],
  ['PUT', key, { 'if-none-match': '*' }, secret],
  ['PUT', key, { 'if-match': `"${secret}"` }, secret],
  ['PUT', key, { 'if-match': secret }, secret],
  ['PUT', key, { 'content-type': secret }, secret],
  ['PUT', key, { 'content-encoding': secret }, secret],
  ['PUT', key, { 'content-range': secret }, secret],
  ['PUT', key, {}, secret.repeat(1_000)],
  ['PUT', `${key}?ttlMs=0`, {}, secret],
  ['PATCH', `${key}?ttlMs=1000`, {}, secret],
  ['DELETE', key, {}, secret],
  ['GET', `/api/v1/kv/n/c/${secret}=?keyEncoding=base64url`],
  ['GET', `/api/v1/kv/n/c/${secret.repeat(200)}`],
  ['GET', `${key}%ff`],
  ['GET', `${key}%`],
  ['GET', `${key}/${secret}`],
  ['GET', `/${secret}`],
  ['OPTIONS', key],
  ['GET', `/api/v1/kv/n/c?prefix=${secret}`],
  ['GET', `/api/v1/kv/n/c?prefix=${secret.repeat(200)}`],
  ['GET', `/api/v1/kv/n/c?after=${secret}&cursor=${secret}`],
  ['GET', `/api/v1/kv/n/c?cursor=${secret}`],
  ['GET', '/api/v1/kv/n/c?values=true'],
  ['GET', key, { host: `${secret}.example` }],
  ['GET', key, { origin: `http://${secret}.example` }],
  ['GET', key, { 'sec-fetch-site': secret }],
  ['GET', `${key}?${'x'.repeat(8_200)}${secret}`],
  ['POST', '/testing/clock', {}, `{"advanceMs":"${secret}"}`],
  ['POST', '/testing/clock', {}, secret],
  ['DELETE', key],
];

async function sendAll(composed: ReturnType<typeof composeApp>): Promise<void> {
  for (const [method, url, headers = {}, payload] of requests) {
    await composed.send(method, url, { headers, ...(payload === undefined ? {} : { payload }) });
  }
}

test('the forms find the secret in a log that holds it', () => {
  const held = [secret, `x${secret}y`, encodeURIComponent(secret), [...Buffer.from(secret)].join(','), encodedKey];
  expect(leaks(held.map((text) => JSON.stringify({ msg: text })))).toHaveLength(held.length);
  expect(leaks(['{"msg":"key"}'])).toEqual([]);
});

test('no key, value, entity tag or credential is in the log at level debug, however a request ends', async () => {
  await using composed = composeApp();
  await sendAll(composed);
  expect(composed.log.length).toBeGreaterThan(20);
  expect(leaks(composed.log)).toEqual([]);
});

test('requests that are no HTTP leave nothing of theirs in the log', async () => {
  await using composed = composeApp();
  const port = await composed.listen();
  await exchangeRaw(port, `PUT ${key} HTTP/1.1\r\nHost: 127.0.0.1\r\n${secret}\r\n\r\n`);
  await exchangeRaw(port, `${secret} ${key} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await exchangeRaw(port, `GET ${key} HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ${secret.repeat(4_000)}\r\n\r\n`);
  await exchangeRaw(port, `PUT ${key} HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: ${secret}\r\n\r\n`);
  await exchangeRaw(port, `CONNECT ${secret}:80 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await exchangeRaw(port, `GET ${key} HTTP/1.1\r\nConnection: close\r\n\r\n`);
  expect(leaks(composed.log)).toEqual([]);
});

// A key whose `?` was not encoded: what follows is taken for a query, and the detail of the refusal quotes it.
test.each([
  ['as the name of an unknown parameter', 'GET', `${key}?${secret}`],
  ['as a value that is no integer', 'GET', `/api/v1/kv/n/c?limit=${secret}`],
  ['as a value that is no time', 'PUT', `${key}?expiresAt=${secret}`],
])('what follows a stray question mark is not in the log: %s', async (_, method, url) => {
  await using composed = composeApp();
  await composed.send(method, url);
  expect(leaks(composed.log)).toEqual([]);
});

test('a failure of the store leaves no key and no value in the log', async () => {
  await using composed = composeApp({
    openBackend: () => createFailingBackend(() => new CommanderError('store_unavailable', 'The store is away.')),
  });
  await sendAll(composed);
  expect(composed.log.filter((line) => line.includes('store_unavailable')).length).toBeGreaterThan(5);
  expect(leaks(composed.log)).toEqual([]);
});

test('the log says nothing of a request that was answered well', async () => {
  const openBackend = (context: BackendContext) => openMemory(context);
  await using composed = composeApp({ openBackend });
  await composed.send('PUT', key, { payload: secret });
  await composed.send('GET', key);
  expect(composed.log).toEqual([]);
});
