import { afterAll, beforeAll, expect, test } from 'vitest';
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

function put(path: string, headers: string, body: string): string {
  return `PUT ${path} HTTP/1.1\r\n${host}${headers}\r\n${body}`;
}

async function stored(path: string): Promise<string | number> {
  const answer = await composed.send('GET', path);
  return answer.status === 200 ? answer.body.toString() : answer.status;
}

const end = `GET /health/live HTTP/1.1\r\n${host}${close}\r\n`;

test('requests that come at once are answered in order', async () => {
  const path = '/api/v1/kv/n/pipelined';
  for (const name of ['a', 'b', 'c']) await composed.send('PUT', `${path}/${name}`, { payload: name });
  const names = Array.from({ length: 60 }, (_, index) => 'abc'.charAt(index % 3));
  const requests = names.map((name) => `GET ${path}/${name} HTTP/1.1\r\n${host}\r\n`);
  const answers = parseAnswers(await exchangeRaw(port, requests.join('') + end));
  expect(answers.map(({ body }) => body)).toEqual([...names, '{"status":"live"}']);
});

// RFC 9112 section 9.3.2: only safe methods may run at the same time.
test('writes that come at once take effect in order', async () => {
  const path = '/api/v1/kv/n/ordered/k';
  const remove = `DELETE ${path} HTTP/1.1\r\n${host}\r\n`;
  const answers = parseAnswers(await exchangeRaw(port, put(path, 'Content-Length: 1\r\n', 'x') + remove + end));
  expect(answers.map(({ status }) => status)).toEqual([201, 204, 200]);
  expect(await stored(path)).toBe(404);
});

// A 400 in the place of the first answer would say that the write had no effect.
test('garbage behind a write is never answered in its place', async () => {
  const path = '/api/v1/kv/n/garbage/k';
  const text = await exchangeRaw(port, `${put(path, 'Content-Length: 1\r\n', 'x')}GARBAGE\r\n\r\n`);
  const [first] = text === '' ? [] : parseAnswers(text);
  await expect.poll(() => stored(path)).toBe('x');
  expect([201, undefined]).toContain(first?.status);
});

// What a refusal leaves unread must never be taken for the next request.
test('a batch may be larger than a value, also for a client that asks first', async () => {
  const at = { namespace: 'n', collection: 'c', key: 'k' };
  const body = JSON.stringify({ operations: Array(40).fill({ op: 'set', ...at, text: 'v' }) });
  const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  const post = `POST /api/v1/kv/batch HTTP/1.1\r\n${host}${close}${head}Expect: 100-continue\r\n\r\n`;
  await using connection = await openRawConnection(port);
  connection.write(post);
  await connection.until('100 Continue');
  connection.write(body);
  expect(body.length).toBeGreaterThan(1_000);
  expect(parseAnswers(await connection.untilClosed()).map(({ status }) => status)).toEqual([100, 200]);
  const beyond = post.replace(/Content-Length: \d+/, 'Content-Length: 16000001');
  expect(parseAnswers(await exchangeRaw(port, beyond)).map(({ status }) => status)).toEqual([413]);
});

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
  for (const byte of put('/api/v1/kv/n/slow/k', `${close}Content-Length: 10\r\n`, '0123456789')) {
    connection.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(201);
  expect(await stored('/api/v1/kv/n/slow/k')).toBe('0123456789');
});

test('a body that is shorter than its length is not stored', async () => {
  const path = '/api/v1/kv/n/short/k';
  await using connection = await openRawConnection(port);
  connection.socket.end(put(path, 'Content-Length: 10\r\n', '01234'));
  expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(400);
  expect(await stored(path)).toBe(404);
});

test('chunks that never end are not stored', async () => {
  const path = '/api/v1/kv/n/short/k';
  await using connection = await openRawConnection(port);
  connection.socket.end(put(path, 'Transfer-Encoding: chunked\r\n', '5\r\n01234\r\n'));
  expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(400);
  expect(await stored(path)).toBe(404);
});

test('a client that breaks off in a body is no failure of the server', async () => {
  await using alone = composeApp();
  const at = await alone.listen();
  for (const leave of ['destroy', 'resetAndDestroy'] as const) {
    await using connection = await openRawConnection(at);
    connection.write(put('/api/v1/kv/n/c/k', 'Content-Length: 10\r\n', '01234'));
    await exchangeRaw(at, end);
    connection.socket[leave]();
  }
  const told = () => alone.log.map((line) => JSON.parse(line)).filter(({ requestId }) => requestId !== undefined);
  await expect.poll(() => told().length).toBe(2);
  for (const line of told()) expect(line).toMatchObject({ level: 20, code: 'malformed_request' });
  expect((await alone.send('GET', '/api/v1/kv/n/c/k')).status).toBe(404);
});

test('a chunked body is stored without its frame, extensions and trailers', async () => {
  const path = '/api/v1/kv/n/chunked/k';
  const body = '3;ext="x"\r\nabc\r\n003\r\ndef\r\n0\r\nX-Trailer: y\r\n\r\n';
  const text = await exchangeRaw(port, put(path, `${close}Transfer-Encoding: Chunked\r\n`, body));
  expect(parseAnswers(text)[0]?.status).toBe(201);
  expect(await stored(path)).toBe('abcdef');
});

test('a client that asks first is invited when its body fits, and refused without it when not', async () => {
  const path = '/api/v1/kv/n/asked/k';
  {
    await using connection = await openRawConnection(port);
    connection.write(put(path, `${close}Expect: 100-continue\r\nContent-Length: 3\r\n`, ''));
    await connection.until('100 Continue');
    connection.write('abc');
    expect(parseAnswers(await connection.untilClosed()).map(({ status }) => status)).toEqual([100, 201]);
  }
  const text = await exchangeRaw(port, put(`${path}2`, 'Expect: 100-continue\r\nContent-Length: 1001\r\n', ''));
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
    connection.write(`PUT /api/v1/kv/n/large/k HTTP/1.1\r\n${host}${head}`);
    for (let sent = 0; sent < size && connection.socket.writable; sent += 1_000_000) {
      connection.write(Buffer.alloc(1_000_000, 'x'));
    }
    connection.write(tail);
    expect(parseAnswers(await connection.until('}')).map(({ status }) => status)).toEqual([413]);
  },
);
