import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openRawConnection, parseAnswers } from '../test-support/raw-connection.ts';
import { sendRequest } from '../test-support/send-request.ts';
import { serveHere } from '../test-support/serve-here.ts';
import { runWithoutRoom, type SpawnedServer, spawnServer } from '../test-support/spawn-server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../test-support/temporary-folder.ts';

let folder: TemporaryFolder;
let agent: Agent;

beforeAll(() => {
  agent = new Agent({ keepAlive: true });
});
afterAll(() => agent.destroy());
beforeEach(async () => {
  folder = await createTemporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const host = 'Host: 127.0.0.1\r\n';
const key = '/api/v1/kv/n/c/k';
const ended = { code: 0, signal: null };

/** SIGTERM, and the wait until the server has taken note. */
async function terminate(server: SpawnedServer): Promise<void> {
  server.kill('SIGTERM');
  await expect.poll(() => server.log(), { interval: 5, timeout: 5_000 }).toContain('Shutting down');
}

test('SIGTERM lets a write in flight finish, turns ready to 503, takes no new connection and ends with 0', async () => {
  await using server = await spawnServer(['--data', folder.path]);
  await using write = await openRawConnection(server.port);
  write.write(`PUT ${key} HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\nfirst`);
  await using ready = await openRawConnection(server.port);
  ready.write(`GET /health/ready HTTP/1.1\r\n${host}`);
  // An answer on each connection that came later says that the bytes above were read.
  await sendRequest(agent, 'GET', `${server.url}/health/live`);
  await terminate(server);

  ready.write('\r\n');
  const [notReady] = parseAnswers(await ready.untilClosed());
  expect([notReady?.status, JSON.parse(notReady?.body ?? '{}').code]).toEqual([503, 'shutting_down']);
  expect(notReady?.headers.get('retry-after')).toBe('1');
  await expect(openRawConnection(server.port)).rejects.toThrow(/ECONNREFUSED/);

  write.write('-last');
  const [written] = parseAnswers(await write.untilClosed());
  expect(written?.status).toBe(201);
  expect(await server.exited).toEqual(ended);
  expect(server.log()).not.toContain('cut');

  await using again = await spawnServer(['--data', folder.path]);
  expect((await sendRequest(agent, 'GET', again.url + key)).body.toString()).toBe('first-last');
});

test('SIGTERM lets an answer finish whose client reads slowly', async () => {
  await using server = await spawnServer(['--backend', 'memory']);
  const value = 'v'.repeat(16_000_000);
  await sendRequest(agent, 'PUT', server.url + key, { body: value });
  await using read = await openRawConnection(server.port);
  read.write(`GET ${key} HTTP/1.1\r\n${host}\r\n`);
  await read.until('\r\n\r\n');
  read.socket.pause();
  await terminate(server);
  // Long enough for a server that does not wait to have cut the connection: it looks every 20 ms.
  await expect(Promise.race([server.exited, delay(200)])).resolves.toBeUndefined();
  read.socket.resume();
  const [answer] = parseAnswers(await read.untilClosed());
  expect(answer?.body.length).toBe(value.length);
  expect(await server.exited).toEqual(ended);
  expect(server.log()).not.toContain('cut');
});

test('SIGTERM ends a server whose connections are idle at once', async () => {
  await using server = await spawnServer(['--backend', 'memory']);
  await using idle = await openRawConnection(server.port);
  await sendRequest(agent, 'GET', `${server.url}/health/live`);
  server.kill('SIGTERM');
  expect(await server.exited).toEqual(ended);
  expect(await idle.untilClosed()).toBe('');
  expect(server.log()).not.toContain('cut');
});

test('a request that does not end is cut after the shutdown time, and the exit code is 0', async () => {
  await using server = await spawnServer(['--backend', 'memory', '--shutdown-timeout-ms', '100']);
  await using stalled = await openRawConnection(server.port);
  stalled.write(`PUT ${key} HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\n`);
  await sendRequest(agent, 'GET', `${server.url}/health/live`);
  server.kill('SIGTERM');
  expect(await server.exited).toEqual(ended);
  expect(server.log()).toContain('Connections were cut');
});

test('SIGINT ends a server as SIGTERM does, and a second one ends it at once', async () => {
  await using server = await spawnServer(['--backend', 'memory', '--shutdown-timeout-ms', '600000']);
  await using stalled = await openRawConnection(server.port);
  stalled.write(`PUT ${key} HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\n`);
  await sendRequest(agent, 'GET', `${server.url}/health/live`);
  server.kill('SIGINT');
  await expect.poll(() => server.log(), { interval: 5, timeout: 5_000 }).toContain('Shutting down');
  server.kill('SIGINT');
  expect(await server.exited).toEqual({ code: null, signal: 'SIGINT' });
});

test('the testing clock and what it made expire survive a SIGKILL', async () => {
  const flags = ['--data', folder.path, '--testing'];
  const day = 86_400_000;
  {
    await using first = await spawnServer(flags);
    await sendRequest(agent, 'PUT', `${first.url}${key}?ttlMs=${30 * day}`, { body: 'v' });
    await sendRequest(agent, 'PUT', `${first.url}${key}2?ttlMs=${40 * day}`, { body: 'v' });
    const advanced = await sendRequest(agent, 'POST', `${first.url}/testing/clock`, {
      body: JSON.stringify({ advanceMs: 30 * day }),
    });
    expect(JSON.parse(advanced.body.toString()).nowMs).toBeGreaterThan(Date.now() + 29 * day);
    expect((await sendRequest(agent, 'GET', first.url + key)).status).toBe(404);
    first.kill('SIGKILL');
    await first.exited;
  }
  await using second = await spawnServer(flags);
  expect((await sendRequest(agent, 'GET', second.url + key)).status).toBe(404);
  expect((await sendRequest(agent, 'GET', `${second.url}${key}2`)).status).toBe(200);
  const advanced = await sendRequest(agent, 'POST', `${second.url}/testing/clock`, { body: '{"advanceMs":1}' });
  expect(JSON.parse(advanced.body.toString()).nowMs).toBeGreaterThan(Date.now() + 29 * day);
});

test('a named data folder keeps the testing clock beside a store that has no folder', async () => {
  const flags = { backend: 'memory', data: `${folder.path}/new`, testing: true };
  for (const least of [1_000_000, 2_000_000]) {
    await using server = await serveHere({ flags });
    const advanced = await sendRequest(agent, 'POST', `${server.url}/testing/clock`, { body: '{"advanceMs":1000000}' });
    expect(advanced.status).toBe(200);
    expect(JSON.parse(advanced.body.toString()).nowMs).toBeGreaterThanOrEqual(Date.now() + least - 60_000);
  }
});

test('two runs with one seed give the same bytes, and the seed is in the entity tags', async () => {
  const record = async (): Promise<string> => {
    await using data = await createTemporaryFolder();
    const flags = { data: data.path, testing: true, 'testing-seed': 0x1234567 };
    await using server = await serveHere({ flags });
    const lines: string[] = [];
    const requests: readonly (readonly [string, string, string?])[] = [
      ['PUT', key, 'v'],
      ['PUT', `${key}2?ttlMs=60000`, '{"a":1}'],
      ['GET', key],
      ['GET', `${key}?x=1`],
      ['GET', '/api/v1/kv/n/c?values=true'],
      ['POST', '/testing/clock', '{"advanceMs":59999}'],
      ['PATCH', `${key}?ttlMs=5000`],
      ['GET', '/api/v1/kv/n/c?limit=1'],
      ['POST', '/testing/clock', '{"advanceMs":1}'],
      ['GET', `${key}2`],
      ['DELETE', key],
      ['GET', '/api/v1/capabilities'],
      ['GET', '/openapi.json'],
    ];
    for (const [method, path, body] of requests) {
      const answer = await sendRequest(agent, method, server.url + path, body === undefined ? {} : { body });
      // The wall clock of the machine, which Node writes; everything else is the server's.
      const { date, ...headers } = answer.headers;
      lines.push(`${answer.status} ${JSON.stringify(headers)} ${answer.body.toString()}`);
    }
    return lines.join('\n');
  };
  const first = await record();
  expect(await record()).toBe(first);
  expect(first).toMatch(/"etag":"\\"[0-9a-f]{16}0000000001234567\\""/);
});

test('a first start that found no room leaves a folder that the next start accepts', async () => {
  // No file may grow: the first page cannot be written.
  const failed = await runWithoutRoom(['serve', '--data', `${folder.path}/new`, '--port', '0']);
  expect([failed.code, failed.signal]).not.toEqual([0, null]);
  await using server = await spawnServer(['--data', `${folder.path}/new`]);
  expect((await sendRequest(agent, 'PUT', server.url + key, { body: 'v' })).status).toBe(201);
});
