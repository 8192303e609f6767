import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { mountSmallDisk, noMount } from '../../../test-support/mount-small-disk.ts';
import { fetchSamples } from '../../../test-support/read-samples.ts';
import { type SpawnedServer, spawnServer } from '../../../test-support/spawn-server.ts';
import {
  addressOf,
  differenceOf,
  fill,
  newCall,
  openFolder,
  readContent,
} from '../../../test-support/store-content.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../test-support/temporary-folder.ts';
import { checkFile } from './check-file.ts';
import { listSnapshots, pruneSnapshots, snapshotPath } from './snapshot-files.ts';
import { backUp } from './store-files.ts';

let folder: TemporaryFolder;
let data: string;

beforeEach(async () => {
  folder = await createTemporaryFolder();
  data = join(folder.path, 'data');
});
afterEach(() => folder[Symbol.asyncDispose]());

const text = (value: Buffer | string) =>
  ({ value: Buffer.from(value), contentType: 'text/plain', expiry: { kind: 'none' }, condition: undefined }) as const;

const snapshotsOf = (path = data) => listSnapshots(join(path, 'snapshots'));

async function put(server: SpawnedServer, key: string, value: string): Promise<number> {
  const answer = await fetch(`${server.url}/api/v1/kv/n/c/${key}`, { method: 'PUT', body: value });
  await answer.arrayBuffer();
  return answer.status;
}

async function metric(server: SpawnedServer, name: string): Promise<number | undefined> {
  return (await fetchSamples(server)).get(name);
}

test('a copy under 30 writers is of one moment: each of their pairs is whole, and nothing acknowledged before is missing', async () => {
  await using opened = await openFolder({ folder: data });
  const { backend } = opened;
  let stopped = false;
  const acknowledged = new Map<string, number>();
  const write = async (writer: number): Promise<void> => {
    for (let count = 1; !stopped; count += 1) {
      // Of two keys in one atomic batch, with a chunked value now and then.
      const value = Buffer.alloc(count % 40 === 0 ? 300_000 : 50, `${count} `);
      const operations = ['a', 'b'].map(
        (side) => ({ op: 'set', address: addressOf(`${writer}-${side}`), request: text(value) }) as const,
      );
      await backend.batch({ operations, atomic: true, receipt: undefined }, newCall());
      acknowledged.set(String(writer), count);
    }
  };
  const writers = Array.from({ length: 30 }, (_, writer) => write(writer));
  await expect.poll(() => acknowledged.size).toBe(30);
  for (let round = 0; round < 5; round += 1) {
    const before = new Map(acknowledged);
    const to = join(folder.path, `copy-${round}.mdb`);
    expect(await backUp(data, to)).toMatchObject({ sound: true, damagedRecords: 0, lostPages: 0 });
    const restored = join(folder.path, `restored-${round}`);
    await mkdir(restored);
    await copyFile(to, join(restored, 'data.mdb'));
    await using copy = await openFolder({ folder: restored });
    for (const [writer, count] of before) {
      const [a, b] = await Promise.all(
        ['a', 'b'].map((side) => copy.backend.get(addressOf(`${writer}-${side}`), newCall())),
      );
      expect(a?.value.equals(b?.value ?? Buffer.alloc(0)), `writer ${writer}`).toBe(true);
      expect(Number.parseInt(a?.value.toString() ?? '', 10)).toBeGreaterThanOrEqual(count);
    }
  }
  stopped = true;
  await Promise.all(writers);
  expect(Math.min(...acknowledged.values())).toBeGreaterThan(1);
});

test('snapshots come by themselves, the newest are kept, and the metrics tell of them', async () => {
  await using server = await spawnServer(['--data', data, '--snapshot-interval-ms', '200', '--snapshot-keep', '3']);
  await put(server, 'k', 'v');
  await expect.poll(() => metric(server, 'commander_snapshots_total'), { timeout: 20_000 }).toBeGreaterThanOrEqual(5);
  const kept = await snapshotsOf();
  expect(kept.length).toBeGreaterThanOrEqual(3);
  expect(kept.length).toBeLessThanOrEqual(4);
  for (const { path } of kept.slice(1))
    expect(checkFile(path, { mayBeNew: false })).toMatchObject({ sound: true, records: 1 });
  expect(await metric(server, 'commander_snapshot_failures_total')).toBe(0);
  expect(await metric(server, 'commander_snapshot_bytes')).toBe(kept.at(-1)?.bytes);
  expect(await metric(server, 'commander_snapshot_timestamp_seconds')).toBeGreaterThan(Date.now() / 1000 - 60);
  expect(await metric(server, 'commander_snapshot_duration_seconds')).toBeGreaterThan(0);
});

test('of two servers on one folder one takes snapshots', async () => {
  const flags = ['--data', data, '--snapshot-interval-ms', '300'];
  await using first = await spawnServer(flags);
  await using second = await spawnServer(flags);
  await expect.poll(() => metric(first, 'commander_snapshots_total'), { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
  expect(await metric(second, 'commander_snapshots_total')).toBe(0);
});

test('a kill in the middle of a snapshot leaves the ones before, and the next start removes what it left', async () => {
  {
    await using opened = await openFolder({ folder: data });
    const value = Buffer.alloc(4_000_000, 'v');
    for (let index = 0; index < 10; index += 1)
      await opened.backend.set(addressOf(`k${index}`), text(value), newCall());
  }
  const leftovers = async (): Promise<readonly string[]> =>
    (await readdir(join(data, 'snapshots')).catch(() => [])).filter((name) => name.startsWith('.'));
  const flags = ['--data', data, '--snapshot-interval-ms', '200'];
  await using killed = await spawnServer(flags);
  await expect.poll(async () => (await snapshotsOf()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  await expect.poll(async () => (await leftovers()).length, { timeout: 20_000, interval: 2 }).toBe(1);
  killed.kill('SIGKILL');
  await killed.exited;
  expect(await leftovers()).toHaveLength(1);
  const before = await snapshotsOf();
  expect(before.length).toBeGreaterThanOrEqual(2);

  await using server = await spawnServer(['--data', data, '--snapshot-interval-ms', '0']);
  expect(server.log()).toContain('Unfinished snapshots were removed');
  expect(await leftovers()).toEqual([]);
  expect(await snapshotsOf()).toEqual(before);
  for (const { path } of before)
    expect(checkFile(path, { mayBeNew: false })).toMatchObject({ sound: true, records: 10 });
  expect(await (await fetch(`${server.url}/health/ready`)).json()).toEqual({ status: 'ready', warnings: [] });
});

test('the process that copies ends at once when the server that started it is gone', async () => {
  {
    await using opened = await openFolder({ folder: data });
    const value = Buffer.alloc(4_000_000, 'v');
    for (let index = 0; index < 10; index += 1)
      await opened.backend.set(addressOf(`k${index}`), text(value), newCall());
  }
  const copyTo = async (name: string, input: 'gone' | 'open') => {
    await mkdir(join(folder.path, name));
    const program = fileURLToPath(new URL('copy-process.ts', import.meta.url));
    const child = spawn(process.execPath, [program, data, join(folder.path, name)], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    if (input === 'gone') child.stdin.end();
    const [output, [code]] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
    return { code: code as number, said: output.length > 0 };
  };
  expect(await copyTo('waited-for', 'open')).toEqual({ code: 0, said: true });
  expect(await copyTo('orphaned', 'gone')).toEqual({ code: 1, said: false });
});

test.skipIf(noMount !== undefined)(
  `a disk too small for a snapshot leaves serving untouched, and says so ${noMount ?? ''}`,
  async ({ skip }) => {
    const small = join(folder.path, 'small');
    using mounted = mountSmallDisk(small, 24);
    skip(mounted === undefined, 'no tmpfs can be mounted here');
    const flags = ['--data', data, '--snapshot-folder', small, '--snapshot-interval-ms', '200'];
    await using server = await spawnServer(flags);
    await put(server, 'first', 'v');
    await expect.poll(() => metric(server, 'commander_snapshots_total'), { timeout: 20_000 }).toBeGreaterThanOrEqual(1);
    const before = await listSnapshots(small);
    await writeFile(join(small, 'ballast'), Buffer.alloc(12_000_000));
    await expect
      .poll(() => metric(server, 'commander_snapshot_failures_total'), { timeout: 20_000 })
      .toBeGreaterThanOrEqual(2);
    expect(server.log()).toMatch(/the disk has no room for it: it needs \d+ MB and \d+ MB are free/);
    expect(await (await fetch(`${server.url}/health/ready`)).json()).toEqual({
      status: 'ready',
      warnings: [],
      snapshotsFailing: true,
    });
    for (let index = 0; index < 50; index += 1) expect(await put(server, `k${index}`, 'v')).toBe(201);
    expect((await readdir(small)).filter((name) => name.startsWith('.'))).toEqual([]);
    expect((await listSnapshots(small)).length).toBeGreaterThanOrEqual(before.length);
    await rm(join(small, 'ballast'));
    const ready = async () => (await fetch(`${server.url}/health/ready`)).json();
    await expect.poll(ready, { timeout: 20_000 }).toEqual({ status: 'ready', warnings: [] });
  },
);

test.skipIf(noMount !== undefined)(
  `a disk that fills up during a copy costs the copy alone, and leaves nothing of it ${noMount ?? ''}`,
  async ({ skip }) => {
    const small = join(folder.path, 'small');
    using mounted = mountSmallDisk(small, 64);
    skip(mounted === undefined, 'no tmpfs can be mounted here');
    await using opened = await openFolder({ folder: data });
    const value = Buffer.alloc(4_000_000, 'v');
    for (let index = 0; index < 10; index += 1)
      await opened.backend.set(addressOf(`k${index}`), text(value), newCall());
    const copying = backUp(data, join(small, 'copy.mdb'));
    copying.catch(() => undefined);
    // The look at the free space is over once there is a folder to copy to.
    await expect.poll(async () => (await readdir(small)).length, { interval: 1 }).toBe(1);
    await writeFile(join(small, 'ballast'), Buffer.alloc(60_000_000)).catch(() => undefined);
    await expect(copying).rejects.toThrow(/the process that copies ended with|is damaged|no space/i);
    expect(await readdir(small)).toEqual(['ballast']);
    expect((await opened.backend.get(addressOf('k3'), newCall()))?.size).toBe(4_000_000);
  },
);

test('the newest snapshot without a damaged record outlives newer ones with one', async () => {
  const place = join(folder.path, 'snapshots');
  await mkdir(place);
  const make = (number: number, damagedRecords: boolean): Promise<void> =>
    writeFile(snapshotPath(place, { number, takenAtMs: Date.UTC(2026, 0, number), damagedRecords }), '');
  for (const number of [1, 2]) await make(number, false);
  for (const number of [3, 4, 5]) await make(number, true);
  await pruneSnapshots(place, 2);
  expect((await listSnapshots(place)).map(({ number }) => number)).toEqual([2, 4, 5]);
  await make(6, false);
  await pruneSnapshots(place, 2);
  expect((await listSnapshots(place)).map(({ number }) => number)).toEqual([5, 6]);
});

test('a copy of a store whose records are damaged says so, and holds the others', async () => {
  let content: Awaited<ReturnType<typeof fill>>;
  {
    await using opened = await openFolder({ folder: data });
    content = await fill(opened.backend, 3);
    await opened.backend.set(addressOf('large'), text(Buffer.alloc(300_000, 'needle')), newCall());
  }
  const file = join(data, 'data.mdb');
  const bytes = await readFile(file);
  for (let at = bytes.indexOf('needleneedle'); at !== -1; at = bytes.indexOf('needleneedle', at + 4_096)) bytes[at] = 0;
  await writeFile(file, bytes);
  expect(await backUp(data, join(folder.path, 'copy.mdb'))).toMatchObject({ damagedRecords: 1 });
  const restored = join(folder.path, 'restored');
  await mkdir(restored);
  await copyFile(join(folder.path, 'copy.mdb'), join(restored, 'data.mdb'));
  await using copy = await openFolder({ folder: restored });
  const read = await readContent(copy.backend);
  expect(read.get('large')).toBeUndefined();
  expect(read.has('large')).toBe(true);
  expect(differenceOf(content, new Map([...read].filter(([key]) => key !== 'large')))).toBeUndefined();
  expect(copy.state().damagedRecords).toBe(1);
  expect((await stat(join(folder.path, 'copy.mdb'))).size).toBeGreaterThan(300_000);
});
