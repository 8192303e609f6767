import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComposedApp, composeApp } from './test-support/compose-app.ts';
import { exchangeRaw, parseAnswers } from './test-support/raw-connection.ts';

let composed: ComposedApp;
let port: number;

beforeAll(async () => {
  composed = composeApp({ maxValueBytes: 1_000 });
  port = await composed.listen();
});
afterAll(() => composed[Symbol.asyncDispose]());

const host = 'Host: 127.0.0.1\r\n';
const close = 'Connection: close\r\n';
const key = '/api/v1/kv/n/c/k';

async function stored(path: string): Promise<string | number> {
  const answer = await composed.send('GET', path);
  return answer.status === 200 ? answer.body.toString() : answer.status;
}

interface Attack {
  readonly name: string;
  readonly bytes: string;
  readonly status: number;
  readonly code?: string;
}

function put(headers: string, body: string, path = key): string {
  return `PUT ${path} HTTP/1.1\r\n${host}${headers}\r\n${body}`;
}

/** Each is one request that ends its connection. */
const attacks: readonly Attack[] = [
  { name: 'no request at all', bytes: '\r\n\r\nGARBAGE\r\n\r\n', status: 400, code: 'malformed_request' },
  { name: 'the hello of TLS', bytes: '\u0016\u0003\u0001\u0000\u00c8\u0001', status: 400, code: 'malformed_request' },
  { name: 'the preface of HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400, code: 'malformed_request' },
  { name: 'a method that is none', bytes: `GETT / HTTP/1.1\r\n${host}\r\n`, status: 400, code: 'malformed_request' },
  { name: 'bare line feeds', bytes: 'GET /health/live HTTP/1.1\nHost: 127.0.0.1\n\n', status: 400 },
  { name: 'a space before the colon', bytes: `GET / HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n`, status: 400 },
  { name: 'a folded header', bytes: `GET / HTTP/1.1\r\n${host}X: a\r\n b\r\n${close}\r\n`, status: 400 },
  { name: 'a header without a name', bytes: `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, status: 400 },
  { name: 'a NUL in a header', bytes: `GET / HTTP/1.1\r\n${host}X: a\u0000b\r\n\r\n`, status: 400 },
  { name: 'a tab in the target', bytes: `GET /health\t/live HTTP/1.1\r\n${host}${close}\r\n`, status: 400 },
  { name: 'no Host', bytes: `GET /health/live HTTP/1.1\r\n${close}\r\n`, status: 400, code: 'malformed_request' },
  {
    name: 'an empty Host',
    bytes: `GET /health/live HTTP/1.1\r\nHost:\r\n${close}\r\n`,
    status: 403,
    code: 'forbidden',
  },
  { name: 'headers of 20 KB', bytes: `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`, status: 431 },
  { name: '5,000 headers', bytes: `GET / HTTP/1.1\r\n${host}${'a:b\r\n'.repeat(5_000)}\r\n`, status: 431 },
  { name: 'a target of 20 KB', bytes: `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`, status: 431 },
  { name: 'a target of 9 KB', bytes: `GET /${'x'.repeat(9_000)} HTTP/1.1\r\n${host}${close}\r\n`, status: 414 },
  { name: 'two lengths', bytes: put('Content-Length: 1\r\nContent-Length: 2\r\n', 'xy'), status: 400 },
  { name: 'the same length twice', bytes: put('Content-Length: 1\r\nContent-Length: 1\r\n', 'x'), status: 400 },
  { name: 'a list of lengths', bytes: put('Content-Length: 1, 1\r\n', 'x'), status: 400 },
  { name: 'a negative length', bytes: put('Content-Length: -1\r\n', 'x'), status: 400 },
  { name: 'a length with a sign', bytes: put('Content-Length: +1\r\n', 'x'), status: 400 },
  { name: 'a length in hexadecimal', bytes: put('Content-Length: 0x1\r\n', 'x'), status: 400 },
  { name: 'a length beyond 64 bits', bytes: put(`Content-Length: ${'9'.repeat(30)}\r\n`, 'x'), status: 400 },
  {
    name: 'length and chunks',
    bytes: put('Content-Length: 1\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    status: 400,
  },
  { name: 'a coding that is none', bytes: put('Transfer-Encoding: identity\r\n', 'x'), status: 400 },
  { name: 'a coding that is hidden', bytes: put('Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'), status: 400 },
  { name: 'chunked twice', bytes: put('Transfer-Encoding: chunked, chunked\r\n', '0\r\n\r\n'), status: 400 },
  {
    name: 'a chunk size that is none',
    bytes: put('Transfer-Encoding: chunked\r\n', 'ZZ\r\nx\r\n0\r\n\r\n'),
    status: 400,
  },
  {
    name: 'a chunk longer than its size',
    bytes: put('Transfer-Encoding: chunked\r\n', '1\r\nxy\r\n0\r\n\r\n'),
    status: 400,
  },
  { name: 'a negative chunk', bytes: put('Transfer-Encoding: chunked\r\n', '-1\r\nx\r\n0\r\n\r\n'), status: 400 },
  { name: 'an expectation', bytes: put('Expect: 200-ok\r\nContent-Length: 1\r\n', 'x'), status: 417 },
  { name: 'a proxy request', bytes: `CONNECT evil.example:80 HTTP/1.1\r\n${host}\r\n`, status: 404 },
  {
    name: 'a wrong method with a body',
    bytes: `PUT /health/live HTTP/1.1\r\n${host}${close}Content-Length: 1\r\n\r\nx`,
    status: 405,
  },
  { name: 'an asterisk', bytes: `OPTIONS * HTTP/1.1\r\n${host}${close}\r\n`, status: 404 },
  { name: 'an empty media type', bytes: put(`${close}Content-Type:\r\nContent-Length: 1\r\n`, 'x'), status: 415 },
  {
    name: 'a media type of 3^80 readings',
    bytes: put(`${close}Content-Type: a/b${';  '.repeat(80)}!\r\nContent-Length: 1\r\n`, 'x'),
    status: 415,
  },
  { name: 'a fragment', bytes: `GET ${key}#x HTTP/1.1\r\n${host}${close}\r\n`, status: 400, code: 'malformed_url' },
  { name: 'a dot segment', bytes: `GET /api/v1/kv/n/c/../c/k HTTP/1.1\r\n${host}${close}\r\n`, status: 404 },
  { name: 'a double slash', bytes: `GET //health/live HTTP/1.1\r\n${host}${close}\r\n`, status: 404 },
  {
    name: 'an overlong slash',
    bytes: `GET /api/v1/kv/n/c/%c0%af HTTP/1.1\r\n${host}${close}\r\n`,
    status: 400,
    code: 'malformed_url',
  },
  {
    name: 'an overlong NUL',
    bytes: `GET /api/v1/kv/n/c/%c0%80 HTTP/1.1\r\n${host}${close}\r\n`,
    status: 400,
    code: 'malformed_url',
  },
  {
    name: 'a surrogate',
    bytes: `GET /api/v1/kv/n/c/%ed%a0%80 HTTP/1.1\r\n${host}${close}\r\n`,
    status: 400,
    code: 'malformed_url',
  },
  {
    name: 'beyond Unicode',
    bytes: `GET /api/v1/kv/n/c/%f4%90%80%80 HTTP/1.1\r\n${host}${close}\r\n`,
    status: 400,
    code: 'malformed_url',
  },
  {
    name: '%u escapes',
    bytes: `GET /api/v1/kv/n/c/%u0041 HTTP/1.1\r\n${host}${close}\r\n`,
    status: 400,
    code: 'malformed_url',
  },
  { name: 'raw bytes of UTF-8', bytes: `GET /api/v1/kv/n/c/\u00c3\u00a9 HTTP/1.1\r\n${host}${close}\r\n`, status: 400 },
  {
    name: '__proto__ as a namespace',
    bytes: put(`${close}Content-Length: 1\r\n`, 'x', '/api/v1/kv/__proto__/c/k'),
    status: 400,
    code: 'invalid_name',
  },
  {
    name: '__proto__ as a parameter',
    bytes: `GET ${key}?__proto__=1 HTTP/1.1\r\n${host}${close}\r\n`,
    status: 400,
    code: 'invalid_query',
  },
];

test.each(attacks)('$name is answered $status and ends the connection', async ({ bytes, status, code }) => {
  const [answer, ...more] = parseAnswers(await exchangeRaw(port, bytes));
  expect(answer?.status).toBe(status);
  expect(more).toEqual([]);
  expect(answer?.headers.get('content-type')).toBe('application/problem+json');
  const problem = JSON.parse(
    answer?.headers.get('transfer-encoding') === 'chunked' ? unchunked(answer.body) : (answer?.body ?? ''),
  );
  expect(problem).toMatchObject({ status, requestId: answer?.headers.get('x-request-id') });
  if (code !== undefined) expect(problem.code).toBe(code);
  expect(await stored(key)).toBe(404);
});

/** What two readers of the same bytes could understand differently: a proxy before this server, and this server. */
const ambiguous: readonly (readonly [string, string])[] = [
  // RFC 9112 section 3.2: more than one Host is a 400.
  ['two Hosts', `PUT ${key} HTTP/1.1\r\n${host}Host: evil.example\r\n${close}Content-Length: 1\r\n\r\nx`],
  // RFC 9112 section 3.2.2: the authority of the target counts, not Host.
  ['a foreign authority', `PUT http://evil.example${key} HTTP/1.1\r\n${host}${close}Content-Length: 1\r\n\r\nx`],
  ['two media types', put(`${close}Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 1\r\n`, 'x')],
  // RFC 9112 section 6.1: a transfer coding that the server does not understand is a 501; the value would be gzip.
  ['a coding before chunked', put(`${close}Transfer-Encoding: gzip, chunked\r\n`, '1\r\nx\r\n0\r\n\r\n')],
];

test.each(ambiguous)('%s: refused, and nothing is stored', async (_, bytes) => {
  const [answer] = parseAnswers(await exchangeRaw(port, bytes));
  const found = await stored(key);
  await composed.send('DELETE', key);
  expect(answer?.status).toBeGreaterThanOrEqual(400);
  expect(found).toBe(404);
});

const foreignHosts = [
  'evil.example',
  'localhost.',
  '127.0.0.1.evil.example',
  '[::ffff:127.0.0.1]',
  'user@127.0.0.1',
  '0.0.0.0',
  '2130706433',
];

test.each(foreignHosts)('the Host %s is refused', async (name) => {
  const text = await exchangeRaw(port, `PUT ${key} HTTP/1.1\r\nHost: ${name}\r\n${close}Content-Length: 1\r\n\r\nx`);
  expect(parseAnswers(text).map(({ status }) => status)).toEqual([403]);
  expect(await stored(key)).toBe(404);
});

test.each([
  ['Origin: http://evil.example', 403],
  ['Origin: null', 403],
  ['Origin: http://127.0.0.1:1', 403],
  ['Sec-Fetch-Site: cross-site', 403],
  ['Sec-Fetch-Site: same-site', 403],
  ['Sec-Fetch-Site: same-origin', 404],
  ['Sec-Fetch-Site: none', 404],
  ['Origin: http://127.0.0.1', 404],
])('a request with %s is answered %i', async (header, status) => {
  const text = await exchangeRaw(port, `GET ${key} HTTP/1.1\r\n${host}${header}\r\n${close}\r\n`);
  expect(parseAnswers(text)[0]?.status).toBe(status);
});

const good: readonly (readonly [string, string, number])[] = [
  ['HTTP/1.0 without a Host', 'GET /health/live HTTP/1.0\r\n\r\n', 200],
  ['HTTP/1.0 with a Host', `GET /health/live HTTP/1.0\r\n${host}\r\n`, 200],
  ['empty lines before it', `\r\n\r\nGET /health/live HTTP/1.1\r\n${host}${close}\r\n`, 200],
  ['the absolute form', `GET http://127.0.0.1/health/live HTTP/1.1\r\n${host}${close}\r\n`, 200],
  ['the absolute form without a path', `GET http://127.0.0.1 HTTP/1.1\r\n${host}${close}\r\n`, 404],
  ['an upgrade that is not taken', `GET /health/live HTTP/1.1\r\n${host}Upgrade: h2c\r\n${close}\r\n`, 200],
  ['an encoded letter in the path', `GET /%68ealth/live HTTP/1.1\r\n${host}${close}\r\n`, 200],
  ['a body on a GET', `GET /health/live HTTP/1.1\r\n${host}${close}Content-Length: 3\r\n\r\nabc`, 200],
  ['a lone question mark', `GET /health/live? HTTP/1.1\r\n${host}${close}\r\n`, 200],
];

test.each(good)('a request with %s is answered', async (_, bytes, status) => {
  expect(parseAnswers(await exchangeRaw(port, bytes)).map((answer) => answer.status)).toEqual([status]);
});

describe('keys that are hard to name', () => {
  test.each([
    ['..', '%2e%2e'],
    ['.', '%2E'],
    ['..', '..'],
    ['/', '%2f'],
    ['%2f', '%252f'],
    ['%', '%25'],
    ['\u0000', '%00'],
    ['__proto__', '__proto__'],
    ['constructor', 'constructor'],
    ['a+b', 'a+b'],
    ['a b', 'a%20b'],
    ['a;b=c', 'a;b=c'],
    ['?#', '%3f%23'],
    ['\r\nX: y', '%0d%0aX%3a%20y'],
    ['<script>', '%3Cscript%3E'],
    ['\u{10ffff}', '%f4%8f%bf%bf'],
  ])('%j is written as %s', async (name, encoded) => {
    const bytes = put(`${close}Content-Length: 1\r\n`, 'x', `/api/v1/kv/n/hard/${encoded}`);
    expect(parseAnswers(await exchangeRaw(port, bytes))[0]?.status).toBe(201);
    const plain = `/api/v1/kv/n/hard/${Buffer.from(name).toString('base64url')}?keyEncoding=base64url`;
    expect(await stored(plain)).toBe('x');
    expect((await composed.send('DELETE', plain)).status).toBe(204);
  });
});

function unchunked(body: string): string {
  return body.split('\r\n')[1] ?? '';
}
