import { copyFile, mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ConfigurationError } from '../../../configuration-error.ts';
import { fetchSamples } from '../../../test-support/read-samples.ts';
import { spawnServer } from '../../../test-support/spawn-server.ts';
import { differenceOf, fill, openFolder, readContent } from '../../../test-support/store-content.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../../test-support/temporary-folder.ts';
import { backUp } from './store-files.ts';

let folder: TemporaryFolder;
let data: string;
let file: string;

beforeEach(async () => {
  folder = await createTemporaryFolder();
  data = join(folder.path, 'data');
  file = join(data, 'data.mdb');
});
afterEach(() => folder[Symbol.asyncDispose]());

const snapshotAt = '2026-01-02T03:04:05.678Z';
const snapshotName = (number: number): string => `00000${number}_${snapshotAt.replaceAll(':', '-')}.mdb`;

/** A store that was filled, copied to a snapshot and filled on; what it held at each of the two moments. */
async function fillWithSnapshot() {
  await using opened = await openFolder({ folder: data });
  const snapshot = await fill(opened.backend, 1);
  await mkdir(join(data, 'snapshots'));
  await backUp(data, join(data, 'snapshots', snapshotName(1)));
  return { snapshot, newest: await fill(opened.backend, 2, snapshot) };
}

async function refusal(options: Omit<Parameters<typeof openFolder>[0], 'folder'> = {}): Promise<string> {
  try {
    await using _opened = await openFolder({ folder: data, ...options });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return 'no refusal';
}

/** Every file below the folder with its bytes, but for what a look at it leaves. */
async function contentsOf(path: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('recovery-gate'));
  const read = files.map(
    async ({ parentPath, name }) => [name, await readFile(join(parentPath, name), 'latin1')] as const,
  );
  return new Map(await Promise.all(read));
}

test('a damaged file is kept aside, the snapshot is served, and health, metrics and log say what is lost, until the quarantine is moved', async () => {
  await fillWithSnapshot();
  await truncate(file, 40_960);
  const damaged = await readFile(file);
  const flags = ['--data', data, '--snapshot-interval-ms', '0'];
  const foundFrom = Date.now();
  {
    await using server = await spawnServer(flags);
    const { status, recovery } = (await (await fetch(`${server.url}/health/ready`)).json()) as {
      readonly status: string;
      readonly recovery: Readonly<Record<string, string>>;
    };
    expect(status).toBe('ready');
    expect(recovery).toMatchObject({ fault: 'it is cut short', lostFrom: snapshotAt, lostTo: recovery.foundAt });
    const foundAt = Date.parse(recovery.foundAt ?? '');
    expect(foundAt).toBeGreaterThanOrEqual(foundFrom);
    expect(foundAt).toBeLessThanOrEqual(Date.now());
    expect(recovery.quarantine).toBe(join(data, 'quarantine', (recovery.foundAt ?? '').replaceAll(':', '-')));
    expect((await readFile(join(recovery.quarantine ?? '', 'data.mdb'))).equals(damaged)).toBe(true);
    const errors = server
      .log()
      .split('\n')
      .filter((line) => line.includes('"level":50'));
    expect(errors).toHaveLength(1);
    expect(JSON.parse(errors[0] ?? '')).toMatchObject({
      restoredTo: snapshotAt,
      lostMs: foundAt - Date.parse(snapshotAt),
    });
    const samples = await fetchSamples(server);
    expect(samples.get('commander_recovery_timestamp_seconds')).toBe(foundAt / 1000);
    expect(samples.get('commander_recovery_lost_seconds')).toBe((foundAt - Date.parse(snapshotAt)) / 1000);
    expect(samples.get('commander_quarantines')).toBe(1);
  }
  {
    await using again = await spawnServer(flags);
    expect(await (await fetch(`${again.url}/health/ready`)).json()).toHaveProperty('recovery');
  }
  await rm(join(data, 'quarantine'), { recursive: true });
  await using last = await spawnServer(flags);
  expect(await (await fetch(`${last.url}/health/ready`)).json()).toEqual({ status: 'ready', warnings: [] });
});

test.each([
  ['is empty', () => truncate(file, 0), /it is empty/],
  ['is missing', () => rm(file), /it is missing/],
])('a data file that %s where there was a database is damage', async (_, damage, fault) => {
  const { snapshot } = await fillWithSnapshot();
  await damage();
  expect(await refusal({ onDamage: 'refuse' })).toMatch(fault);
  await using opened = await openFolder({ folder: data });
  expect(opened.state().recovery?.fault).toMatch(fault);
  expect(differenceOf(snapshot, await readContent(opened.backend))).toBeUndefined();
});

test.each([
  ['refuse', 'with a snapshot', /--on-damage restore; nothing was changed\.$/],
  ['restore', 'without one', /There is no sound snapshot: .*nothing was changed\.$/],
  ['restore', 'with a damaged one', /There is no sound snapshot: .*nothing was changed\.$/],
] as const)(
  'with --on-damage %s and %s the server does not start, and nothing is changed',
  async (onDamage, state, line) => {
    await fillWithSnapshot();
    if (state === 'without one') await rm(join(data, 'snapshots'), { recursive: true });
    if (state === 'with a damaged one') await truncate(join(data, 'snapshots', snapshotName(1)), 40_960);
    await truncate(file, 40_960);
    await rm(join(data, 'clean-shutdown.json'));
    const before = await contentsOf(data);
    expect(await refusal({ onDamage })).toMatch(line);
    expect(await contentsOf(data)).toEqual(before);
  },
);

test('with --on-damage empty and without a snapshot it starts empty, says that all is lost, and keeps the file', async () => {
  await fillWithSnapshot();
  await rm(join(data, 'snapshots'), { recursive: true });
  await truncate(file, 40_960);
  const damaged = await readFile(file);
  await using opened = await openFolder({ folder: data, onDamage: 'empty' });
  expect((await readContent(opened.backend)).size).toBe(0);
  const { recovery } = opened.state();
  expect(recovery?.restoredToMs).toBeUndefined();
  expect((await readFile(join(recovery?.quarantine ?? '', 'data.mdb'))).equals(damaged)).toBe(true);
});

test('of several snapshots the newest sound one is restored, whatever the clock said when it was taken', async () => {
  const { newest } = await fillWithSnapshot();
  const at = (number: number, time: string): string => join(data, 'snapshots', `00000${number}_${time}.mdb`);
  await backUp(data, at(2, '1970-01-01T00-00-09.000Z'));
  await writeFile(at(3, '2026-01-02T03-04-05.678Z'), 'no snapshot');
  await truncate(file, 40_960);
  await using opened = await openFolder({ folder: data });
  expect(opened.state().recovery?.restoredToMs).toBe(9_000);
  expect(differenceOf(newest, await readContent(opened.backend))).toBeUndefined();
});

test('a sixth damaged file is not replaced any more', async () => {
  await fillWithSnapshot();
  for (let count = 0; count < 5; count += 1) {
    await truncate(file, 40_960);
    await using opened = await openFolder({ folder: data });
    expect(opened.state().quarantines).toBe(count + 1);
  }
  await truncate(file, 40_960);
  expect(await refusal()).toMatch(/It is not the first: look at the disk, .*nothing was changed\.$/);
});

test('of processes that start at once on a damaged folder one replaces the file, and all serve the same', async () => {
  await fillWithSnapshot();
  await truncate(file, 40_960);
  const flags = ['--data', data, '--snapshot-interval-ms', '0'];
  await using first = await Promise.all([1, 2, 3].map(() => spawnServer(flags))).then((servers) => {
    const all = new AsyncDisposableStack();
    for (const server of servers) all.use(server);
    return { servers, [Symbol.asyncDispose]: () => all.disposeAsync() };
  });
  expect(await readdir(join(data, 'quarantine'))).toHaveLength(1);
  const [one, ...others] = first.servers;
  const url = (server = one) => `${server?.url}/api/v1/kv/n/c/together`;
  expect((await fetch(url(), { method: 'PUT', body: 'v' })).status).toBe(201);
  for (const other of others) expect(await (await fetch(url(other))).text()).toBe('v');
});

test('after a clean end the file is not read; after a kill, or a change by anybody, it is', async () => {
  await fillWithSnapshot();
  const isRead = async (): Promise<boolean> => {
    await using opened = await openFolder({ folder: data });
    return opened.log.some((line) => line.includes('was not closed cleanly'));
  };
  expect(await isRead()).toBe(false);
  expect(await isRead()).toBe(false);
  {
    await using killed = await spawnServer(['--data', data, '--snapshot-interval-ms', '0']);
    killed.kill('SIGKILL');
    await killed.exited;
  }
  expect(await isRead()).toBe(true);
  expect(await isRead()).toBe(false);
  await copyFile(file, join(folder.path, 'copy'));
  await copyFile(join(folder.path, 'copy'), file);
  expect(await isRead()).toBe(true);
});

test('a gate of garbage does not keep a folder from opening', async () => {
  await fillWithSnapshot();
  await writeFile(join(data, 'recovery-gate.mdb'), Buffer.alloc(8_192, 0xa5));
  await rm(join(data, 'clean-shutdown.json'));
  expect(await refusal()).toBe('no refusal');
});
