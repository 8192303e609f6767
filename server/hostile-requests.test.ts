import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComposedApp, composeApp } from './test-support/compose-app.ts';
import { exchangeRaw, openRawConnection, parseAnswers } from './test-support/raw-connection.ts';

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
  { name: 'HTTP/0.9', bytes: 'GET /health/live\r\n\r\n', status: 400, code: 'malformed_request' },
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

describe('on one connection', () => {
  const end = `GET /health/live HTTP/1.1\r\n${host}${close}\r\n`;

  test('requests that come at once are answered in order', async () => {
    const path = '/api/v1/kv/n/pipelined';
    const requests = [
      ...Array.from({ length: 20 }, (_, index) => put('Content-Length: 2\r\n', String(10 + index), `${path}/k`)),
      `GET ${path}/k HTTP/1.1\r\n${host}\r\n`,
      `DELETE ${path}/k HTTP/1.1\r\n${host}\r\n`,
      `GET ${path}/k HTTP/1.1\r\n${host}${close}\r\n`,
    ];
    const answers = parseAnswers(await exchangeRaw(port, requests.join('')));
    expect(answers.map(({ status }) => status)).toEqual([201, ...Array.from({ length: 19 }, () => 200), 200, 204, 404]);
    expect(answers[20]?.body).toBe('29');
  });

  // What a refusal leaves unread must never be taken for the next request.
  test.each([
    ['a length', `Content-Length: ${end.length}\r\n\r\n${end}`],
    ['chunks', `Transfer-Encoding: chunked\r\n\r\n${end.length.toString(16)}\r\n${end}\r\n0\r\n\r\n`],
  ])('a refused body with %s that looks like a request is none', async (_, rest) => {
    const refused = `PUT /api/v1/kv/-/c/k HTTP/1.1\r\n${host}${rest}`;
    const marked = `GET /api/v1/kv/n/c/marked HTTP/1.1\r\n${host}${close}\r\n`;
    const statuses = parseAnswers(await exchangeRaw(port, refused + marked)).map(({ status }) => status);
    expect([[400], [400, 404]]).toContainEqual(statuses);
  });

  test('a body that comes byte by byte is stored whole', async () => {
    await using connection = await openRawConnection(port);
    connection.socket.setNoDelay(true);
    for (const byte of put(`${close}Content-Length: 10\r\n`, '0123456789', '/api/v1/kv/n/slow/k')) {
      connection.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(201);
    expect(await stored('/api/v1/kv/n/slow/k')).toBe('0123456789');
  });

  test('a body that is shorter than its length is not stored', async () => {
    const path = '/api/v1/kv/n/short/k';
    await using connection = await openRawConnection(port);
    connection.socket.end(put('Content-Length: 10\r\n', '01234', path));
    expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(400);
    expect(await stored(path)).toBe(404);
  });

  test('chunks that never end are not stored', async () => {
    const path = '/api/v1/kv/n/short/k';
    await using connection = await openRawConnection(port);
    connection.socket.end(put('Transfer-Encoding: chunked\r\n', '5\r\n01234\r\n', path));
    expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(400);
    expect(await stored(path)).toBe(404);
  });

  test('a client that breaks off in a body is no failure of the server', async () => {
    const path = '/api/v1/kv/n/broken/k';
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      await using connection = await openRawConnection(port);
      connection.write(put('Content-Length: 10\r\n', '01234', path));
      await composed.send('GET', '/health/live');
      connection.socket[leave]();
    }
    await expect.poll(() => composed.log.filter((line) => line.includes('was whole')).length).toBe(2);
    expect(composed.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
    expect(await stored(path)).toBe(404);
  });

  test('a chunked body is stored without its frame, extensions and trailers', async () => {
    const path = '/api/v1/kv/n/chunked/k';
    const body = '3;ext="x"\r\nabc\r\n003\r\ndef\r\n0\r\nX-Trailer: y\r\n\r\n';
    const text = await exchangeRaw(port, put(`${close}Transfer-Encoding: Chunked\r\n`, body, path));
    expect(parseAnswers(text)[0]?.status).toBe(201);
    expect(await stored(path)).toBe('abcdef');
  });

  test('a client that asks first is invited when its body fits, and refused without it when not', async () => {
    const path = '/api/v1/kv/n/asked/k';
    {
      await using connection = await openRawConnection(port);
      connection.write(put(`${close}Expect: 100-continue\r\nContent-Length: 3\r\n`, '', path));
      await connection.until('100 Continue');
      connection.write('abc');
      expect(parseAnswers(await connection.untilClosed()).map(({ status }) => status)).toEqual([100, 201]);
    }
    const text = await exchangeRaw(port, put('Expect: 100-continue\r\nContent-Length: 1001\r\n', '', `${path}2`));
    expect(parseAnswers(text).map(({ status }) => status)).toEqual([413]);
    expect(await stored(path)).toBe('abc');
  });

  test.each([
    ['a length', `Content-Length: 20000000\r\n\r\n`, 20_000_000, ''],
    ['chunks', `Transfer-Encoding: chunked\r\n\r\n${(20_000_000).toString(16)}\r\n`, 20_000_000, '\r\n0\r\n\r\n'],
  ])(
    'a body far beyond the limit, by %s, is answered 413 to a client that goes on sending',
    async (_, head, size, tail) => {
      await using connection = await openRawConnection(port);
      connection.write(`PUT ${key} HTTP/1.1\r\n${host}${head}`);
      for (let sent = 0; sent < size && connection.socket.writable; sent += 1_000_000) {
        connection.write(Buffer.alloc(1_000_000, 'x'));
      }
      connection.write(tail);
      expect(parseAnswers(await connection.until('}')).map(({ status }) => status)).toEqual([413]);
    },
  );
});

describe('numbers at the edge', () => {
  const ttl = (text: string) => composed.send('PUT', `/api/v1/kv/n/ttl/k?ttlMs=${text}`, { payload: 'v' });

  test.each(['1', '3155760000000', '00000000000000000001'])('a TTL of %s is taken', async (text) => {
    expect((await ttl(text)).status).toBeLessThan(300);
  });

  test.each([
    '0',
    '3155760000001',
    '9007199254740993',
    '99999999999999999999',
    '-1',
    '1.5',
    '1e3',
    'NaN',
    'Infinity',
    '0x1',
    '',
    ' 1',
  ])('a TTL of %j is refused', async (text) => {
    expect((await ttl(encodeURIComponent(text))).status).toBe(400);
  });

  test('a cursor leads nowhere but where its own listing goes', async () => {
    const path = '/api/v1/kv/n/paged';
    for (const name of ['a', 'b', 'c']) await composed.send('PUT', `${path}/${name}`, { payload: name });
    await composed.send('PUT', '/api/v1/kv/n/paged2/secret', { payload: 's' });
    const page = async (query: string) => {
      const answer = await composed.send('GET', `${path}?${query}`);
      return answer.status === 200 ? JSON.parse(answer.body.toString()) : answer.problem?.code;
    };
    const { cursor } = await page('limit=1');
    const bytes = Buffer.from(cursor, 'base64url');
    const forged = (key: string | Buffer) =>
      Buffer.concat([bytes.subarray(0, 8), Buffer.from(key)]).toString('base64url');
    expect((await page(`cursor=${cursor}`)).items.map((item: { key: string }) => item.key)).toEqual(['b', 'c']);
    // A cursor is no secret: a forged one is a place to go on from, and never leaves the collection.
    expect((await page(`cursor=${forged('b')}`)).items.map((item: { key: string }) => item.key)).toEqual(['c']);
    expect(await page(`cursor=${forged('\u{10ffff}')}`)).toEqual({ items: [] });
    expect(await page(`cursor=${forged('../paged2/')}`)).toMatchObject({
      items: [{ key: 'a' }, { key: 'b' }, { key: 'c' }],
    });
    const refused = [
      forged(''),
      forged(Buffer.of(0xff)),
      forged('x'.repeat(1_025)),
      `${cursor}=`,
      `${cursor}A`,
      cursor.slice(1),
      'a',
      '%2e%2e',
      `${cursor}&after=a`,
      `${cursor}&prefix=a`,
      `${cursor}&cursor=${cursor}`,
    ];
    for (const text of refused)
      expect(['invalid_cursor', 'invalid_query'], text).toContain(await page(`cursor=${text}`));
    for (let bit = 0; bit < 64; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(await page(`cursor=${flipped.toString('base64url')}`)).toBe('invalid_cursor');
    }
  });
});

function unchunked(body: string): string {
  return body.split('\r\n')[1] ?? '';
}
