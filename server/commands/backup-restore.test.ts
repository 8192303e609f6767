import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ListItem } from '../backends/backend.ts';
import { mountSmallDisk, noMount } from '../test-support/mount-small-disk.ts';
import { runCommander, spawnServer } from '../test-support/spawn-server.ts';
import { addressOf, fill, newCall, openFolder } from '../test-support/store-content.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../test-support/temporary-folder.ts';

let folder: TemporaryFolder;
let data: string;
let copy: string;

beforeEach(async () => {
  folder = await createTemporaryFolder();
  data = join(folder.path, 'data');
  copy = join(folder.path, 'copy.mdb');
});
afterEach(() => folder[Symbol.asyncDispose]());

/** Everything that the store says of its records: values, revisions, media types, expiries. */
async function listAll(path: string): Promise<readonly ListItem[]> {
  await using opened = await openFolder({ folder: path });
  const items: ListItem[] = [];
  let after: string | undefined;
  do {
    const request = { namespace: 'n', collection: 'c', prefix: '', after, limit: 1_000, withValues: true };
    const page = await opened.backend.list(request, newCall());
    items.push(...page.items);
    after = page.examinedTo;
  } while (after !== undefined);
  return items;
}

async function fillData(seed = 1): Promise<readonly ListItem[]> {
  {
    await using opened = await openFolder({ folder: data });
    await fill(opened.backend, seed);
    const value = Buffer.alloc(700_000, 'long');
    await opened.backend.set(
      addressOf('long'),
      { value, contentType: 'image/png', expiry: { kind: 'at', atMs: Date.UTC(2100, 0, 1) }, condition: undefined },
      newCall(),
    );
  }
  return listAll(data);
}

const backup = (...flags: readonly string[]) => runCommander(['backup', '--data', data, '--to', copy, ...flags]);
const restore = (...flags: readonly string[]) => runCommander(['restore', '--data', data, '--from', copy, ...flags]);
const doctor = () => runCommander(['doctor', '--data', data]);

test('a backup and a restore bring back every value, revision, media type and expiry; what was there is kept', async () => {
  const before = await fillData();
  expect(before.length).toBeGreaterThan(300);
  expect(await backup()).toMatchObject({
    code: 0,
    stderr: '',
    stdout: expect.stringContaining(`${before.length} records`),
  });
  const later = await fillData(2);
  const laterBytes = await readFile(join(data, 'data.mdb'));
  const restored = await restore();
  expect(restored).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining(`${before.length} records`) });
  const [, quarantine = ''] = /What was there before is in (\S+)\n/.exec(restored.stdout) ?? [];
  expect((await readFile(join(quarantine, 'data.mdb'))).equals(laterBytes)).toBe(true);
  expect(await listAll(data)).toEqual(before);
  expect(before).not.toEqual(later);
});

test('a restore makes the folder, and no health report speaks of it', async () => {
  const before = await fillData();
  await backup();
  data = join(folder.path, 'a', 'new');
  expect((await restore()).code).toBe(0);
  expect(await listAll(data)).toEqual(before);
  await using server = await spawnServer(['--data', data]);
  expect(await (await fetch(`${server.url}/health/ready`)).json()).toEqual({ status: 'ready', warnings: [] });
});

test('a store that is served can be backed up and not restored, and its server goes on', async () => {
  await fillData();
  await using server = await spawnServer(['--data', data]);
  const url = `${server.url}/api/v1/kv/n/c/fresh`;
  expect((await fetch(url, { method: 'PUT', body: 'v' })).status).toBe(201);
  expect((await backup()).code).toBe(0);
  const before = (await readdir(data)).sort();
  const refused = await restore();
  expect([refused.code, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/^commander: A server holds .*End it first/),
  ]);
  expect((await readdir(data)).sort()).toEqual([...before, ...newGate(before)].sort());
  expect(await (await fetch(url)).text()).toBe('v');
  const seen = await doctor();
  expect([seen.code, seen.stdout]).toEqual([0, expect.stringContaining('in use by a server, not read')]);
});

/** What a look behind the gate leaves. */
const newGate = (before: readonly string[]): readonly string[] =>
  before.includes('recovery-gate.mdb') ? [] : ['recovery-gate.mdb', 'recovery-gate.mdb-lock'];

test('the doctor tells sound from damaged, of the store and of each snapshot, and changes nothing', async () => {
  await fillData();
  const snapshots = join(data, 'snapshots');
  await mkdir(snapshots);
  copy = join(snapshots, '000001_2026-01-02T03-04-05.678Z.mdb');
  await backup();
  const before = (await readdir(data)).sort();
  const sound = await doctor();
  expect([sound.code, sound.stderr]).toEqual([0, '']);
  expect(sound.stdout).toMatch(/^data: sound, \d+ records, \d+\.\d MB\nsnapshot \S+: sound, \d+ records/);
  await truncate(copy, 40_960);
  expect(await doctor()).toMatchObject({
    code: 1,
    stdout: expect.stringMatching(/^data: sound.*\nsnapshot .*DAMAGED, it is cut short\n/),
  });
  await truncate(join(data, 'data.mdb'), 40_960);
  expect(await doctor()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^data: DAMAGED, it is cut short\n/) });
  expect((await readdir(data)).sort()).toEqual(before);
});

test('bad input is refused in one line, with 2, and nothing is written', async () => {
  const lineOf = async (run: ReturnType<typeof runCommander>): Promise<string> => {
    const { code, stdout, stderr } = await run;
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^commander: [^\n]+\n$/);
    return stderr;
  };
  expect(await lineOf(backup())).toMatch(/There is no folder .*data/);
  expect(await lineOf(restore())).toMatch(/There is no file .*copy\.mdb/);
  expect(await lineOf(doctor())).toMatch(/There is no folder/);
  await mkdir(data);
  expect(await lineOf(backup())).toMatch(/holds no embedded store: it has no data\.mdb/);
  await writeFile(copy, 'no snapshot\n'.repeat(1_000));
  expect(await lineOf(restore())).toMatch(/is not a sound snapshot: its header is damaged/);
  expect(await readdir(data)).toEqual([]);
  await fillData();
  expect(await lineOf(backup())).toMatch(/copy\.mdb exists; a backup does not overwrite anything/);
  copy = join(folder.path, 'absent', 'copy.mdb');
  expect(await lineOf(backup())).toMatch(/There is no folder .*absent/);
  copy = data;
  expect(await lineOf(restore())).toMatch(/is not a file/);
  expect(await lineOf(runCommander(['backup', '--data', data]))).toMatch(/--to is needed/);
  expect(await lineOf(runCommander(['restore', '--dat', data]))).toMatch(/did you mean data\?/);
  await truncate(join(data, 'data.mdb'), 40_960);
  copy = join(folder.path, 'other.mdb');
  expect(await lineOf(backup())).toMatch(/is damaged: it is cut short\. A copy of it is of no use/);
  expect((await readdir(folder.path)).sort()).toEqual(['copy.mdb', 'data']);
});

test('a snapshot with a damaged page is not restored', async () => {
  const before = await fillData();
  await backup();
  const bytes = await readFile(copy);
  const leaf = [...Array(bytes.length / 4096).keys()].findLast(
    (page) => page > 1 && bytes.readUInt16LE(page * 4096 + 18) === 2,
  );
  bytes.fill(0, (leaf ?? 0) * 4096, ((leaf ?? 0) + 1) * 4096);
  await writeFile(copy, bytes);
  expect(await restore()).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/is not a sound snapshot: in the place of page/),
  });
  expect(await listAll(data)).toEqual(before);
});

test.skipIf(noMount !== undefined)(
  `a disk without room refuses a backup with 1 and a restore with 2, and keeps nothing of them ${noMount ?? ''}`,
  async ({ skip }) => {
    const small = join(folder.path, 'small');
    using mounted = mountSmallDisk(small, 8);
    skip(mounted === undefined, 'no tmpfs can be mounted here');
    await fillData();
    await backup();
    const { size } = await stat(copy);
    expect(size).toBeGreaterThan(1_000_000);
    const source = copy;
    copy = join(small, 'copy.mdb');
    expect(await backup()).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/There is no backup: the disk has no room/),
    });
    copy = source;
    data = join(small, 'data');
    expect(await restore()).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/The disk has no room for .*copy\.mdb/),
    });
    expect((await readdir(data)).filter((name) => name.startsWith('data.mdb'))).toEqual([]);
  },
);
