/** Servers that have little memory, with what the device's launcher sets. */

import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { afterAll, expect, test } from 'vitest';
import { openMemoryCell, whyNoMemoryCell } from '../test-support/memory-cell.ts';
import { sendRequest } from '../test-support/send-request.ts';
import { type SpawnedServer, spawnServerIn } from '../test-support/spawn-server.ts';
import { createTemporaryFolder } from '../test-support/temporary-folder.ts';

const agent = new Agent({ keepAlive: true });
afterAll(() => agent.destroy());

const noCell = whyNoMemoryCell();

/** What the first line of dist/device/commander.mjs is made of. */
const device: { readonly nodeFlags: readonly string[]; readonly environment: Readonly<Record<string, string>> } =
  JSON.parse(readFileSync(new URL('../../orchestrator/device.json', import.meta.url), 'utf8'));
const variables = Object.entries(device.environment).map(([name, value]) => `export ${name}=${value}`);
const mib = 1_048_576;

async function put(server: SpawnedServer, key: string, body: Buffer): Promise<number> {
  return (await sendRequest(agent, 'PUT', `${server.url}/api/v1/kv/n/c/${key}`, { body })).status;
}

function anonymousBytes(pid: number): number {
  return Number(/RssAnon:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

test.skipIf(noCell !== undefined).each([512, 128])(
  `with %i MiB a server under 64 writers of 1 MB lives, keeps what it acknowledged and goes on${noCell === undefined ? '' : ` (skipped: ${noCell})`}`,
  { timeout: 90_000 },
  async (megabytes) => {
    await using folder = await createTemporaryFolder();
    await using cell = openMemoryCell(megabytes * mib);
    const args = ['--data', folder.path, '--store-timeout-ms', '30000'];
    await using server = await spawnServerIn(
      { setUp: [...variables, cell.enter].join(' && '), nodeFlags: device.nodeFlags },
      args,
    );
    const counts = new Map<number, number>();
    const acknowledged = new Map<string, string>();
    let peak = 0;
    const watching = setInterval(() => {
      peak = Math.max(peak, anonymousBytes(server.pid));
    }, 20);
    // A server that is killed has no status to read.
    void server.exited.then(() => clearInterval(watching));
    const writer = async (_: unknown, name: number): Promise<void> => {
      for (let round = 0; round < 6; round += 1) {
        const key = `k-${name}`;
        const mark = `${name}-${round}.`;
        const status = await put(server, key, Buffer.alloc(1_000_000, mark));
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status < 300) acknowledged.set(key, mark);
      }
    };
    await Promise.all(Array.from({ length: 64 }, writer));
    clearInterval(watching);
    const told = `${megabytes} MB: ${JSON.stringify([...counts])}, peak ${Math.round(peak / mib)} MiB anonymous`;
    process.stdout.write(`${told}\n`);
    expect([...counts.keys()].filter((status) => ![200, 201, 503].includes(status))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(0);
    // What 64 bodies take does not fit beside the server.
    if (megabytes === 128) expect(counts.get(503)).toBeGreaterThan(0);
    expect(peak).toBeLessThan(megabytes * mib);
    for (const [key, mark] of acknowledged) {
      const { status, body } = await sendRequest(agent, 'GET', `${server.url}/api/v1/kv/n/c/${key}`);
      expect([key, status, body.equals(Buffer.alloc(1_000_000, mark))]).toEqual([key, 200, true]);
    }
    // Idle again, it takes what it could not take among so many.
    await expect.poll(() => put(server, 'large', Buffer.alloc(8_000_000)), { timeout: 20_000 }).toBe(201);
    expect(cell.killed()).toBe(0);
  },
);
