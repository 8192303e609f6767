import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processEnvironment } from '../environment.ts';
import type { Ledger } from '../ledger.ts';
import { openLedger, readLedger } from '../ledger.ts';
import { runProgram } from '../programs.ts';
import { undo } from '../undo.ts';
import { isMounted, loopDevicesOf } from './mounts.ts';
import { openPlace, probePlace } from './open-place.ts';
import type { PlaceContext } from './place.ts';
import { openPrivateTmpfs } from './private-place.ts';

vi.setConfig({ testTimeout: 60_000 });

const environment = processEnvironment;
const tmpfs = await probePlace('tmpfs', true, environment);
const ext4 = await probePlace('ext4', true, environment);
const alone = await runProgram('unshare', ['--user', '--map-root-user', '--mount', 'true'], environment).then(
  () => true,
  () => false,
);
const bytes = 16_777_216;

let folder = '';
let ledger: Ledger;
let context: PlaceContext;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'places-test-'));
  const id = `r${process.pid}-${Date.now()}`;
  ledger = openLedger(folder, id);
  const workFolder = join(folder, id);
  mkdirSync(workFolder);
  context = { ledger, environment, workFolder };
});

afterEach(async () => {
  const content = readLedger(ledger.file);
  expect(content?.resources).toEqual([]);
  rmSync(folder, { recursive: true });
});

const held = (): string[] => readLedger(ledger.file)?.resources.map(({ kind }) => kind) ?? [];

async function sizeOf(root: string): Promise<number> {
  const { blocks, bsize } = await statfs(root);
  return blocks * bsize;
}

describe.runIf(tmpfs.available)('a tmpfs by root', () => {
  test('it has the size that was asked for, is in the ledger, and gone afterwards', async () => {
    let root = '';
    {
      await using place = await openPlace({ kind: 'tmpfs', bytes }, true, context);
      root = place.root;
      expect(await sizeOf(root)).toBe(bytes);
      expect(held()).toEqual(['mount']);
      writeFileSync(join(place.folder, 'a'), 'a');
    }
    expect(isMounted(root)).toBe(false);
    expect(readdirSync(root)).toEqual([]);
  });

  test('one that is in use for a moment is unmounted when it is let go', async () => {
    const place = await openPlace({ kind: 'tmpfs', bytes }, true, context);
    const user = spawn('sleep', ['1'], { cwd: place.folder, stdio: 'ignore' });
    await once(user, 'spawn');
    await expect(runProgram('umount', [place.root], environment)).rejects.toThrow(/busy/);
    await place[Symbol.asyncDispose]();
    expect(isMounted(place.root)).toBe(false);
  });
});

describe.runIf(ext4.available)('an ext4 on a loop device by root', () => {
  test('it keeps its files over an unmount, and is gone with its device afterwards', async () => {
    let root = '';
    {
      await using place = await openPlace({ kind: 'ext4', bytes }, true, context);
      root = place.root;
      expect(held()).toEqual(['loop', 'mount']);
      expect(await loopDevicesOf(`${root}.ext4`, environment)).toHaveLength(1);
      writeFileSync(join(place.folder, 'a'), 'kept');
      await place.disk?.unmount();
      expect(existsSync(join(place.folder, 'a'))).toBe(false);
      await place.disk?.mount();
      expect(readFileSync(join(place.folder, 'a'), 'utf8')).toBe('kept');
    }
    expect(isMounted(root)).toBe(false);
    expect(await loopDevicesOf(`${root}.ext4`, environment)).toEqual([]);
  });

  test('what is left of it is undone from the ledger', async () => {
    const place = await openPlace({ kind: 'ext4', bytes }, true, context);
    const content = readLedger(ledger.file);
    if (content === undefined) throw new Error('no ledger');
    expect(await undo(content, environment)).toEqual([]);
    expect(isMounted(place.root)).toBe(false);
    expect(await loopDevicesOf(`${place.root}.ext4`, environment)).toEqual([]);
    await place[Symbol.asyncDispose]();
  });

  test('a mount that stays busy is named with the command', { timeout: 60_000 }, async () => {
    const place = await openPlace({ kind: 'ext4', bytes }, true, context);
    const user = spawn('sleep', ['60'], { cwd: place.folder, stdio: 'ignore' });
    await once(user, 'spawn');
    const content = readLedger(ledger.file);
    if (content === undefined) throw new Error('no ledger');
    const resources = content.resources.filter(({ kind }) => kind === 'mount');
    const [leftover] = await undo({ ...content, resources }, environment);
    expect(leftover).toMatchObject({ what: `mount ${place.root}`, command: `umount '${place.root}'` });
    expect(leftover?.reason).toContain('busy');
    user.kill();
    await place[Symbol.asyncDispose]();
  });

  test('a mount outside the folders of the run is left alone', async () => {
    await using place = await openPlace({ kind: 'tmpfs', bytes }, true, context);
    const owner = { id: 'another-run', process: { pid: 1, startTime: '0' }, bootId: null };
    await undo({ owner, resources: [{ kind: 'mount', path: place.root }] }, environment);
    expect(isMounted(place.root)).toBe(true);
  });
});

describe.runIf(alone)('a tmpfs in a mount namespace of its own', () => {
  test('what enters it sees it at its path, this process sees it beside, and others do not', async () => {
    const root = join(context.workFolder, 'place');
    await using place = await openPrivateTmpfs(root, bytes, context);
    expect(held()).toEqual(['process']);
    expect(await sizeOf(place.root)).toBe(bytes);
    const [enter = '', ...before] = place.enter;
    execFileSync(enter, [...before, 'sh', '-c', `echo inside > '${place.folder}/a'`]);
    expect(readFileSync(join(place.root, 'data', 'a'), 'utf8')).toBe('inside\n');
    expect(existsSync(place.folder)).toBe(false);
  });

  test('what enters it keeps its process id', async () => {
    await using place = await openPrivateTmpfs(join(context.workFolder, 'place'), bytes, context);
    const [enter = '', ...before] = place.enter;
    const child = spawn(enter, [...before, 'sh', '-c', 'echo $$'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [said] = (await once(child.stdout, 'data')) as [Buffer];
    expect(said.toString().trim()).toBe(String(child.pid));
    await once(child, 'exit');
  });
});
