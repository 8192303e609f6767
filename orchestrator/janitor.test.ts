import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processEnvironment } from './environment.ts';
import { sweep } from './janitor.ts';
import { openLedger, orphanedLedgers, readLedger } from './ledger.ts';
import { isMounted, loopDevicesOf } from './places/mounts.ts';
import { probePlace } from './places/open-place.ts';
import { identifyProcess, processesOfRun, readBootId } from './process-identity.ts';
import { containersOfRun, inspectImage, probeContainerEngine } from './providers/container-engine.ts';
import { openStateFolder } from './state-folder.ts';
import { startTracked } from './tracked-process.ts';
import { undo } from './undo.ts';
import { waitFor } from './wait.ts';

// Processes and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const image = processEnvironment.REDIS_IMAGE ?? 'redis:7';
const engine = await probeContainerEngine();
const hasImage = engine.available && (await inspectImage(image)) !== undefined;

const placesByRoot = (await probePlace('ext4', true, processEnvironment)).available;

interface Held {
  readonly id: string;
  readonly ledger: string;
  readonly workFolder: string;
  readonly pid: number;
  /** Of its places. */
  readonly roots: readonly string[];
}

let folder = '';
let runners: ChildProcess[] = [];
let doomed: Held[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'janitor-test-'));
});

afterEach(async () => {
  for (const runner of runners) runner.kill('SIGKILL');
  for (const held of doomed) await nothingLeft(held);
  runners = [];
  doomed = [];
  rmSync(folder, { recursive: true, force: true });
});

/** Starts fixtures/doomed-run.ts with a state folder of its own, and resolves once it holds everything. */
async function startDoomed(...args: string[]): Promise<{ runner: ChildProcess; held: Held }> {
  const program = join(import.meta.dirname, 'fixtures', 'doomed-run.ts');
  const runner = spawn(process.execPath, [program, ...args], {
    env: { ...processEnvironment, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  runners.push(runner);
  if (runner.stdout === null) throw new Error('no standard output');
  const [line] = (await once(createInterface({ input: runner.stdout }), 'line')) as [string];
  const held = JSON.parse(line) as Held;
  doomed.push(held);
  return { runner, held };
}

/** Pids of the janitors of that ledger. */
function janitorsOf(ledger: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').includes(ledger);
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function everythingHeld({ id, ledger, workFolder, pid }: Held, containers: number): Promise<void> {
  expect(existsSync(ledger)).toBe(true);
  expect(existsSync(workFolder)).toBe(true);
  expect(identifyProcess(pid)).toBeDefined();
  const both = async (): Promise<true | undefined> => (processesOfRun(id).length === 2 ? true : undefined);
  await waitFor('the process and the child that it starts', both, { timeoutMs: 10_000 });
  expect(hasImage ? await containersOfRun(id) : []).toHaveLength(containers);
}

async function nothingLeft({ id, ledger, workFolder, pid }: Held): Promise<void> {
  const gone = async (): Promise<true | undefined> =>
    existsSync(ledger) || identifyProcess(pid) !== undefined || janitorsOf(ledger).length > 0 ? undefined : true;
  await waitFor('the janitor to finish', gone, { timeoutMs: 20_000 });
  expect(processesOfRun(id)).toEqual([]);
  expect(existsSync(workFolder)).toBe(false);
  expect(hasImage ? await containersOfRun(id) : []).toEqual([]);
}

describe.runIf(existsSync('/proc/self/stat'))('after kill -9 of the runner', () => {
  test('the janitor ends its processes, their children and its folder', async () => {
    const { runner, held } = await startDoomed();
    await everythingHeld(held, 0);
    runner.kill('SIGKILL');
    await nothingLeft(held);
  });

  test.runIf(hasImage)(`the janitor removes its containers (${image})`, async () => {
    const { runner, held } = await startDoomed(image);
    await everythingHeld(held, 1);
    runner.kill('SIGKILL');
    await nothingLeft(held);
  });

  test.runIf(placesByRoot)('the janitor unmounts its places and frees their loop devices', async () => {
    const { runner, held } = await startDoomed('places');
    await everythingHeld(held, 0);
    expect(held.roots).toHaveLength(3);
    expect(held.roots.filter(isMounted)).toEqual(held.roots);
    const devices = async (): Promise<string[]> =>
      (await Promise.all(held.roots.map((root) => loopDevicesOf(`${root}.ext4`, processEnvironment)))).flat();
    expect(await devices()).toHaveLength(2);
    runner.kill('SIGKILL');
    await nothingLeft(held);
    expect(held.roots.filter(isMounted)).toEqual([]);
    expect(await devices()).toEqual([]);
  });

  test('the next start cleans up when the janitor was killed too', async () => {
    const { runner, held } = await startDoomed();
    for (const pid of janitorsOf(held.ledger)) process.kill(pid, 'SIGKILL');
    runner.kill('SIGKILL');
    await once(runner, 'exit');
    await everythingHeld(held, 0);
    const { ledgers } = openStateFolder(folder);
    expect(orphanedLedgers(ledgers)).toEqual([held.ledger]);
    expect(await sweep(ledgers, processEnvironment)).toEqual([]);
    await nothingLeft(held);
  });
});

test('a sweep leaves a living run alone', async () => {
  const { held } = await startDoomed();
  expect(await sweep(openStateFolder(folder).ledgers, processEnvironment)).toEqual([]);
  await everythingHeld(held, 0);
});

describe('a ledger', () => {
  test('names what has been entered and has not left', async () => {
    const ledger = openLedger(folder, 'r1');
    const leave = ledger.enter({ kind: 'folder', path: join(folder, 'a-r1') });
    ledger.enter({ kind: 'container', what: 'redis' });
    leave();
    expect(readLedger(ledger.file)?.resources).toEqual([{ kind: 'container', what: 'redis' }]);
    ledger.remove();
    expect(readLedger(ledger.file)).toBeUndefined();
  });

  test('a process is in it before its start, and no longer after its death', async () => {
    const ledger = openLedger(folder, 'r2');
    const tracked = await startTracked({
      command: process.execPath,
      arguments: ['-e', 'setInterval(() => {}, 1000)'],
      environment: processEnvironment,
      stdio: 'ignore',
      ledger,
      what: 'a sleeper',
    });
    const [resource] = readLedger(ledger.file)?.resources ?? [];
    expect(resource).toMatchObject({ kind: 'process', identity: { pid: tracked.pid } });
    expect(readFileSync(ledger.file, 'utf8').indexOf('"identity":null')).toBeGreaterThan(0);
    await tracked.kill();
    expect(readLedger(ledger.file)?.resources).toEqual([]);
  });

  test('a program that does not exist leaves nothing in it', async () => {
    const ledger = openLedger(folder, 'r3');
    const options = { arguments: [], environment: {}, stdio: 'ignore', ledger, what: 'nothing' } as const;
    await expect(startTracked({ ...options, command: join(folder, 'absent') })).rejects.toThrow(/did not start/);
    expect(readLedger(ledger.file)?.resources).toEqual([]);
  });

  test('a line cut short by a crash is no entry', () => {
    const ledger = openLedger(folder, 'r4');
    ledger.enter({ kind: 'container', what: 'redis' });
    writeFileSync(ledger.file, `${readFileSync(ledger.file, 'utf8')}{"enter":2,"resource":{"kind":"fol`);
    expect(readLedger(ledger.file)?.resources).toHaveLength(1);
  });
});

describe('undoing', () => {
  const owner = { id: 'r5', process: { pid: 1, startTime: '0' }, bootId: readBootId() };

  test('a pid that belongs to another process by now is left alone', async () => {
    const ledger = openLedger(folder, 'r6');
    const bystander = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    runners.push(bystander);
    const pid = bystander.pid ?? 0;
    const identity = { pid, startTime: '1' };
    await undo({ owner, resources: [{ kind: 'process', what: 'an older one', identity }] }, processEnvironment);
    expect(identifyProcess(pid)).toBeDefined();
    ledger.remove();
  });

  test('a folder that does not carry the id of the run is left alone', async () => {
    await undo({ owner, resources: [{ kind: 'folder', path: folder }] }, processEnvironment);
    expect(existsSync(folder)).toBe(true);
  });

  test('what cannot be undone is named with the command', async () => {
    const share = { kind: 'share', backend: 'redis', variable: 'ABSENT_URL', name: 'cr5' } as const;
    const [leftover] = await undo({ owner, resources: [share] }, {});
    expect(leftover?.reason).toBe('ABSENT_URL is not set');
    expect(leftover?.command).toContain('redis-cli -u "$ABSENT_URL" --scan --pattern \'*cr5:*\'');
  });
});
