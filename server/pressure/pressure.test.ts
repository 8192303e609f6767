/** The app under pressure that is made here: small budgets, memory by word, a busy event loop. */

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { openMemory } from '../backends/memory.ts';
import { type ComposedApp, type ComposeOptions, composeApp } from '../test-support/compose-app.ts';
import { openRawConnection, parseAnswers, type RawConnection } from '../test-support/raw-connection.ts';
import { readSamples } from '../test-support/read-samples.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

const mb = 1_000_000;
const path = '/api/v1/kv/n/c/k';

async function serve(options: ComposeOptions): Promise<ComposedApp & { readonly port: number }> {
  const composed = stack.use(composeApp({ maxValueBytes: 16 * mb, ...options }));
  return { ...composed, port: await composed.listen() };
}

async function open(port: number, bytes: string | Buffer): Promise<RawConnection> {
  const connection = stack.use(await openRawConnection(port));
  connection.write(bytes);
  return connection;
}

function put(length: number, rest = ''): string {
  return `PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: ${length}\r\n${rest}\r\n`;
}

function held(composed: ComposedApp, what: 'request_bodies' | 'answers'): Promise<number | undefined> {
  return readSamples(composed).then((samples) => samples.get(`commander_${what}_held_bytes`));
}

async function refusedFor(composed: ComposedApp, reason: string): Promise<number | undefined> {
  return (await readSamples(composed)).get(`commander_refused_total{reason="${reason}"}`);
}

function codeIn(text: string): unknown {
  return JSON.parse(parseAnswers(text).at(-1)?.body ?? '{}').code;
}

test('a body beyond the budget is refused before it is sent, and taken once another has ended', async () => {
  const composed = await serve({ pressure: { bodyBudgetBytes: 4 * mb } });
  const slow = await open(composed.port, put(3 * mb));
  await expect.poll(() => held(composed, 'request_bodies')).toBe(3 * mb);
  const refused = await open(composed.port, put(mb));
  const answer = await refused.until('}');
  expect(parseAnswers(answer)[0]?.status).toBe(503);
  expect(codeIn(answer)).toBe('server_busy');
  expect(parseAnswers(answer)[0]?.headers.get('retry-after')).toBe('1');
  expect(await refusedFor(composed, 'bodies')).toBe(1);
  // Small ones have their part of it, and what has no body goes on.
  expect((await composed.send('PUT', path, { payload: 'small' })).status).toBe(201);
  expect((await composed.send('GET', path)).status).toBe(200);
  slow.write(Buffer.alloc(3 * mb, 'x'));
  await slow.until('HTTP/1.1 200');
  await expect.poll(() => held(composed, 'request_bodies')).toBe(0);
  // What is left of the refused body is read and thrown away: the connection goes on with the next request.
  refused.write(Buffer.alloc(mb));
  refused.write(`${put(2)}ok`);
  await refused.until('HTTP/1.1 200');
  expect((await composed.send('GET', path)).body.toString()).toBe('ok');
});

test('a client that asks first is not invited to send a body that has no room', async () => {
  const composed = await serve({ pressure: { bodyBudgetBytes: mb } });
  await open(composed.port, put(900_000));
  await expect.poll(() => held(composed, 'request_bodies')).toBe(900_000);
  const asking = await open(composed.port, put(500_000, 'Expect: 100-continue\r\n'));
  expect(parseAnswers(await asking.untilClosed()).map(({ status }) => status)).toEqual([503]);
});

test('a client that asks first for no route is not invited either', async () => {
  const composed = await serve({});
  const asking = await open(composed.port, put(5, 'Expect: 100-continue\r\n').replace('/api/v1/kv', '/nothing'));
  expect(parseAnswers(await asking.untilClosed()).map(({ status }) => status)).toEqual([404]);
});

test('chunks are counted as they come, and a body that grows beyond the budget is refused in the middle', async () => {
  const composed = await serve({ pressure: { bodyBudgetBytes: mb } });
  await open(composed.port, put(700_000));
  await expect.poll(() => held(composed, 'request_bodies')).toBe(700_000);
  const head = `PUT ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const growing = await open(composed.port, head);
  growing.write(`${(50_000).toString(16)}\r\n${'x'.repeat(50_000)}\r\n`);
  await expect.poll(() => held(composed, 'request_bodies')).toBe(750_000);
  growing.write(`${(500_000).toString(16)}\r\n${'x'.repeat(500_000)}\r\n0\r\n\r\n`);
  expect(codeIn(await growing.until('}'))).toBe('server_busy');
  await expect.poll(() => held(composed, 'request_bodies')).toBe(700_000);
});

test('a client that leaves in the middle of its body gives back what it held', async () => {
  const composed = await serve({ pressure: { bodyBudgetBytes: mb } });
  const leaving = await open(composed.port, `${put(800_000)}xyz`);
  await expect.poll(() => held(composed, 'request_bodies')).toBe(800_000);
  leaving.socket.destroy();
  await expect.poll(() => held(composed, 'request_bodies')).toBe(0);
});

test('a batch counts as other bodies do', async () => {
  const composed = await serve({ pressure: { bodyBudgetBytes: mb } });
  await open(composed.port, put(900_000));
  await expect.poll(() => held(composed, 'request_bodies')).toBe(900_000);
  const operations = [{ op: 'set', namespace: 'n', collection: 'c', key: 'b', text: 'v'.repeat(200_000) }];
  const headers = { 'content-type': 'application/json' };
  const answer = await composed.send('POST', '/api/v1/kv/batch', { headers, payload: JSON.stringify({ operations }) });
  expect(answer.problem).toMatchObject({ code: 'server_busy', status: 503 });
});

test('while memory is low a refused body is read by and by, and to its end once there is room', async () => {
  let used = 90 * mb;
  const composed = await serve({ pressure: { memoryLimitBytes: 100 * mb }, readUsedBytes: () => used });
  const refused = await open(composed.port, put(16 * mb));
  expect(codeIn(await refused.until('}'))).toBe('insufficient_memory');
  refused.write(Buffer.alloc(16 * mb));
  // More than the buffers of the system hold.
  await delay(300);
  expect(refused.socket.writableLength).toBeGreaterThan(0);
  used = 50 * mb;
  refused.write(`${put(2)}ok`);
  await refused.until('HTTP/1.1 201');
});

test('a refused body is read to its end also while memory stays low', async () => {
  const composed = await serve({ pressure: { memoryLimitBytes: 100 * mb }, readUsedBytes: () => 90 * mb });
  const refused = await open(composed.port, put(200_000));
  expect(codeIn(await refused.until('}'))).toBe('insufficient_memory');
  refused.write(Buffer.alloc(200_000));
  refused.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await refused.until('HTTP/1.1 404');
});

test('while memory is low bodies are refused, reads and deletes go on, and it ends by itself', async () => {
  let used = 10 * mb;
  const composed = await serve({ pressure: { memoryLimitBytes: 100 * mb }, readUsedBytes: () => used });
  expect((await composed.send('PUT', path, { payload: 'v' })).status).toBe(201);
  used = 90 * mb;
  const put = (): Promise<number> => composed.send('PUT', path, { payload: 'w' }).then(({ status }) => status);
  await expect.poll(put).toBe(503);
  expect((await composed.send('PUT', path, { payload: 'w' })).problem).toMatchObject({ code: 'insufficient_memory' });
  expect((await composed.send('GET', path)).status).toBe(200);
  expect((await composed.send('PATCH', `${path}?ttlMs=60000`)).status).toBe(200);
  const ready = await composed.send('GET', '/health/ready');
  expect([ready.status, JSON.parse(ready.body.toString())]).toEqual([
    200,
    { status: 'ready', warnings: ['low_memory'] },
  ]);
  expect((await composed.send('DELETE', path)).status).toBe(204);
  used = 10 * mb;
  await expect.poll(put).toBe(201);
  expect(composed.log.filter((line) => line.includes('Memory runs short'))).toHaveLength(1);
});

test('an event loop that stays late refuses requests, but never health and metrics', async () => {
  const composed = await serve({ pressure: { maxEventLoopLagMs: 50 } });
  let late = true;
  const block = (): void => {
    const untilMs = performance.now() + 300;
    while (performance.now() < untilMs);
    if (late) setImmediate(block);
  };
  block();
  await expect.poll(async () => (await composed.send('GET', path)).status, { timeout: 10_000 }).toBe(503);
  const answer = await composed.send('GET', path);
  expect(answer.problem).toMatchObject({ code: 'server_busy', retryable: true });
  expect(answer.headers['retry-after']).toBe('1');
  expect((await composed.send('GET', '/health/live')).status).toBe(200);
  const ready = await composed.send('GET', '/health/ready');
  expect(JSON.parse(ready.body.toString()).warnings).toContain('overloaded');
  expect((await composed.send('GET', '/metrics')).status).toBe(200);
  late = false;
  await expect.poll(async () => (await composed.send('GET', path)).status, { timeout: 10_000 }).toBe(404);
  expect(composed.log.filter((line) => line.includes('The event loop is late'))).toHaveLength(1);
});

/** A reader that takes the head of its answer and then nothing. */
async function stop(port: number, target = path): Promise<RawConnection> {
  const connection = await open(port, `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  await connection.until('HTTP/1.1 200');
  connection.socket.pause();
  return connection;
}

test('answers that nobody reads are held up to their budget, the next is 503, and small ones go on', async () => {
  const composed = await serve({ pressure: { answerBudgetBytes: 20 * mb } });
  expect((await composed.send('PUT', path, { payload: Buffer.alloc(8 * mb, 'x') })).status).toBe(201);
  const small = '/api/v1/kv/n/c/small';
  expect((await composed.send('PUT', small, { payload: 'v' })).status).toBe(201);
  const readers = [await stop(composed.port), await stop(composed.port)];
  await expect.poll(() => held(composed, 'answers')).toBe(16 * mb);
  const refused = await composed.send('GET', path);
  expect(refused.problem).toMatchObject({ code: 'server_busy', status: 503 });
  expect((await composed.send('GET', `${'/api/v1/kv/n/c'}?values=true`)).problem?.code).toBe('server_busy');
  expect((await composed.send('GET', small)).status).toBe(200);
  expect((await composed.send('HEAD', path)).status).toBe(200);
  for (const reader of readers) reader.socket.destroy();
  await expect.poll(() => held(composed, 'answers')).toBe(0);
  expect((await composed.send('GET', path)).status).toBe(200);
});

test('a value that would not be answered is not read', async () => {
  let reads = 0;
  const composed = await serve({
    pressure: { answerBudgetBytes: 12 * mb },
    openBackend: (context) => {
      const backend = openMemory(context);
      return {
        ...backend,
        get: (address, call) => {
          reads += 1;
          return backend.get(address, call);
        },
      };
    },
  });
  expect((await composed.send('PUT', path, { payload: Buffer.alloc(8 * mb, 'x') })).status).toBe(201);
  await stop(composed.port);
  await expect.poll(() => held(composed, 'answers')).toBe(8 * mb);
  expect((await composed.send('GET', path)).status).toBe(503);
  expect(reads).toBe(1);
});

/** Reads 300 KB every 50 ms. */
function readSlowly({ socket }: RawConnection): Disposable {
  let left = 0;
  socket.on('data', (chunk: string) => {
    left -= chunk.length;
    if (left <= 0) socket.pause();
  });
  const timer = setInterval(() => {
    left = 300_000;
    socket.resume();
  }, 50);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

test('a client that reads nothing of its answer is cut and counted, one that reads slowly is not', async () => {
  const composed = await serve({ maxValueBytes: 64 * mb, pressure: { answerTimeoutMs: 1_500 } });
  expect((await composed.send('PUT', path, { payload: Buffer.alloc(64 * mb, 'x') })).status).toBe(201);
  const cut = async (): Promise<number | undefined> => (await readSamples(composed)).get('commander_answers_cut_total');
  const slow = await stop(composed.port);
  using _reading = readSlowly(slow);
  await stop(composed.port);
  await expect.poll(cut, { timeout: 10_000 }).toBe(1);
  await expect.poll(() => held(composed, 'answers')).toBe(64 * mb);
  await expect.poll(() => slow.socket.bytesRead, { timeout: 20_000 }).toBeGreaterThan(30 * mb);
  expect(await cut()).toBe(1);
});
