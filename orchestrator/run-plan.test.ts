import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { readHistory, type StoredHistory } from '../suites/history-file.ts';
import { judgeHistory } from '../suites/judge-history.ts';
import { createRandom, seedOf } from '../suites/random.ts';
import { createRecordedClient } from '../suites/recorded-client.ts';
import { openHistory } from '../suites/recorder.ts';
import type { Stage } from '../suites/suite.ts';
import { CaseFailed, CaseInconclusive } from '../suites/verdict.ts';
import { makeCase, runSuites } from './fixtures/run-suites.ts';

// Processes and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const pass = async (): Promise<void> => undefined;
const fail = async (): Promise<void> => {
  throw new CaseFailed('200', '404');
};
const untilAborted = async ({ signal }: Stage): Promise<void> => {
  await delay(60_000, undefined, { signal });
};
const own = { isolation: 'server', requires: ['server'] } as const;
const path = ({ namespace }: Stage, key = 'k'): string => `/api/v1/kv/${namespace}/c/${key}`;

test('each ending becomes its verdict, and the report is exactly the planned set', async () => {
  const run = await runSuites([
    makeCase('pass', pass),
    makeCase('fail', fail),
    makeCase('unsure', async () => {
      throw new CaseInconclusive('too_few', 'not enough reads');
    }),
    makeCase('bug', async () => {
      throw new TypeError('oops');
    }),
    makeCase('vacuous', async ({ note }) => note.vacuity({ guard: 'reads', value: 0, minimum: 1 })),
    makeCase('late', untilAborted, { timeoutMs: 100 }),
    makeCase('stuck', untilAborted, { timeoutMs: 100, liveness: true }),
  ]);
  const verdicts = Object.fromEntries(
    run.report.results.map(({ id, verdict, reasonCode }) => [id, [verdict, reasonCode]]),
  );
  expect(verdicts).toEqual({
    pass: ['passed', null],
    fail: ['failed', 'finding'],
    unsure: ['inconclusive', 'too_few'],
    bug: ['inconclusive', 'harness_error'],
    vacuous: ['inconclusive', 'vacuous'],
    late: ['inconclusive', 'deadline'],
    stuck: ['failed', 'deadline'],
  });
  expect(run.report.exit.code).toBe(1);
  expect(run.left).toEqual([]);
});

test('a passing run is 0, names its subject and how to run each case again', async () => {
  const run = await runSuites([makeCase('group/pass', pass)], { flags: { seed: '83412' } });
  expect(run.report.exit).toEqual({ code: 0, why: '1 case passed' });
  expect(run.report.subjects).toMatchObject([
    { backend: 'memory', provider: 'embedded', serverVersion: expect.any(String) },
  ]);
  const { reproduce, peakRssBytes } = run.result('group/pass');
  expect(reproduce).toBe('npx orchestrator run --suite load --backend memory --case group/pass --seed 83412');
  expect(peakRssBytes).toBeGreaterThan(20_000_000);
});

test('the stage has a client, a namespace of its own, random numbers of the seed, and counts what was sent', async () => {
  const namespaces = new Set<string>();
  const seen: number[] = [];
  const use = async (stage: Stage): Promise<void> => {
    namespaces.add(stage.namespace);
    expect(stage.namespace).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/);
    expect(stage.capabilities.testing.clock).toBe(true);
    seen.push(stage.random.next());
    expect((await stage.client.request({ method: 'PUT', path: path(stage), body: 'x' })).status).toBe(201);
    expect((await stage.client.request({ method: 'GET', path: path(stage, 'absent') })).status).toBe(404);
  };
  const run = await runSuites([makeCase('a', use), makeCase('b', use)], { flags: { seed: '5', jobs: '2' } });
  expect(run.report.totals.passed).toBe(2);
  expect(namespaces.size).toBe(2);
  expect(run.result('a').operations).toEqual({ ok: 1, fail: 1, info: 0 });
  expect(seen.sort()).toEqual(['a', 'b'].map((id) => createRandom(seedOf(5, `load/${id}`)).next()).sort());
});

test('what a case notes is in its result, and its history in the folder', async () => {
  let stored: StoredHistory | undefined;
  const run = await runSuites(
    [
      makeCase('noted', async (stage) => {
        const { note } = stage;
        note.measurement({ name: 'p99', unit: 'ms', value: 3 });
        note.operations({ ok: 5, fail: 0, info: 1 });
        note.fault({ name: 'kill', target: 'server', fromMs: 0, toMs: 1, evidence: 'exit 137' });
        const history = openHistory(stage);
        const client = createRecordedClient(stage, history);
        await client.set('k');
        await client.get('k');
        await judgeHistory(stage, history, [{ checker: 'zones', parameters: {}, minimums: { reads: 1 } }]);
      }),
    ],
    {
      look: async (folder, { report }) => {
        const history = report.results[0]?.history;
        stored = await readHistory(join(folder, history?.path ?? ''), history?.sha256);
      },
    },
  );
  expect(run.result('noted')).toMatchObject({
    operations: { ok: 7, fail: 0, info: 1 },
    vacuity: [{ guard: 'zones: reads', value: 1, minimum: 1 }],
    measurements: [{ name: 'p99', value: 3 }],
    faults: [{ evidence: 'exit 137' }],
    history: { checkerVersion: 'zones-1', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
  });
  expect(stored?.origin).toMatchObject({ case: 'load/noted', seed: run.result('noted').seed });
  expect(stored?.operations.map(({ f, type }) => [f, type])).toEqual([
    ['set', 'ok'],
    ['get', 'ok'],
  ]);
});

describe('stopping early', () => {
  test('--fail-fast skips what has not begun', async () => {
    const run = await runSuites([makeCase('bad', fail), makeCase('x', pass), makeCase('y', pass, own)], {
      flags: { 'fail-fast': true, jobs: '1' },
    });
    expect(run.report.totals).toEqual({ passed: 0, failed: 1, inconclusive: 0, skipped: 2 });
    expect(run.result('y')).toMatchObject({ verdict: 'skipped', reasonCode: 'fail_fast' });
  });

  test('an interrupt ends what runs, judges nothing more, and still reports every planned case', async () => {
    const interrupt = new AbortController();
    const run = await runSuites(
      [
        makeCase('first', async (stage) => {
          interrupt.abort(new Error('SIGINT'));
          await untilAborted(stage);
        }),
        makeCase('second', pass),
        makeCase('third', pass, own),
      ],
      { flags: { jobs: '1' }, interrupt: interrupt.signal },
    );
    expect(run.report.results.map(({ verdict, reasonCode }) => [verdict, reasonCode])).toEqual(
      Array.from({ length: 3 }, () => ['inconclusive', 'interrupted']),
    );
    expect(run.report.exit.code).toBe(130);
    expect(run.left).toEqual([]);
  });
});

test('repetitions are planned, run and reported one by one, each with its seed', async () => {
  const seeds: number[] = [];
  const note = async ({ seed }: Stage): Promise<void> => void seeds.push(seed);
  const run = await runSuites([makeCase('again', note)], { flags: { repeat: '3', seed: '10' } });
  expect(seeds.sort()).toEqual([10, 11, 12]);
  expect(run.report.planned).toHaveLength(3);
  expect(run.report.results.map(({ seed }) => seed)).toEqual([10, 11, 12]);
});

test('what needs k6 is not planned where there is none, and the reason is told', async () => {
  const run = await runSuites([makeCase('load', pass, { requires: ['k6'] }), makeCase('other', pass)], {
    environment: { K6_BIN: join(import.meta.dirname, 'absent') },
  });
  expect(run.report.planned).toHaveLength(1);
  expect(run.report.notTested).toMatchObject([
    { what: 'load', reason: expect.stringContaining('which is no program') },
  ]);
  expect(run.report.exit.code).toBe(0);
});

test('k6 that is required and absent is 3', async () => {
  const run = await runSuites([makeCase('other', pass)], {
    environment: { K6_BIN: join(import.meta.dirname, 'absent') },
    flags: { require: 'k6' },
  });
  expect(run.report.exit).toEqual({ code: 3, why: 'k6 is required and absent' });
});

test('a required capability that no server has is 3', async () => {
  const run = await runSuites([makeCase('a', pass)], { flags: { require: 'memory.durability,memory.testing.clock' } });
  expect(run.report.exit).toEqual({ code: 3, why: 'memory.durability is required and absent' });
});

test('the folder of a run is gone with it', async () => {
  const { runFolder } = await runSuites([makeCase('a', pass)]);
  expect(existsSync(runFolder)).toBe(false);
});
