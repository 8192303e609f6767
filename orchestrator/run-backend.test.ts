import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Stage } from '../suites/suite.ts';
import { CaseFailed } from '../suites/verdict.ts';
import { processEnvironment } from './environment.ts';
import type { SmallRunOptions } from './fixtures/run-suites.ts';
import { makeCase, runSuites } from './fixtures/run-suites.ts';
import { processesOfRun, runMarker } from './process-identity.ts';
import { containersOfRun, inspectImage, probeContainerEngine } from './providers/container-engine.ts';
import { waitFor } from './wait.ts';

// Processes and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const image = processEnvironment.REDIS_IMAGE ?? 'redis:7';
const hasImage = (await probeContainerEngine()).available && (await inspectImage(image)) !== undefined;
const keptOn = hasImage ? 'redis' : 'lmdb';

const pass = async (): Promise<void> => undefined;
const fail = async (): Promise<void> => {
  throw new CaseFailed('200', '404');
};
const own = { isolation: 'server', requires: ['server'] } as const;
const path = ({ namespace }: Stage, key = 'k'): string => `/api/v1/kv/${namespace}/c/${key}`;

describe('a server of its own', () => {
  test('is started with the flags of the case, and its clock moves', async () => {
    const run = await runSuites([
      makeCase(
        'clock',
        async (stage) => {
          expect(stage.capabilities.limits.valueBytes).toBe(1000);
          await stage.client.request({ method: 'PUT', path: `${path(stage)}?ttlMs=86400000`, body: 'x' });
          await stage.advanceClock(86_400_001);
          expect((await stage.client.request({ method: 'GET', path: path(stage) })).status).toBe(404);
        },
        { ...own, requires: ['server', 'testing.clock'], serverFlags: ['--max-value-bytes', '1000'] },
      ),
    ]);
    expect(run.result('clock')).toMatchObject({ verdict: 'passed', reason: null });
  });

  test('may be stopped, killed and started again on the same data', async () => {
    const run = await runSuites(
      [
        makeCase(
          'restart',
          async (stage) => {
            const { server, client } = stage;
            if (server === undefined) throw new Error('no server');
            await client.request({ method: 'PUT', path: path(stage), body: 'kept' });
            const before = server.pid;
            await server.kill();
            await server.restart();
            expect(server.pid).not.toBe(before);
            expect((await client.request({ method: 'GET', path: path(stage) })).body.toString()).toBe('kept');
            expect(await server.stop()).toBe(0);
            await server.restart();
            expect((await client.request({ method: 'GET', path: path(stage) })).status).toBe(200);
            expect(server.peakRssBytes()).toBeGreaterThan(20_000_000);
          },
          own,
        ),
      ],
      { flags: { backend: 'lmdb' } },
    );
    expect(run.result('restart')).toMatchObject({ verdict: 'passed', reason: null });
    expect(run.left).toEqual([]);
  });

  test('gets a second one beside it on the same data, with a clock of its own, which ends with the case', async () => {
    let pids: readonly (number | undefined)[] = [];
    const run = await runSuites(
      [
        makeCase(
          'two',
          async (stage) => {
            const second = await stage.startSecondServer();
            pids = [stage.server?.pid, second.server?.pid];
            expect(second.client.baseUrl).not.toBe(stage.client.baseUrl);
            await stage.client.request({ method: 'PUT', path: `${path(stage)}?ttlMs=60000`, body: 'shared' });
            expect((await second.client.request({ method: 'GET', path: path(stage) })).body.toString()).toBe('shared');
            await second.advanceClock(60_001);
            expect((await second.client.request({ method: 'GET', path: path(stage) })).status).toBe(404);
            await second.server?.kill();
            await second.server?.restart();
            expect((await second.client.request({ method: 'GET', path: path(stage) })).status).toBe(404);
            pids = [...pids, second.server?.pid];
            throw new CaseFailed('both logs', 'kept');
          },
          { ...own, requires: ['server', 'testing.clock', 'shared-store'] },
        ),
        makeCase('left-starting', async (stage) => void stage.startSecondServer().catch(() => undefined), own),
        makeCase('shared', async (stage) => void (await stage.startSecondServer())),
      ],
      {
        flags: { backend: 'lmdb' },
        look: (folder) =>
          expect(readdirSync(join(folder, 'logs')).filter((name) => name.includes('.two.'))).toHaveLength(2),
      },
    );
    expect(run.result('two')).toMatchObject({ verdict: 'failed', findings: [{ expected: 'both logs' }] });
    expect(run.result('left-starting').verdict).toBe('passed');
    expect(JSON.stringify(run.result('shared'))).toContain('shares its server');
    for (const pid of pids) expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH');
    expect(run.left).toEqual([]);
  });

  test('whose second one dies unasked fails the case, although the first lives', async () => {
    const run = await runSuites(
      [
        makeCase(
          'dies',
          async (stage) => {
            const second = await stage.startSecondServer();
            process.kill(second.server?.pid ?? 0, 'SIGKILL');
            await waitFor(
              'its death',
              async () => {
                await second.client.request({ method: 'GET', path: '/health/live' }).then(
                  () => Promise.reject(new Error('it lives')),
                  () => true,
                );
                return true;
              },
              { timeoutMs: 5_000 },
            );
            throw new CaseFailed('an answer', 'none');
          },
          own,
        ),
      ],
      { flags: { backend: 'lmdb' } },
    );
    expect(run.result('dies').verdict).toBe('failed');
    expect(JSON.stringify(run.result('dies').findings)).toContain('SIGKILL');
  });

  test('that does not start makes the case inconclusive, with the reason', async () => {
    const flags = { ...own, serverFlags: ['--unknown-flag'] };
    const run = await runSuites([makeCase('broken', pass, flags), makeCase('fine', pass)]);
    expect(run.result('broken')).toMatchObject({ verdict: 'inconclusive', reasonCode: 'stage_failed' });
    expect(run.result('broken').reason).toContain('unknown-flag');
    expect(run.report.exit.code).toBe(3);
  });

  test('only its log stays that tells of a finding', async () => {
    let logs: string[] = [];
    const look = (folder: string): void => {
      logs = readdirSync(join(folder, 'logs')).sort();
    };
    const run = await runSuites([makeCase('good', pass, own), makeCase('bad', fail, own)], {
      flags: { seed: '1' },
      look,
    });
    expect(logs).toEqual(['memory.load.bad.1.log']);
    expect(run.result('bad').findings[0]?.logRange?.file).toBe('memory.load.bad.1.log');
  });
});

test('a case that shares its server can neither end it nor move its clock', async () => {
  const run = await runSuites([
    makeCase('shared', async ({ server, advanceClock }) => {
      await expect(server?.kill()).rejects.toThrow(/isolation must be server/);
      await expect(server?.stop()).rejects.toThrow(/isolation must be server/);
      await expect(advanceClock(1)).rejects.toThrow(/isolation must be server/);
    }),
  ]);
  expect(run.result('shared')).toMatchObject({ verdict: 'passed', reason: null });
});

test('the server dies unasked: the case fails with it, and the next one has a server again', async () => {
  const run = await runSuites(
    [
      makeCase('killer', async (stage) => {
        process.kill(stage.server?.pid ?? 0, 'SIGKILL');
        for (;;) await stage.client.request({ method: 'GET', path: '/health/live' });
      }),
      makeCase('after', async ({ client }) => {
        expect((await client.request({ method: 'GET', path: '/health/live' })).status).toBe(200);
      }),
    ],
    { flags: { jobs: '1' } },
  );
  expect(run.result('killer')).toMatchObject({ verdict: 'failed', reasonCode: 'server_died' });
  expect(run.result('killer').findings[0]).toMatchObject({
    actual: 'the server died (signal SIGKILL)',
    logRange: { file: 'memory.log' },
    witness: expect.stringContaining('"level"'),
  });
  expect(run.result('after')).toMatchObject({ verdict: 'passed', reason: null });
});

test('a server of our own that starts and dies without a word makes every case inconclusive', async () => {
  const run = await runSuites([makeCase('a', pass), makeCase('b', pass, own)], {
    serverProgram: [join(import.meta.dirname, 'fixtures', 'absent-server.mjs')],
  });
  expect(run.report.totals).toMatchObject({ inconclusive: 2 });
  expect(run.result('a').reason).toContain('the server did not start');
  expect(run.report.exit.code).toBe(3);
});

test(`--keep leaves the stage of the first failure up, and says how to reach and end it (${keptOn})`, async () => {
  const look: SmallRunOptions['look'] = async (folder, { kept, report }) => {
    const url = kept?.url ?? '';
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    execFileSync('sh', ['-c', kept?.endCommands.join('; ') ?? '']);
    const gone = async (): Promise<true | undefined> => (processesOfRun(report.id).length === 0 ? true : undefined);
    await waitFor('the kept server to end', gone, { timeoutMs: 10_000 });
    expect(hasImage ? await containersOfRun(report.id) : []).toEqual([]);
    expect(existsSync(join(folder, report.id))).toBe(false);
  };
  const run = await runSuites([makeCase('bad', fail, own), makeCase('x', pass, own)], {
    flags: { keep: true, jobs: '1', backend: keptOn },
    look,
  });
  expect(run.kept?.failed.id).toBe('bad');
  expect(run.result('x').verdict).toBe('skipped');
});

test('cases that want the machine run after all others, with no server but their own', async () => {
  const order: string[] = [];
  const enter =
    (name: string) =>
    async ({ server }: Stage): Promise<void> => {
      order.push(name);
      if (!name.startsWith('machine')) return;
      const marker = readFileSync(`/proc/${server?.pid}/environ`, 'utf8')
        .split('\0')
        .find((variable) => variable.startsWith(`${runMarker}=`));
      const pids = processesOfRun(marker?.split('=')[1] ?? '').map(({ pid }) => pid);
      if (pids.length !== 1) throw new CaseFailed('one server', `pids ${pids}`);
    };
  const machine = { isolation: 'machine', requires: ['server'] } as const;
  const names = ['machine-1', 'machine-2'];
  const cases = names.map((name) => makeCase(name, enter(name), machine));
  const run = await runSuites([...cases, makeCase('own', enter('own'), own), makeCase('shared', enter('shared'))]);
  expect(run.report.results.map(({ reason }) => reason)).toEqual([null, null, null, null]);
  expect(order).toEqual(['shared', 'own', ...names]);
});
