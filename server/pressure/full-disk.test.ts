/** Servers on a disk that gets full, by what they store and by what others do. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { mountTmpfs, type SmallDisk, whyNoMount } from '../test-support/mount-tmpfs.ts';
import { sendRequest } from '../test-support/send-request.ts';
import { type SpawnedServer, spawnServer, spawnServerIn } from '../test-support/spawn-server.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

const noMount = whyNoMount();
const onSmallDisk = test.skipIf(noMount !== undefined);
const why = noMount === undefined ? '' : ` (skipped: ${noMount})`;

const seed = Date.now() % 1_000_000;
beforeEach(() => process.stdout.write(`full-disk seed ${seed}\n`));

/** Sizes in and out of the records, and the ones that LMDB keeps on pages of their own. */
const sizes = [100, 3_000, 20_000, 100_000];

function urlOf(server: SpawnedServer, key: string): string {
  return `${server.url}/api/v1/kv/n/c/${key}`;
}

function valueUnder(key: string): Buffer {
  const size = sizes[[...key].reduce((sum, character) => sum + character.charCodeAt(0), seed) % sizes.length];
  return Buffer.alloc(size ?? 0, key);
}

/** The status, or 0 when the connection ends without one. */
async function ask(server: SpawnedServer, method: string, key: string, body?: Buffer): Promise<number> {
  const options = body === undefined ? {} : { body };
  return sendRequest(agent, method, urlOf(server, key), options).then(
    ({ status }) => status,
    () => 0,
  );
}

/** The acknowledged keys that are not there, or not as they were written. */
async function lostOf(server: SpawnedServer, keys: Iterable<string>): Promise<readonly string[]> {
  const lost: string[] = [];
  for (const key of keys) {
    const { status, body } = await sendRequest(agent, 'GET', urlOf(server, key));
    if (status !== 200 || !body.equals(valueUnder(key))) lost.push(key);
  }
  return lost;
}

interface Written {
  readonly acknowledged: ReadonlySet<string>;
  readonly statuses: ReadonlySet<number>;
}

/** Twenty writers at once, until `done`. */
async function writeUntil(server: SpawnedServer, run: string, done: () => boolean): Promise<Written> {
  const acknowledged = new Set<string>();
  const statuses = new Set<number>();
  const writer = async (_: unknown, name: number): Promise<void> => {
    for (let count = 0; !done(); count += 1) {
      const key = `${run}-${name}-${count}`;
      const status = await ask(server, 'PUT', key, valueUnder(key));
      statuses.add(status);
      if (status === 201) acknowledged.add(key);
    }
  };
  await Promise.all(Array.from({ length: 20 }, writer));
  return { acknowledged, statuses };
}

async function warningsOf(server: SpawnedServer): Promise<unknown> {
  const { body } = await sendRequest(agent, 'GET', `${server.url}/health/ready`);
  return JSON.parse(body.toString()).warnings;
}

async function serveOn(disk: SmallDisk, ...args: readonly string[]): Promise<SpawnedServer> {
  return spawnServer(['--data', join(disk.path, 'data'), ...args]);
}

onSmallDisk(
  `ten times of ten a disk that others fill to the last byte costs writes 507 and nothing else, until there is room${why}`,
  { timeout: 60_000 },
  async () => {
    await using disk = await mountTmpfs(32);
    await using server = await serveOn(disk);
    for (let round = 0; round < 10; round += 1) {
      const key = `round-${round}`;
      expect(await ask(server, 'PUT', key, valueUnder(key))).toBe(201);
      expect(await ask(server, 'PUT', `${key}-kept`, valueUnder(`${key}-kept`))).toBe(201);
      disk.fill();
      expect(disk.freeBytes()).toBe(0);
      const refused = await sendRequest(agent, 'PUT', urlOf(server, 'more'), { body: 'x' });
      expect(refused.status).toBe(507);
      expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'store_full', retryable: true });
      expect(refused.headers['retry-after']).toBe('10');
      expect(await ask(server, 'PATCH', `${key}?ttlMs=100000`)).toBe(507);
      expect(await warningsOf(server)).toEqual(['low_disk']);
      expect(await ask(server, 'GET', key)).toBe(200);
      expect(await ask(server, 'DELETE', key)).toBe(204);
      expect(await ask(server, 'GET', key)).toBe(404);
      await disk.empty();
      await expect.poll(() => ask(server, 'PUT', 'more', valueUnder('more')), { interval: 2 }).toBeLessThan(202);
    }
    expect(
      await lostOf(
        server,
        Array.from({ length: 10 }, (_, round) => `round-${round}-kept`),
      ),
    ).toEqual([]);
    server.kill('SIGTERM');
    expect(await server.exited).toEqual({ code: 0, signal: null });
    expect(server.log().match(/nearly full/g)?.length).toBeLessThanOrEqual(2);
  },
);

onSmallDisk(
  `writers that fill the disk are refused at the reserve, lose nothing, and write again what they delete${why}`,
  { timeout: 60_000 },
  async () => {
    await using disk = await mountTmpfs(32);
    const keys: string[] = [];
    {
      await using server = await serveOn(disk);
      const endsAt = performance.now() + 20_000;
      const isFull = async (): Promise<boolean> => (await ask(server, 'PUT', 'probe', Buffer.alloc(50_000))) === 507;
      let full = false;
      const filling = (async () => {
        while (!full && performance.now() < endsAt) full = await isFull();
      })();
      const { acknowledged, statuses } = await writeUntil(server, 'fill', () => full);
      await filling;
      expect([...statuses].sort()).toEqual([201, 507].filter((status) => statuses.has(status)));
      expect(full).toBe(true);
      expect(disk.freeBytes()).toBeGreaterThan(1_500_000);
      keys.push(...acknowledged);
      expect(await lostOf(server, keys)).toEqual([]);
      // What is freed inside the file is used again although the disk shows no room at all.
      disk.fill();
      const freed = keys.splice(0, Math.ceil(keys.length / 2));
      for (const key of freed) expect(await ask(server, 'DELETE', key)).toBe(204);
      for (const key of freed.filter((name) => valueUnder(name).length < 4_096).slice(0, 20)) {
        expect(await ask(server, 'PUT', key, valueUnder(key))).toBe(201);
        keys.push(key);
      }
      server.kill('SIGTERM');
      expect(await server.exited).toEqual({ code: 0, signal: null });
    }
    await using again = await serveOn(disk);
    expect(await lostOf(again, keys)).toEqual([]);
  },
);

onSmallDisk(
  `a disk that is filled between the look at it and the commit costs no acknowledged write; the server ends or goes on${why}`,
  { timeout: 120_000 },
  async () => {
    for (let round = 0; round < 4; round += 1) {
      await using disk = await mountTmpfs(40);
      // Without a reserve nothing stands between the commit and the end of the disk.
      const server = await serveOn(disk, '--disk-reserve-bytes', '1', '--shutdown-timeout-ms', '1000');
      let over = false;
      void server.exited.then(() => {
        over = true;
      });
      const writing = writeUntil(server, `round-${round}`, () => over);
      const left = expect.poll(() => disk.freeBytes(), { interval: 2, timeout: 20_000 });
      await left.toBeLessThan((36 - 4 * round) * 1_000_000);
      const ballast = ['if=/dev/zero', `of=${join(disk.path, 'ballast')}`, 'bs=1M', 'count=64'];
      await once(spawn('dd', ballast, { stdio: 'ignore' }), 'close');
      await expect.poll(() => over || disk.freeBytes() === 0).toBe(true);
      await Promise.race([server.exited, new Promise((resolve) => setTimeout(resolve, 500))]);
      const ended = over;
      over = true;
      const { acknowledged, statuses } = await writing;
      for (const status of statuses) expect([0, 201, 503, 507]).toContain(status);
      expect(statuses).toContain(507);
      await disk.empty();
      if (!ended) {
        // It answers once there is room, or it has said that it ends.
        const status = await ask(server, 'PUT', 'after', valueUnder('after'));
        expect([201, 503, 0]).toContain(status);
        server.kill('SIGTERM');
      }
      const exit = await server.exited;
      if (ended) expect(exit.code).not.toBe(0);
      await using again = await serveOn(disk);
      expect(await lostOf(again, acknowledged)).toEqual([]);
      expect(await ask(again, 'PUT', 'again', valueUnder('again'))).toBe(201);
    }
  },
);

onSmallDisk(`a full disk opens what it holds, and refuses to open what has no lock file yet${why}`, async () => {
  await using disk = await mountTmpfs(16);
  {
    await using server = await serveOn(disk);
    expect(await ask(server, 'PUT', 'kept', valueUnder('kept'))).toBe(201);
    server.kill('SIGTERM');
    await server.exited;
  }
  disk.fill();
  {
    await using server = await serveOn(disk);
    expect(await lostOf(server, ['kept'])).toEqual([]);
    expect(await ask(server, 'PUT', 'more', valueUnder('more'))).toBe(507);
    expect(await ask(server, 'DELETE', 'kept')).toBe(204);
  }
  disk.fill();
  await expect(spawnServer(['--data', join(disk.path, 'new')])).rejects.toThrow(/ended with 2: .*Make room/);
});

// A file that may not grow fails in the native code as a full disk does, at a place of the test's choice.
test('a write that fails in the native code is answered, is the last one, and ends the process for its supervisor', async () => {
  await using folder = await createTemporaryFolder();
  const acknowledged: string[] = [];
  {
    // The bound is in blocks of 512 bytes: 4 MB for every file.
    await using server = await spawnServerIn({ setUp: 'ulimit -f 8192' }, ['--data', folder.path]);
    let status = 201;
    while (status === 201) {
      const key = `k-${acknowledged.length}`;
      status = await ask(server, 'PUT', key, valueUnder(key));
      if (status === 201) acknowledged.push(key);
    }
    expect([507, 503, 0]).toContain(status);
    const exit = await server.exited;
    expect(exit.code).not.toBe(0);
    if (status !== 0) {
      expect(exit).toEqual({ code: null, signal: 'SIGKILL' });
      expect(server.log().match(/A commit failed/g)?.length).toBe(1);
    }
  }
  expect(acknowledged.length).toBeGreaterThan(10);
  await using again = await spawnServer(['--data', folder.path]);
  expect(await lostOf(again, acknowledged)).toEqual([]);
});
