import { Agent } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFloorRecord } from '../backends/floor-record.ts';
import { openLmdbFolder } from '../test-support/open-lmdb-folder.ts';
import { sendRequest } from '../test-support/send-request.ts';
import { type SpawnedServer, spawnServer } from '../test-support/spawn-server.ts';

const hourMs = 3_600_000;
const key = '/api/v1/kv/n/c/k';

let agent: Agent;
beforeAll(() => {
  agent = new Agent({ keepAlive: true });
});
afterAll(() => agent.destroy());

/** By how much the clock is ahead: as the expiry of a new record shows it, and as the metric says. */
async function aheadMs({ url }: SpawnedServer): Promise<readonly [number, number]> {
  const written = await sendRequest(agent, 'PUT', `${url}${key}?ttlMs=1000`, { body: 'v' });
  const shown = Date.parse(String(written.headers['commander-expires-at'])) - 1_000 - Date.now();
  const metrics = (await sendRequest(agent, 'GET', `${url}/metrics`)).body.toString();
  return [shown, 1_000 * Number(/^commander_clock_ahead_seconds (\S+)$/m.exec(metrics)?.[1])];
}

function expectNear([shown, said]: readonly [number, number], expectedMs: number): void {
  expect(Math.abs(shown - expectedMs)).toBeLessThan(60_000);
  expect(Math.abs(said - expectedMs)).toBeLessThan(60_000);
}

/** A system clock that is behind by two hours. */
const behind = {
  NODE_OPTIONS: `--import data:text/javascript,const%20now=Date.now;Date.now=()=>now()-${2 * hourMs}`,
};

test('a server whose system clock is behind goes on from the remembered time, says so, and is told to drop it', async () => {
  await using folder = await openLmdbFolder();
  const store = await folder.backend();
  await createFloorRecord(store, () => true).raise(Date.now(), folder.call());
  await folder.close();
  const flags = ['--data', folder.path];
  for (const environment of [behind, behind]) {
    await using server = await spawnServer(flags, environment);
    expect(server.log()).toContain('going on from that');
    const [shown, said] = await aheadMs(server);
    expect(Math.abs(shown)).toBeLessThan(60_000);
    expect(Math.abs(said - 2 * hourMs)).toBeLessThan(60_000);
    server.kill('SIGKILL');
    await server.exited;
  }
  {
    await using server = await spawnServer([...flags, '--reset-clock'], behind);
    expect(server.log()).toContain('dropped');
    const [shown, said] = await aheadMs(server);
    expect(Math.abs(shown + 2 * hourMs)).toBeLessThan(60_000);
    expect(said).toBe(0);
  }
  await using server = await spawnServer(flags);
  expect(server.log()).not.toContain('going on from that');
  expectNear(await aheadMs(server), 0);
});

test('a clock that stands still does not go by the time that the store remembers', async () => {
  await using folder = await openLmdbFolder();
  const store = await folder.backend();
  await createFloorRecord(store, () => true).raise(Date.UTC(2031, 0, 1), folder.call());
  await folder.close();
  await using server = await spawnServer(['--data', folder.path, '--testing', '--testing-seed', '7']);
  const written = await sendRequest(agent, 'PUT', `${server.url}${key}?ttlMs=1000`, { body: 'v' });
  expect(written.headers['commander-expires-at']).toBe('2030-01-01T00:00:01.000Z');
});
