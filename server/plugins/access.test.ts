import { afterAll, beforeAll, expect, test } from 'vitest';
import { createAuthenticator } from '../access/authenticator.ts';
import { parseCredentials } from '../access/credentials.ts';
import { type Answer, type ComposedApp, composeApp } from '../test-support/compose-app.ts';
import { basic, bearer, renderCredentials } from '../test-support/credentials.ts';
import { exchangeRaw, parseAnswers } from '../test-support/raw-connection.ts';

const secret = 'correct-horse-battery';
let composed: ComposedApp;

beforeAll(async () => {
  const text = await renderCredentials([
    { name: 'reader', role: 'read', kind: 'token', secret },
    { name: 'writer', role: 'write', kind: 'password', secret },
    { name: 'admin', role: 'admin', kind: 'token', secret },
    { name: 'limited', role: 'admin', namespaces: ['a', 'a-b'], kind: 'token', secret },
  ]);
  const gate = createAuthenticator({ credentials: parseCredentials(text, 'test'), failuresPerMinute: 1_000_000 });
  composed = composeApp({ gate, loopbackOnly: false });
  for (const namespace of ['a', 'b']) {
    await composed.send('PUT', `/api/v1/kv/${namespace}/c/k`, { headers: basic('writer', secret), payload: 'v' });
  }
});
afterAll(() => composed[Symbol.asyncDispose]());

async function statusOf(method: string, url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await composed.send(method, url, { headers })).status;
}

/** All that an answer tells, but for the id of its request and what belongs to the connection. */
function toldBy({ status, headers, body }: Answer): unknown {
  const { 'x-request-id': _id, date: _date, connection: _connection, 'content-length': _length, ...rest } = headers;
  return { status, rest, body: body.toString().replace(/"requestId":"[^"]*"/, '') };
}

test('without credentials every path and method gets one and the same 401', async () => {
  const expected = toldBy(await composed.send('GET', '/api/v1/kv/a/c/k'));
  expect(expected).toMatchObject({
    status: 401,
    rest: { 'www-authenticate': expect.stringMatching(/^Basic .*, Bearer /) },
  });
  const paths = [
    ...['/api/v1/kv/a/c/k', '/api/v1/kv/a/c/absent', '/api/v1/kv/nowhere/c/k', '/api/v1/kv/a/c', '/api/v1/kv/-/c/k'],
    ...['/nothing', '/api/v1/kv/a', '/api/v1/kv/a/c/%ff', '/api/v1/kv/a/c/%zz', `/api/v1/kv/a/c/${'k'.repeat(2000)}`],
    ...[`/${'x'.repeat(9000)}`, '/api/v1/kv/a/c/<>', '/api/v1/kv/a/c/k?x=y', '/openapi.json', '/api/v1/version', '/'],
  ];
  for (const path of paths) {
    for (const method of ['GET', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS']) {
      expect([method, path, toldBy(await composed.send(method, path))]).toEqual([method, path, expected]);
    }
    const head = await composed.send('HEAD', path);
    expect([path, head.status, head.body.length]).toEqual([path, 401, 0]);
  }
});

test('health is open to all and tells one word', async () => {
  expect((await composed.send('GET', '/health/live')).body.toString()).toBe('{"status":"live"}');
  expect((await composed.send('GET', '/health/ready')).body.toString()).toBe('{"status":"ready","warnings":[]}');
});

test.each([
  ['no scheme', secret],
  ['an unknown scheme', `Digest ${secret}`],
  ['a scheme alone', 'Bearer'],
  ['a token without its name', `Bearer ${secret}`],
  ['a token without its secret', 'Bearer reader.'],
  ['a wrong secret', bearer('reader', `${secret}x`).authorization],
  ['the beginning of a secret', bearer('reader', secret.slice(0, -1)).authorization],
  ['an unknown name', bearer('nobody', secret).authorization],
  ['a name of the prototype', bearer('__proto__', secret).authorization],
  ['a token as a password', basic('reader', secret).authorization],
  ['a password as a token', bearer('writer', secret).authorization],
  ['a hash instead of a secret', bearer('reader', 'scrypt$16384$8$1$AAAA$BBBB').authorization],
  ['two credentials', `${bearer('reader', secret).authorization}, ${bearer('reader', secret).authorization}`],
  ['base64 of nothing', 'Basic ='],
  ['base64 without a colon', `Basic ${Buffer.from('writer').toString('base64')}`],
  ['an empty name', basic('', secret).authorization],
  ['an empty password', basic('writer', '').authorization],
  ['a name in other letters', basic('Writer', secret).authorization],
])('%s is the same 401', async (_, authorization) => {
  const expected = toldBy(await composed.send('GET', '/api/v1/kv/a/c/k'));
  const headers = { authorization: authorization ?? '' };
  expect(toldBy(await composed.send('GET', '/api/v1/kv/a/c/k', { headers }))).toEqual(expected);
});

test('the name of a scheme is read in any letters', async () => {
  expect(await statusOf('GET', '/api/v1/kv/a/c/k', { authorization: `bEARER reader.${secret}` })).toBe(200);
  const { authorization = '' } = basic('writer', secret);
  expect(await statusOf('GET', '/api/v1/kv/a/c/k', { authorization: authorization.replace('Basic', 'BASIC') })).toBe(
    200,
  );
});

/** Route, and the least role that it takes. */
test('a role may do what those before it may, and nothing else', async () => {
  const key = '/api/v1/kv/a/c/role';
  const needs = [
    ...['GET', 'HEAD'].map((method) => [method, key, 'read'] as const),
    ...['PUT', 'POST', 'PATCH', 'DELETE'].map((method) => [method, `${key}-2`, 'write'] as const),
    ...['/api/v1/kv/a/c', '/api/v1/version', '/api/v1/capabilities', '/openapi.json'].map(
      (path) => ['GET', path, 'read'] as const,
    ),
  ];
  const holders = { read: bearer('reader', secret), write: basic('writer', secret), admin: bearer('admin', secret) };
  for (const [method, path, need] of needs) {
    for (const role of ['read', 'write', 'admin'] as const) {
      const denied = need === 'write' && role === 'read';
      expect([method, path, role, (await statusOf(method, path, holders[role])) === 403]).toEqual([
        method,
        path,
        role,
        denied,
      ]);
    }
  }
});

test('403 is one and the same for keys that are there, that are not, and that cannot be', async () => {
  const headers = bearer('limited', secret);
  const expected = toldBy(await composed.send('GET', '/api/v1/kv/b/c/k', { headers }));
  expect(expected).toMatchObject({ status: 403 });
  for (const path of ['b/c/absent', 'nowhere/c/k', 'b/-/k', 'b/c/k?x=y', 'b/c', '-/c/k', 'b/c?cursor=x']) {
    expect([path, toldBy(await composed.send('GET', `/api/v1/kv/${path}`, { headers }))]).toEqual([path, expected]);
  }
  const put = await composed.send('PUT', '/api/v1/kv/b/c/k', { headers, payload: 'x'.repeat(2_000) });
  expect(toldBy(put)).toEqual(expected);
});

/** Paths that mean, or that some reader would take for, a namespace outside the limit `a`, `a-b`. */
const crossings = [
  ...['b/c/k', 'A/c/k', 'a./c/k', 'a-/c/k', 'a-b-c/c/k', 'ab/c/k', 'a%00/c/k', '%00a/c/k', 'a%20/c/k', '%20a/c/k'],
  ...['%62/c/k', '%2562/c/k', 'a%2F..%2Fb/c/k', 'a%2Fb/c/k', '..%2Fb/c/k', 'a%5C..%5Cb/c/k'],
  ...['a;b/c/k', 'a%3Bb/c/k', 'a,b/c/k', 'a%2Cb/c/k', '*/c/k', 'a*/c/k', '%2A/c/k', 'a%0A/c/k', 'a%0D%0Ab/c/k'],
  ...['%EF%BD%81/c/k', '%C3%A1/c/k', 'a%CC%81/c/k', 'a%E2%80%8B/c/k', '%D0%B0/c/k', '%E2%80%AEa/c/k', 'a%EF%BB%BF/c/k'],
  ...['Yg/c/k?keyEncoding=base64url', 'b/c/aw?keyEncoding=base64url', 'YQ/c/k?keyEncoding=base64url', 'b/c?prefix=k'],
  ...['undefined/c/k', 'null/c/k', '__proto__/c/k', 'constructor/c/k', '0/c/k', 'a%2Cа-b/c/k'.replace('а', '%D0%B0')],
];

test.each(crossings)('the limit to a and a-b is not crossed by %s', async (path) => {
  for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE']) {
    const status = await statusOf(method, `/api/v1/kv/${path}`, bearer('limited', secret));
    // A listing has no such method, whatever the namespace.
    expect(path.split('/').length === 2 ? [403, 405] : [403]).toContain(status);
  }
});

test.each([
  'b/c/k',
  '../c/k',
  './c/k',
  '%2E%2E/c/k',
  'a/../b/c/k',
  'a/%2e%2e/b/c/k',
  'a//b/c/k',
  '//b/c/k',
  'a/c/../../b/c/k',
  'a/c/k/../../../b/c/k',
])('written on the wire as it is, %s reaches nothing of b', async (path) => {
  const port = await listening();
  const { authorization = '' } = bearer('limited', secret);
  const request = `GET /api/v1/kv/${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
  const [answer] = parseAnswers(await exchangeRaw(port, request));
  expect([400, 403, 404]).toContain(answer?.status);
});

test.each(['a/c/k', '%61/c/k', 'a-b/c/k', 'a/c/..%2F..%2Fb%2Fc%2Fk', 'a/c/Yg?keyEncoding=base64url', 'a/c/b%2Fk'])(
  'what stays in a namespace of the limit is allowed: %s',
  async (path) => {
    expect([200, 404]).toContain(await statusOf('GET', `/api/v1/kv/${path}`, bearer('limited', secret)));
  },
);

test('two Authorization headers are never joined into one that is valid', async () => {
  const port = await listening();
  const line = (name: string) => `Authorization: ${bearer(name, secret).authorization}\r\n`;
  const request = `GET /api/v1/kv/b/c/k HTTP/1.1\r\nHost: x\r\n${line('limited')}${line('reader')}Connection: close\r\n\r\n`;
  const [answer] = parseAnswers(await exchangeRaw(port, request));
  expect(answer?.status).toBe(403);
});

test('a route that does not say who may use it stops the server at start', () => {
  expect(() => composed.app.get('/forgotten', async () => 'open')).toThrow();
  const other = composeApp();
  expect(() => other.app.get('/forgotten', async () => 'open')).toThrow(/GET \/forgotten does not say who may use it/);
  const access = { role: 'read', namespaceParam: 'ns' } as const;
  expect(() => other.app.get('/x/:namespace', { config: { access } }, async () => 'x')).toThrow(/no parameter :ns/);
});

test('no line of the log holds a credential', () => {
  expect(composed.log.length).toBeGreaterThan(100);
  const text = composed.log.join('\n');
  for (const word of [secret, 'Bearer', 'Basic', Buffer.from(`writer:${secret}`).toString('base64')]) {
    expect(text).not.toContain(word);
  }
});

let port: Promise<number> | undefined;
function listening(): Promise<number> {
  port ??= composed.listen();
  return port;
}
