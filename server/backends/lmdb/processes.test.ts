import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOfKey, openLmdbFolder } from '../../test-support/open-lmdb-folder.ts';
import { sendRequest } from '../../test-support/send-request.ts';
import { type SpawnedServer, spawnServer } from '../../test-support/spawn-server.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../test-support/temporary-folder.ts';

let folder: TemporaryFolder;
let agent: Agent;
/** Two servers on one folder. */
let a: SpawnedServer;
let b: SpawnedServer;

beforeAll(async () => {
  folder = await createTemporaryFolder();
  agent = new Agent({ keepAlive: true, maxSockets: 32 });
  [a, b] = await Promise.all([start(folder), start(folder)]);
});
afterAll(async () => {
  agent.destroy();
  await Promise.all([a[Symbol.asyncDispose](), b[Symbol.asyncDispose]()]);
  await folder[Symbol.asyncDispose]();
});

const start = (data: { readonly path: string }): Promise<SpawnedServer> =>
  spawnServer(['--data', data.path, '--log-level', 'warn']);
const urlOf = (server: SpawnedServer, key: string): string => `${server.url}/api/v1/kv/n/c/${key}`;

test('two processes on one folder see what the other one wrote, changed and deleted', async () => {
  const get = async (server: SpawnedServer) => {
    const answer = await sendRequest(agent, 'GET', urlOf(server, 'seen'));
    return answer.status === 200 ? answer.body.toString() : answer.status;
  };
  for (const [writer, reader] of [
    [a, b],
    [b, a],
  ] as const) {
    for (const value of ['first', 'second']) {
      await sendRequest(agent, 'PUT', urlOf(writer, 'seen'), { body: value });
      await expect.poll(() => get(reader), { interval: 5 }).toBe(value);
    }
    await sendRequest(agent, 'DELETE', urlOf(writer, 'seen'));
    await expect.poll(() => get(reader), { interval: 5 }).toBe(404);
  }
});

test('a read that begins after the other process has acknowledged a write sees it, while many more read', async () => {
  let stopped = false;
  const load = Array.from({ length: 16 }, async () => {
    while (!stopped) await sendRequest(agent, 'GET', urlOf(b, 'acknowledged'));
  });
  let stale = 0;
  for (let count = 0; count < 300; count += 1) {
    await sendRequest(agent, 'PUT', urlOf(a, 'acknowledged'), { body: `${count}` });
    const method = count % 3;
    if (method === 0) {
      const { headers } = await sendRequest(agent, 'HEAD', urlOf(b, 'acknowledged'));
      const { headers: own } = await sendRequest(agent, 'HEAD', urlOf(a, 'acknowledged'));
      if (headers.etag !== own.etag) stale += 1;
      continue;
    }
    const path = method === 1 ? urlOf(b, 'acknowledged') : `${b.url}/api/v1/kv/n/c?prefix=acknowledged&values=true`;
    const { body } = await sendRequest(agent, 'GET', path);
    const seen = method === 1 ? body.toString() : String(JSON.parse(body.toString()).items[0].text);
    if (seen !== `${count}`) stale += 1;
  }
  stopped = true;
  await Promise.all(load);
  expect(stale, 'stale answers of 300').toBe(0);
});

test('of all creations of one key, through two processes, exactly one succeeds', async () => {
  for (let round = 0; round < 10; round += 1) {
    const key = `created-${round}`;
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        sendRequest(agent, 'PUT', urlOf(index % 2 === 0 ? a : b, key), {
          headers: { 'if-none-match': '*' },
          body: `writer ${index}`,
        }),
      ),
    );
    const winners = answers.flatMap(({ status }, index) => (status === 201 ? [`writer ${index}`] : []));
    expect(winners).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(9);
    for (const server of [a, b]) {
      const read = async () => (await sendRequest(agent, 'GET', urlOf(server, key))).body.toString();
      await expect.poll(read, { interval: 5 }).toBe(winners[0]);
    }
  }
});

test('entity tags of one key grow, whichever process writes', async () => {
  const tags: string[] = [];
  for (let count = 0; count < 30; count += 1) {
    const { headers } = await sendRequest(agent, 'PUT', urlOf(count % 3 === 0 ? a : b, 'tagged'), { body: 'v' });
    tags.push(String(headers.etag));
  }
  expect(tags).toEqual([...new Set(tags)].sort());
});

test('every write acknowledged before a SIGKILL is there afterwards, whole, small and large', async () => {
  await using killed = await openLmdbFolder();
  const acknowledged = new Map<string, Buffer>();
  let cut = 0;
  for (const round of [1, 2]) {
    await using server = await start(killed);
    let stopped = false;
    const write = async (worker: number): Promise<void> => {
      for (let count = 0; !stopped; count += 1) {
        const key = `${round}-${worker}-${count}`;
        const value = randomBytes(worker === 0 ? 300_000 : 100);
        const answer = await sendRequest(agent, 'PUT', urlOf(server, key), { body: value }).catch(() => undefined);
        if (answer === undefined) {
          cut += 1;
          return;
        }
        expect(answer.status).toBe(201);
        acknowledged.set(key, value);
        if (acknowledged.size < round * 200) continue;
        stopped = true;
        server.kill('SIGKILL');
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, worker) => write(worker)));
    expect(await server.exited).toEqual({ code: null, signal: 'SIGKILL' });

    const backend = await killed.backend();
    for (const [key, value] of acknowledged) {
      expect((await backend.get(addressOfKey(key), killed.call()))?.value.equals(value), key).toBe(true);
    }
    await killed.close();
  }
  expect(acknowledged.size).toBeGreaterThanOrEqual(400);
  expect(cut, 'writes in flight at the kill').toBeGreaterThan(0);
});
