import { readFile } from 'node:fs/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, expect, test } from 'vitest';
import { type ComposedApp, composeApp } from '../test-support/compose-app.ts';
import { makeCertificate, whyNoOpenssl } from '../test-support/make-certificate.ts';
import { openRawConnection, parseAnswers, type RawConnection } from '../test-support/raw-connection.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

function compose(options: Parameters<typeof composeApp>[0]): ComposedApp {
  return stack.use(composeApp(options));
}

async function openMany(port: number, count: number, bytes: string): Promise<readonly RawConnection[]> {
  const opened: RawConnection[] = [];
  for (let i = 0; i < count; i += 1) {
    const connection = stack.use(await openRawConnection(port));
    connection.write(bytes);
    opened.push(connection);
  }
  return opened;
}

const ask = 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';

async function statusOf(port: number): Promise<number | undefined> {
  await using connection = await openRawConnection(port);
  connection.write(ask);
  return parseAnswers(await connection.untilClosed())[0]?.status;
}

test.each([
  ['headers that do not end', 'GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: '],
  ['a body that does not end', 'PUT /api/v1/kv/n/c/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n01234'],
])('%s are answered 408 with a problem document, and nothing is stored', async (_, bytes) => {
  const composed = compose({ connections: { requestTimeoutMs: 400, headersTimeoutMs: 400 } });
  await using connection = await openRawConnection(await composed.listen());
  connection.write(bytes);
  const [answer] = parseAnswers(await connection.untilClosed());
  expect(answer?.status).toBe(408);
  expect(answer?.headers.get('content-type')).toBe('application/problem+json');
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'request_timeout', retryable: true });
  expect((await composed.send('GET', '/api/v1/kv/n/c/k')).status).toBe(404);
});

test('200 half-open requests do not keep a good client out, and each of them gets its 408', async () => {
  const composed = compose({ connections: { requestTimeoutMs: 60_000, headersTimeoutMs: 2_000 } });
  const port = await composed.listen();
  const slow = await openMany(port, 200, 'GET /health/live HTTP/1.1\r\nX-Slow: ');
  expect(await statusOf(port)).toBe(200);
  const ends = await Promise.all(slow.map((connection) => connection.untilClosed()));
  expect(new Set(ends.map((text) => parseAnswers(text)[0]?.status))).toEqual(new Set([408]));
});

test('beyond the bound a connection is answered 503 and closed, until another one has ended', async () => {
  const composed = compose({ connections: { maxConnections: 5 } });
  const port = await composed.listen();
  const held = await openMany(port, 5, 'GET /health/live HTTP/1.1\r\nX-Slow: ');
  await using refused = await openRawConnection(port);
  refused.write(ask);
  const [answer] = parseAnswers(await refused.untilClosed());
  expect(answer?.status).toBe(503);
  expect(answer?.headers.get('retry-after')).toBe('1');
  expect(JSON.parse(answer?.body ?? '')).toMatchObject({ code: 'server_busy' });
  held[0]?.socket.destroy();
  await expect.poll(() => statusOf(port)).toBe(200);
});

test('with slow clients on every connection a good one gets in once their time is over', async () => {
  const composed = compose({ connections: { maxConnections: 20, headersTimeoutMs: 500 } });
  const port = await composed.listen();
  await openMany(port, 20, 'GET /health/live HTTP/1.1\r\nX-Slow: ');
  expect(await statusOf(port)).toBe(503);
  await expect.poll(() => statusOf(port), { timeout: 10_000 }).toBe(200);
});

test('a client that opens thousands is cut, and costs the server no connection after it has gone', async () => {
  const composed = compose({ connections: { maxConnections: 10 } });
  const port = await composed.listen();
  const opened = await openMany(port, 300, '');
  for (const connection of opened) connection.socket.destroy();
  await expect.poll(() => statusOf(port)).toBe(200);
});

test('beyond the bound of requests at once the next is 503, but health is told', async () => {
  const composed = compose({ connections: { maxRequests: 2 } });
  const port = await composed.listen();
  const put = 'PUT /api/v1/kv/n/c/k HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n01234';
  const held = await openMany(port, 2, put);
  await expect.poll(async () => (await composed.send('GET', '/api/v1/version')).status).toBe(503);
  expect((await composed.send('GET', '/api/v1/version')).problem).toMatchObject({ code: 'server_busy' });
  expect(await statusOf(port)).toBe(200);
  for (const connection of held) connection.write('56789');
  for (const connection of held) await connection.until('HTTP/1.1 20');
  await expect.poll(async () => (await composed.send('GET', '/api/v1/version')).status).toBe(200);
});

test('an idle connection is closed after its time', async () => {
  const composed = compose({ connections: { keepAliveTimeoutMs: 1_000 } });
  await using connection = await openRawConnection(await composed.listen());
  connection.write(ask.replace('Connection: close\r\n', ''));
  expect(parseAnswers(await connection.untilClosed())[0]?.status).toBe(200);
});

const noOpenssl = whyNoOpenssl();

test.skipIf(noOpenssl !== undefined)(`over TLS the bound answers too ${noOpenssl ?? ''}`, async () => {
  const folder = stack.use(await createTemporaryFolder());
  const files = makeCertificate(folder.path, 'server');
  const tls = { cert: await readFile(files.cert), key: await readFile(files.key) };
  const composed = compose({ tls, connections: { maxConnections: 1 } });
  const port = await composed.listen();
  const talk = (bytes: string): Promise<string> =>
    new Promise((resolve) => {
      let text = '';
      const socket = connectTls({ port, host: '127.0.0.1', ca: tls.cert });
      stack.defer(() => void socket.destroy());
      socket.setEncoding('latin1').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('}')) resolve(text);
      });
      socket.on('error', () => undefined).on('close', () => resolve(text));
      socket.write(bytes);
    });
  expect(parseAnswers(await talk(ask.replace('Connection: close\r\n', '')))[0]?.status).toBe(200);
  expect(parseAnswers(await talk(ask))[0]?.status).toBe(503);
});
