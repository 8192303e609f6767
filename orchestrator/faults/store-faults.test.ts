import { expect, test, vi } from 'vitest';
import type { ActiveFault } from '../../suites/fault.ts';
import type { Case, Stage } from '../../suites/suite.ts';
import { processEnvironment } from '../environment.ts';
import { makeCase, runSuites } from '../fixtures/run-suites.ts';
import { inspectImage, probeContainerEngine } from '../providers/container-engine.ts';

vi.setConfig({ testTimeout: 180_000 });

const image = processEnvironment.REDIS_IMAGE ?? 'redis:7';
const hasImage = (await probeContainerEngine()).available && (await inspectImage(image)) !== undefined;

const usual: Partial<Case> = {
  isolation: 'machine',
  requires: ['server'],
  stage: { durability: 'declared', links: ['store'] },
  timeoutMs: 60_000,
};

/** Present before and after, out of reach in between. */
async function isOutOfReach(stage: Stage, inject: () => Promise<ActiveFault>): Promise<void> {
  const path = `/api/v1/kv/${stage.namespace}/c/k`;
  const status = async (method: string): Promise<number> =>
    (await stage.client.request({ method, path, ...(method === 'PUT' ? { body: 'x' } : {}) })).status;
  expect(await status('PUT')).toBe(201);
  const fault = await inject();
  expect(await status('GET')).toBe(503);
  await fault.heal();
  await vi.waitFor(async () => expect(await status('GET')).toBe(200), { timeout: 10_000 });
}

test.runIf(hasImage)(
  'a store in a container goes off the network, ends in order, and is partitioned by its link',
  async () => {
    const run = await runSuites(
      [
        makeCase('off', (stage) => isOutOfReach(stage, () => stage.faults.storeDisconnect()), {
          ...usual,
          faults: ['store-disconnect'],
        }),
        makeCase('restart', (stage) => isOutOfReach(stage, () => stage.faults.storeRestart()), {
          ...usual,
          faults: ['store-restart'],
        }),
        makeCase('link', (stage) => isOutOfReach(stage, () => stage.faults.network('store', { kind: 'refuse' })), {
          ...usual,
          faults: ['network'],
        }),
      ],
      { flags: { backend: 'redis', provider: 'container', 'redis-image': image } },
    );
    for (const id of ['off', 'restart', 'link']) {
      expect(run.result(id), id).toMatchObject({ verdict: 'passed', reason: null });
    }
    expect(run.result('off').faults[0]?.evidence).toMatch(/the engine shows no network; on \S+ as \d+\./);
    expect(run.result('restart').faults[0]?.evidence).toMatch(/ended by SIGTERM \(exit code 0\)/);
    expect(run.left).toEqual([]);
  },
);
