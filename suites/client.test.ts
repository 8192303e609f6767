import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createClient } from './client.ts';
import type { NoAnswer } from './no-answer.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

async function listen(server: Server | ReturnType<typeof createTcpServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const serve = (handler: Handler): Promise<string> => listen(createServer(handler));

/** Answers with what came: request line, header lines and body, one JSON object. */
const echo: Handler = (request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method, url, rawHeaders } = request;
    response.end(JSON.stringify({ method, url, rawHeaders, body: Buffer.concat(chunks).toString('hex') }));
  });
};

interface Echo {
  readonly url: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
}

async function rejection(promise: Promise<unknown>): Promise<NoAnswer> {
  return promise.then(
    () => Promise.reject(new Error('it was answered')),
    (error: NoAnswer) => error,
  );
}

test('the path goes on the wire as it is, dots, escapes and all', async () => {
  using client = createClient(await serve(echo));
  const path = '/a/../b/./%2e%2E/%252F//c?x=%7e&&y=+';
  const answer = await client.request({ method: 'GET', path });
  expect((answer.json() as Echo).url).toBe(path);
});

test('a base URL with a path stands before every path', async () => {
  using client = createClient(`${await serve(echo)}/prefix/`);
  expect(((await client.request({ method: 'GET', path: '/a' })).json() as Echo).url).toBe('/prefix/a');
});

test('each value of a header gets a line of its own', async () => {
  using client = createClient(await serve(echo));
  const headers = { 'If-Match': ['"a"', '"b"'], 'X-Latin': '\u00e9' };
  const { rawHeaders } = (await client.request({ method: 'GET', path: '/', headers })).json() as Echo;
  expect(rawHeaders.slice(0, 6)).toEqual(['If-Match', '"a"', 'If-Match', '"b"', 'X-Latin', '\u00e9']);
});

test('a body goes byte for byte, with its length or in chunks', async () => {
  using client = createClient(await serve(echo));
  const body = Buffer.from([0, 255, 13, 10, 128]);
  const whole = (await client.request({ method: 'PATCH', path: '/', body })).json() as Echo;
  expect(whole.body).toBe(body.toString('hex'));
  expect(whole.rawHeaders).toContain('Content-Length');
  const headers = { 'Transfer-Encoding': 'chunked' };
  const chunked = (await client.request({ method: 'PUT', path: '/', body, headers })).json() as Echo;
  expect(chunked.body).toBe(body.toString('hex'));
  expect(chunked.rawHeaders).not.toContain('Content-Length');
});

test('a request is never sent twice', async () => {
  let requests = 0;
  using client = createClient(
    await serve((request) => {
      requests += 1;
      request.socket.destroy();
    }),
  );
  const error = await rejection(client.request({ method: 'GET', path: '/' }));
  expect([error.reason, error.effect, requests]).toEqual(['broken', 'unknown', 1]);
  expect(client.counts).toEqual({ ok: 0, fail: 0, info: 1 });
});

test('a refused connection had no effect', async () => {
  const url = await serve(echo);
  const closed = createTcpServer();
  const gone = await listen(closed);
  await new Promise((resolve) => closed.close(resolve));
  using client = createClient(gone);
  const error = await rejection(client.request({ method: 'PUT', path: '/api/v1/kv/a/b/c', body: 'v' }));
  expect([error.reason, error.effect]).toEqual(['refused', 'none']);
  expect(client.counts).toEqual({ ok: 0, fail: 1, info: 0 });
  expect(client.written()).toEqual([]);
  expect(url).not.toBe(gone);
});

test('an answer cut short is no answer', async () => {
  const cut = (socket: Socket): void => {
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'));
  };
  using client = createClient(await listen(createTcpServer(cut)));
  expect((await rejection(client.request({ method: 'GET', path: '/' }))).reason).toBe('broken');
});

test('an exchange ends at its time limit and when the signal aborts', async () => {
  const url = await listen(createTcpServer(() => undefined));
  using hasty = createClient(url, { timeoutMs: 30 });
  expect((await rejection(hasty.request({ method: 'GET', path: '/' }))).reason).toBe('timeout');
  const stop = new AbortController();
  using stopped = createClient(url, { signal: stop.signal });
  const pending = rejection(stopped.request({ method: 'GET', path: '/' }));
  stop.abort();
  expect((await pending).reason).toBe('aborted');
});

test('an answer that comes before the body is read is taken', async () => {
  using client = createClient(
    await serve((request, response) => {
      response.writeHead(413).end('too large');
      request.resume();
    }),
  );
  const answer = await client.request({ method: 'PUT', path: '/', body: Buffer.alloc(8_000_000) });
  expect([answer.status, answer.body.toString()]).toEqual([413, 'too large']);
});

test('answers are counted by how they ended', async () => {
  const statuses = [200, 201, 304, 404, 412, 503];
  using client = createClient(await serve((_, response) => response.writeHead(statuses.shift() ?? 200).end()));
  for (const _ of [...statuses]) await client.request({ method: 'GET', path: '/' });
  expect(client.counts).toEqual({ ok: 3, fail: 2, info: 1 });
});

test('what may be stored is remembered until it is deleted', async () => {
  const answers: Record<string, number> = { PUT: 201, POST: 503, DELETE: 204 };
  using client = createClient(
    await serve((request, response) =>
      response.writeHead(request.url?.endsWith('refused') ? 400 : (answers[request.method ?? ''] ?? 200)).end(),
    ),
  );
  const send = (method: string, path: string) => client.request({ method, path: `/api/v1/kv/n/c/${path}` });
  await send('PUT', 'a%2Fb?ttlMs=5');
  await send('POST', 'Li4?keyEncoding=base64url');
  await send('PUT', 'refused');
  await send('GET', 'read');
  expect(client.written().map(({ key }) => key)).toEqual(['a/b', '..']);
  await send('DELETE', 'a%2Fb');
  expect(client.written()).toEqual([{ namespace: 'n', collection: 'c', key: '..' }]);
  const at = { namespace: 'n', collection: 'c' };
  const operations = [
    { op: 'set', ...at, key: 'set', text: 'v' },
    { op: 'get', ...at, key: 'read' },
  ];
  await client.request({ method: 'POST', path: '/api/v1/kv/batch', body: JSON.stringify({ operations }) });
  expect(client.written().map(({ key }) => key)).toEqual(['..', 'set']);
});

test('raw bytes go as they are, and what the server sent comes back', async () => {
  using client = createClient(await serve(echo));
  const received = await client.raw('GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  expect(received.toString('latin1')).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"url":"\/x"/s);
  expect((await client.raw('nonsense\r\n\r\n')).toString('latin1')).toMatch(/^HTTP\/1\.1 400 /);
  expect(client.counts).toEqual({ ok: 1, fail: 1, info: 0 });
});
