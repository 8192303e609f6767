import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import type { Case, Stage } from '../../suites/suite.ts';
import { makeCase, runSuites } from '../fixtures/run-suites.ts';
import { createSteeredClock } from './clock.ts';

vi.setConfig({ testTimeout: 120_000 });

const steered: Partial<Case> = {
  isolation: 'machine',
  requires: ['server'],
  stage: { durability: 'declared', steeredClock: true },
  faults: ['clock'],
  timeoutMs: 60_000,
};
const hourMs = 3_600_000;

/** What the server's own clock says: when something written now with a second to live ends. */
async function serverAheadMs(stage: Stage): Promise<number> {
  const path = `/api/v1/kv/${stage.namespace}/c/k?ttlMs=1000`;
  const answer = await stage.client.request({ method: 'PUT', path, body: 'x' });
  return Date.parse(answer.header('commander-expires-at') ?? '') - 1000 - Date.now();
}

test('the server sees its clock ahead at once, also after a restart, and then the true time; the record tells both', async () => {
  const run = await runSuites([
    makeCase(
      'clock',
      async (stage) => {
        expect(Math.abs(await serverAheadMs(stage))).toBeLessThan(1_000);
        const ahead = await stage.faults.clock(hourMs);
        expect(Math.abs((await serverAheadMs(stage)) - hourMs)).toBeLessThan(1_000);
        await stage.server?.restart();
        expect(Math.abs((await serverAheadMs(stage)) - hourMs)).toBeLessThan(1_000);
        await ahead.heal();
        await stage.server?.restart();
        expect(Math.abs(await serverAheadMs(stage))).toBeLessThan(1_000);
        const behind = await stage.faults.clock(-hourMs);
        await stage.server?.restart();
        expect(Math.abs((await serverAheadMs(stage)) + hourMs)).toBeLessThan(1_000);
        const second = await stage.startSecondServer();
        expect(Math.abs(await serverAheadMs(second))).toBeLessThan(1_000);
        await behind.heal();
      },
      steered,
    ),
  ]);
  const { verdict, reason, faults } = run.result('clock');
  expect({ verdict, reason }).toEqual({ verdict: 'passed', reason: null });
  expect(faults.map(({ target }) => target)).toEqual([
    'system clock of the server, +3600000 ms',
    'system clock of the server, -3600000 ms',
  ]);
  expect(faults[0]?.evidence).toMatch(/^process \d+ read \d{4}-.*Z when it was .*Z, and the true time again/);
  expect(run.left).toEqual([]);
});

test('a step that no server sees has no evidence', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  try {
    expect(await createSteeredClock(join(folder, 'clock')).step(hourMs)).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
