import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { ActiveFault } from '../../suites/fault.ts';
import { failedCommit } from '../../suites/reliability/provoked.ts';
import type { Case, Stage, StageDemands } from '../../suites/suite.ts';
import { processEnvironment } from '../environment.ts';
import { findStores } from '../find-stores.ts';
import { makeCase, runSuites } from '../fixtures/run-suites.ts';
import { identifyProcess } from '../process-identity.ts';
import { findSystemProgram } from '../programs.ts';
import { waitFor } from '../wait.ts';
import { faultProbes } from './registry.ts';

// Servers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const environment = processEnvironment;
const images = { redis: 'redis:7', mongodb: 'mongo:8' };
const options = { choice: 'auto', images, environment, tell: () => undefined, prepare: false } as const;
const [source] = await findStores(['lmdb'], options);
if (source?.found !== true) throw new Error('lmdb is in the server');
const diskFull = await faultProbes['disk-full']({ environment, source, places: [] });
const powerLoss = await faultProbes['power-loss']({ environment, source, places: [] });

const lmdb = { flags: { backend: 'lmdb' } };

function onPlace(stage: StageDemands, faults: Case['faults'], run: Case['run']): Case {
  return makeCase('a', run, { isolation: 'machine', tiers: { lmdb: 'pr' }, stage, faults, timeoutMs: 60_000 });
}

async function put(stage: Stage, key: string, bytes: number): Promise<number> {
  const path = `/api/v1/kv/${stage.namespace}/c/${key}`;
  const { status } = await stage.client.request({ method: 'PUT', path, body: Buffer.alloc(bytes, 1) });
  return status;
}

async function get(stage: Stage, key: string): Promise<number> {
  const path = `/api/v1/kv/${stage.namespace}/c/${key}`;
  return (await stage.client.request({ method: 'GET', path })).status;
}

describe.runIf(diskFull.available)('a full disk', () => {
  const onTmpfs: StageDemands = { durability: 'declared', place: { kind: 'tmpfs', bytes: 16_777_216 } };
  const full = { leaveBytes: 65_536, mayEnd: true };

  test('leaves what was asked for, and what it took is there again after healing', async () => {
    const sizes: number[] = [];
    const run = await runSuites(
      [
        onPlace(onTmpfs, ['disk-full'], async (stage) => {
          sizes.push(await put(stage, 'before', 1_000_000));
          const fault = await stage.faults.diskFull(full);
          await put(stage, 'meanwhile', 1_000_000).catch(() => 0);
          await fault.heal();
          sizes.push(await put(stage, 'after', 1_000_000), await get(stage, 'before'));
        }),
      ],
      lmdb,
    );
    const { verdict, faults, reason } = run.result('a');
    expect(reason).toBeNull();
    expect(verdict).toBe('passed');
    expect(sizes).toEqual([201, 201, 200]);
    const [, free = '', after = ''] = /said (\d+) bytes free .*, (\d+) after/.exec(faults[0]?.evidence ?? '') ?? [];
    expect(Number(free)).toBeLessThanOrEqual(65_536);
    expect(Number(after)).toBeGreaterThan(10_000_000);
    expect(run.left).toEqual([]);
  });

  const killedMeanwhile = (mayEnd: boolean): Case =>
    onPlace(onTmpfs, ['disk-full'], async (stage) => {
      const fault: ActiveFault = await stage.faults.diskFull({ leaveBytes: 65_536, mayEnd });
      const pid = stage.server?.pid ?? 0;
      process.kill(pid, 'SIGKILL');
      const gone = async (): Promise<true | undefined> => (identifyProcess(pid) === undefined ? true : undefined);
      await waitFor('the death', gone, { timeoutMs: 5_000 });
      await expect(get(stage, 'nothing')).rejects.toThrow();
      await fault.heal();
    });

  test('a server that ends then is started again on the same data where the case allows it', async () => {
    const { verdict, faults } = (await runSuites([killedMeanwhile(true)], lmdb)).result('a');
    expect(verdict).toBe('passed');
    expect(faults[0]?.evidence).toContain('the server ended and was started again');
  });

  test('without a place for it the case is inconclusive', async () => {
    const full = onPlace({ durability: 'declared' }, ['disk-full'], async (stage) => {
      await stage.faults.diskFull({ leaveBytes: 0, mayEnd: false });
    });
    const { verdict, reason } = (await runSuites([full], lmdb)).result('a');
    expect(verdict).toBe('inconclusive');
    expect(reason).toContain('has no place');
  });

  test('a server that ends then is a finding where the case does not', async () => {
    const { verdict, reasonCode } = (await runSuites([killedMeanwhile(false)], lmdb)).result('a');
    expect([verdict, reasonCode]).toEqual(['failed', 'server_died']);
  });
});

describe.runIf(powerLoss.available)('a power loss', () => {
  const onDisk = (durability: StageDemands['durability']): StageDemands => ({
    durability,
    place: { kind: 'ext4', bytes: 67_108_864 },
  });

  async function readAfterwards(durability: StageDemands['durability']): Promise<number> {
    let status = 0;
    const lose = onPlace(onDisk(durability), ['power-loss'], async (stage) => {
      await put(stage, 'written', 100);
      const fault = await stage.faults.powerLoss();
      await fault.heal();
      status = await get(stage, 'written');
    });
    const run = await runSuites([lose], lmdb);
    const { verdict, faults, reason } = run.result('a');
    expect(reason).toBeNull();
    expect(verdict).toBe('passed');
    expect(faults[0]?.evidence).toMatch(/not flushed/);
    expect(run.left).toEqual([]);
    return status;
  }

  /** A folder for PATH in which whatever can cut a file system off takes a second longer to end. */
  function slowCallers(): string {
    const folder = mkdtempSync(join(tmpdir(), 'slow-'));
    for (const name of ['perl', 'python3', 'xfs_io']) {
      const real = findSystemProgram(name, environment);
      if (real === undefined) continue;
      const script = `#!/bin/sh\n'${real}' "$@"\nended=$?\nsleep 1\nexit $ended\n`;
      writeFileSync(join(folder, name), script, { mode: 0o755 });
    }
    return folder;
  }

  test('may meet a server that ends by itself, before it is killed', async () => {
    const folder = slowCallers();
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const lose = onPlace(onDisk('declared'), ['power-loss'], async (stage) => {
      await put(stage, 'written', 100);
      const before = stage.server?.pid;
      const pending = stage.faults.powerLoss();
      const ended = async (): Promise<true | undefined> => {
        await put(stage, 'meanwhile', 100).catch(() => undefined);
        return before !== undefined && identifyProcess(before) === undefined ? true : undefined;
      };
      await waitFor('the end of the server', ended, { timeoutMs: 20_000 });
      await (await pending).heal();
      expect(await get(stage, 'written')).toBe(200);
    });
    const ending = { ...lose, provokes: failedCommit };
    const run = await runSuites([ending], { ...lmdb, environment: { PATH: `${folder}:${environment.PATH}` } });
    const { verdict, reason } = run.result('a');
    expect([verdict, reason]).toEqual(['passed', null]);
  });

  test('keeps what was flushed', async () => {
    expect(await readAfterwards('declared')).toBe(200);
  });

  test('takes what was not', async () => {
    expect(await readAfterwards('delayed')).toBe(404);
  });
});
