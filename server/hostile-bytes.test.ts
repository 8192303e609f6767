import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { errorCatalogue } from './errors.ts';
import { exchangeRaw, openRawConnection } from './test-support/raw-connection.ts';
import { createSeededRandom, type SeededRandom } from './test-support/seeded-random.ts';
import { type SpawnedServer, spawnServer } from './test-support/spawn-server.ts';

/** Another one each run; a failure names it. */
const seed = Date.now() % 2 ** 32;

let server: SpawnedServer;

beforeAll(async () => {
  server = await spawnServer([
    '--backend',
    'memory',
    '--testing',
    '--max-value-bytes',
    '100000',
    '--log-level',
    'debug',
  ]);
});
afterAll(() => server[Symbol.asyncDispose]());

const host = 'Host: 127.0.0.1\r\n';
const key = '/api/v1/kv/n/c/k';
const operation = '{"op":"set","namespace":"n","collection":"c","key":"k","text":"v","ttlMs":50}';
const batch = `{"atomic":true,"operations":[${operation},${operation}]}`;
const etag = `"${'a'.repeat(32)}"`;

const valid: readonly string[] = [
  `GET ${key} HTTP/1.1\r\n${host}\r\n`,
  `GET ${key}?keyEncoding=base64url HTTP/1.1\r\n${host}If-None-Match: ${etag}, W/"x,y"\r\n\r\n`,
  `HEAD ${key} HTTP/1.1\r\n${host}If-Match: *\r\n\r\n`,
  `PUT ${key}?ttlMs=1000 HTTP/1.1\r\n${host}Content-Type: text/plain; charset="utf-8"\r\nContent-Length: 5\r\n\r\nhello`,
  `PUT ${key}?expiresAt=2099-01-01T00:00:00.000Z HTTP/1.1\r\n${host}If-None-Match: *\r\nContent-Length: 1\r\n\r\nx`,
  `POST ${key}%2F%F0%9F%8C%A1?keepTtl=true HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  `PUT ${key} HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello`,
  `PATCH ${key}?persist=true HTTP/1.1\r\n${host}If-Match: ${etag}\r\n\r\n`,
  `DELETE ${key} HTTP/1.1\r\n${host}Origin: http://127.0.0.1\r\nSec-Fetch-Site: none\r\n\r\n`,
  `GET /api/v1/kv/n/c?prefix=a&limit=10&values=true HTTP/1.1\r\n${host}\r\n`,
  `GET /api/v1/kv/n/c?cursor=AAAAAAAAAAAAAA HTTP/1.1\r\n${host}\r\n`,
  `GET http://127.0.0.1/health/ready HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
  `POST /testing/clock HTTP/1.1\r\n${host}Content-Length: 15\r\n\r\n{"advanceMs":1}`,
  `POST /api/v1/kv/batch HTTP/1.1\r\n${host}Content-Type: application/json\r\nIdempotency-Key: a\r\nContent-Length: ${batch.length}\r\n\r\n${batch}`,
  `GET /api/v1/kv/n/c?filter=%7B%22a.b%22%3A%7B%22gte%22%3A1%7D%7D HTTP/1.1\r\n${host}\r\n`,
  `DELETE /api/v1/kv/n/c?prefix=k HTTP/1.1\r\n${host}\r\n`,
  `DELETE /api/v1/namespaces/n?confirm=n HTTP/1.1\r\n${host}\r\n`,
  `GET /api/v1/namespaces?limit=5 HTTP/1.1\r\n${host}Authorization: Basic YTpi\r\n\r\n`,
  `PUT /debug/log-level HTTP/1.1\r\n${host}Content-Length: 17\r\n\r\n{"level":"debug"}`,
  `GET /metrics HTTP/1.1\r\n${host}\r\n`,
  `OPTIONS * HTTP/1.1\r\n${host}\r\n`,
  `GET /openapi.json HTTP/1.1\r\n${host}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
];

/** Pieces that parsers have stumbled over. */
const pieces: readonly string[] = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\u0000',
  '\u00ff',
  ' ',
  '\t',
  '%',
  '%00',
  '%ff',
  '%2e%2e/',
  '../',
  '?',
  '&',
  '#',
  '"',
  ',',
  ';',
  ':',
  '*',
  '__proto__',
  'Content-Length: 3\r\n',
  'Content-Length: -1\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: gzip\r\n',
  'Content-Encoding: gzip\r\n',
  'Content-Type: ;;;\r\n',
  'Expect: x\r\n',
  'If-Match: "\r\n',
  'Host: evil.example\r\n',
  'ffffffffffffffff\r\n',
  '0\r\n\r\n',
  '9'.repeat(400),
  'x'.repeat(9_000),
  'GET / HTTP/1.1\r\n',
];

function mutate(random: SeededRandom): string {
  let text = random.pick(valid);
  for (let count = random.integer(4); count >= 0; count -= 1) {
    const at = random.integer(text.length + 1);
    const length = random.integer(8);
    const changes = [
      () => text.slice(0, at) + random.pick(pieces) + text.slice(at),
      () => text.slice(0, at) + text.slice(at + length),
      () => text.slice(0, at) + String.fromCharCode(random.integer(256)) + text.slice(at + 1),
      () => text.slice(0, at) + text.slice(at, at + length).repeat(random.integer(30)) + text.slice(at + length),
      () => text.slice(0, at),
      () => text + random.pick(valid),
      () => text.slice(0, at) + random.pick(valid).slice(random.integer(60)),
    ];
    text = random.pick(changes)();
  }
  return text;
}

const statuses = new Set([100, 200, 201, 204, 304, ...Object.values(errorCatalogue).map(({ status }) => status)]);

/** Sends the bytes and ends its side, so that a server that waits for more sees that nothing comes. */
async function attack(bytes: string): Promise<string> {
  await using connection = await openRawConnection(server.port);
  connection.socket.end(bytes, 'latin1');
  return await connection.untilClosed();
}

test(`10,000 mutations of valid requests (seed ${seed}) are answered or closed, and the server goes on`, async () => {
  const random = createSeededRandom(seed);
  const requests = Array.from({ length: 10_000 }, () => mutate(random));
  const queue = [...requests.entries()];
  let answered = 0;
  let warmBytes = 0;
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [index, bytes] = next;
      const label = `mutation ${index} of seed ${seed}: ${JSON.stringify(bytes.slice(0, 300))}`;
      const text = await attack(bytes).catch((cause: unknown) => {
        throw new Error(label, { cause });
      });
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
      // Nothing at all is the right answer to bytes that end before they are a request.
      if (text !== '') expect(statuses, label).toContain(status);
      expect(text, label).not.toMatch(/HTTP\/1\.1 50\d/);
      answered += text === '' ? 0 : 1;
      if (queue.length === 8_000) warmBytes = await residentBytes(server.pid);
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  expect(answered).toBeGreaterThan(4_000);
  // 8,000 connections: a leak of a request or a connection would be some ten kilobytes each.
  expect(warmBytes).toBeGreaterThan(0);
  expect((await residentBytes(server.pid)) - warmBytes).toBeLessThan(60_000_000);
  expect(await exchangeRaw(server.port, `GET /health/ready HTTP/1.1\r\n${host}Connection: close\r\n\r\n`)).toMatch(
    / 200 /,
  );
  const failures = server
    .log()
    .split('\n')
    .filter((line) => /"level":[56]0/.test(line));
  expect(failures).toEqual([]);
}, 120_000);

test('requests that are never finished, large headers and refused bodies do not stay in memory', async () => {
  const flood = async (count: number): Promise<void> => {
    for (let round = 0; round < count; round += 1) {
      const connections = await Promise.all(Array.from({ length: 50 }, () => openRawConnection(server.port)));
      for (const [index, connection] of connections.entries()) {
        const unfinished = [
          `PUT ${key} HTTP/1.1\r\n${host}Content-Length: 100000\r\n\r\n${'x'.repeat(90_000)}`,
          `PUT ${key} HTTP/1.1\r\n${host}Content-Length: 99999999\r\n\r\n${'x'.repeat(90_000)}`,
          `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(15_000)}`,
          `PUT ${key} HTTP/1.1\r\n${host}Content-Type: a/b; x${round}=${index}\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nx`,
        ];
        connection.write(unfinished[index % unfinished.length] ?? '');
      }
      await exchangeRaw(server.port, `GET /health/live HTTP/1.1\r\n${host}Connection: close\r\n\r\n`);
      for (const connection of connections) connection.socket.resetAndDestroy();
    }
  };
  await flood(10);
  const before = await residentBytes(server.pid);
  await flood(60);
  // 3,000 connections held 150 MB together; what a lazy garbage collector leaves for later is a third of it.
  expect((await residentBytes(server.pid)) - before).toBeLessThan(100_000_000);
}, 60_000);

// A connection that turned into a tunnel has no error handler of the platform any more.
test('a CONNECT whose sender resets the connection does not end the server', async () => {
  await using victim = await spawnServer(['--backend', 'memory']);
  const exited = victim.exited.then(() => true);
  for (let count = 0; count < 500; count += 1) {
    const connection = await openRawConnection(victim.port).catch(() => undefined);
    if (connection === undefined) break;
    connection.socket.write(`CONNECT a:1 HTTP/1.1\r\n${host}\r\n`, () => connection.socket.resetAndDestroy());
  }
  const alive = fetch(`${victim.url}/health/live`).then(({ ok }) => ok);
  expect(await Promise.race([alive, exited.then(() => false)])).toBe(true);
});

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
