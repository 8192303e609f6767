/** Faults as cases have them: on a real server, with the evidence in the report. */

import { describe, expect, test, vi } from 'vitest';
import { failedCommit } from '../../suites/reliability/provoked.ts';
import type { Case, Stage } from '../../suites/suite.ts';
import { processEnvironment } from '../environment.ts';
import { makeCase, runSuites } from '../fixtures/run-suites.ts';
import { probeMemoryCell } from '../memory-cell.ts';
import { containersOfRun, inspectImage, probeContainerEngine } from '../providers/container-engine.ts';
import { within } from '../wait.ts';
import { probeTracer } from './tracer.ts';

// Servers and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const traces = (await probeTracer(processEnvironment)).available;
const limits = (await probeMemoryCell()).available;
const image = processEnvironment.REDIS_IMAGE ?? 'redis:7';
const hasImage = (await probeContainerEngine()).available && (await inspectImage(image)) !== undefined;

const onLmdb = { flags: { backend: 'lmdb' } };
const own = (more: Partial<Case>): Partial<Case> => ({
  isolation: 'machine',
  requires: ['server'],
  timeoutMs: 60_000,
  ...more,
});
const traced = { durability: 'declared', traced: true } as const;

async function put(stage: Stage, body: string): Promise<number> {
  const path = `/api/v1/kv/${stage.namespace}/c/k`;
  return stage.client.request({ method: 'PUT', path, body }).then(
    ({ status }) => status,
    () => 0,
  );
}

async function get(stage: Stage): Promise<string> {
  const answer = await stage.client.request({ method: 'GET', path: `/api/v1/kv/${stage.namespace}/c/k` });
  return `${answer.status} ${answer.body}`;
}

describe.runIf(traces)('by tracer', () => {
  test('the server dies at the flush that was named, and what came before is there', async () => {
    const run = await runSuites(
      [
        makeCase(
          'crash-at-call',
          async (stage) => {
            const before = stage.server?.pid;
            const fault = stage.faults.crashAtCall({ call: 'fdatasync', nth: 3, withinMs: 20_000 });
            let acknowledged = 0;
            while ((await put(stage, `v${acknowledged + 1}`)) !== 0) acknowledged += 1;
            await (await fault).heal();
            expect(stage.server?.pid).not.toBe(before);
            expect([`200 v${acknowledged}`, `200 v${acknowledged + 1}`]).toContain(await get(stage));
          },
          own({ stage: traced, faults: ['crash-at-call'] }),
        ),
      ],
      onLmdb,
    );
    expect(run.result('crash-at-call')).toMatchObject({ verdict: 'passed', reason: null });
    const [fault] = run.result('crash-at-call').faults;
    expect(fault?.evidence).toMatch(/^strace: SIGKILL at fdatasync number 3, .*process \d+ took over$/);
    expect(run.left).toEqual([]);
  });

  test('a call that never comes makes the case inconclusive, not passed', async () => {
    const run = await runSuites(
      [
        makeCase(
          'idle',
          async (stage) => {
            const fault = await stage.faults.crashAtCall({ call: 'fdatasync', nth: 1, withinMs: 300 });
            await fault.heal();
          },
          own({ stage: traced, faults: ['crash-at-call'] }),
        ),
      ],
      onLmdb,
    );
    expect(run.result('idle')).toMatchObject({ verdict: 'inconclusive', reasonCode: 'fault_did_not_fire' });
    expect(run.left).toEqual([]);
  });

  test('a write meets the error of the disk while it is there, and a slow flush takes its time', async () => {
    const run = await runSuites(
      [
        makeCase(
          'disk',
          async (stage) => {
            expect(await put(stage, 'first')).toBe(201);
            const broken = await stage.faults.ioError({ call: 'fdatasync' });
            expect([0, 503, 507]).toContain(await put(stage, 'second'));
            await broken.heal();
            expect(await get(stage)).toBe('200 first');
            const slow = await stage.faults.slowFlush(200);
            const started = performance.now();
            expect(await put(stage, 'third')).toBe(200);
            expect(performance.now() - started).toBeGreaterThan(200);
            await slow.heal();
          },
          own({ stage: traced, faults: ['io-error', 'slow-flush'], provokes: failedCommit }),
        ),
      ],
      onLmdb,
    );
    expect(run.result('disk')).toMatchObject({
      verdict: 'passed',
      faults: [
        { name: 'io-error', evidence: expect.stringMatching(/EIO .*\(INJECTED\)/) },
        { name: 'slow-flush', evidence: expect.stringMatching(/1 flushes took 200 ms longer.*\(DELAYED\)/) },
      ],
    });
    expect(run.left).toEqual([]);
  });

  test('a case that ends without healing leaves no tracer', async () => {
    const run = await runSuites(
      [
        makeCase(
          'forgotten',
          async (stage) => {
            await stage.faults.ioError({ call: 'fdatasync' });
          },
          own({ stage: traced, faults: ['io-error'] }),
        ),
      ],
      onLmdb,
    );
    expect(run.result('forgotten')).toMatchObject({ verdict: 'inconclusive', reasonCode: 'fault_did_not_fire' });
    expect(run.left).toEqual([]);
  });
});

test.runIf(limits)('a limit to the memory of the server stands, and what it used is told', async () => {
  const run = await runSuites(
    [
      makeCase(
        'limited',
        async (stage) => {
          const fault = await stage.faults.memoryLimit('server');
          await put(stage, 'x');
          await fault.heal();
          await stage.server?.kill();
          await stage.server?.restart();
          // The next one is in it too.
          await (await stage.faults.memoryLimit('server')).heal();
        },
        own({ stage: { durability: 'declared', serverMemoryBytes: 256_000_000 }, faults: ['memory-limit'] }),
      ),
    ],
    onLmdb,
  );
  const result = run.result('limited');
  expect(result).toMatchObject({ verdict: 'passed', reason: null });
  expect(result.faults[0]?.evidence).toMatch(/^limit 256\.0 MB, peak \d+\.\d MB, 0 ended by the kernel$/);
  expect(run.left).toEqual([]);
});

const paused = (answersMeanwhile: readonly number[]) =>
  makeCase(
    'paused',
    async (stage) => {
      await put(stage, 'kept');
      const fault = await stage.faults.pause();
      const meanwhile = put(stage, 'meanwhile');
      expect(await within(300, meanwhile, 'no answer')).toBe('no answer');
      await fault.heal();
      expect(answersMeanwhile).toContain(await meanwhile);
      expect(await get(stage)).toMatch(/^200 (kept|meanwhile)$/);
    },
    own({ stage: { durability: 'declared' }, faults: ['pause'] }),
  );

test('a paused server answers nothing until it goes on', async () => {
  const run = await runSuites([paused([200])], onLmdb);
  expect(run.result('paused')).toMatchObject({
    verdict: 'passed',
    reason: null,
    faults: [{ evidence: expect.stringMatching(/^process \d+ was in state T and answered nothing/) }],
  });
});

test.runIf(hasImage)(`a paused container is one that the engine says is paused (${image})`, async () => {
  const run = await runSuites([paused([200, 503])], { flags: { backend: 'redis', 'redis-image': image } });
  expect(run.result('paused')).toMatchObject({
    verdict: 'passed',
    faults: [{ evidence: expect.stringContaining('the engine had it paused') }],
  });
});

test.runIf(hasImage)(`a container that is left paused is removed all the same (${image})`, async () => {
  const forgotten = makeCase(
    'forgotten',
    async (stage) => {
      await stage.faults.pause();
    },
    own({ stage: { durability: 'declared' }, faults: ['pause'] }),
  );
  const run = await runSuites([forgotten], { flags: { backend: 'redis', 'redis-image': image } });
  expect(run.result('forgotten')).toMatchObject({ reasonCode: 'fault_did_not_fire' });
  expect(await containersOfRun(run.report.id)).toEqual([]);
  expect(run.left).toEqual([]);
});
