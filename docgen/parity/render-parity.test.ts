import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { CaseResult, RunReport, Subject, Verdict } from '../../reports/schema.ts';
import { readBaseline } from './read-baseline.ts';
import { renderParity } from './render-parity.ts';

function subject(backend: Subject['backend'], profile: Subject['durability']['probed']): Subject {
  return {
    backend,
    provider: 'container',
    image: { name: `${backend}:7`, digest: null },
    engineVersion: '7.0',
    serverVersion: '0.1.0',
    durability: { declared: 'declared', probed: profile },
    capabilities: {
      limits: { keyBytes: 1024, valueBytes: 16_000_000, ttlMs: 1, listItems: 1000, batchItems: 0 },
      atomicBatch: 'none',
      filter: false,
      expiry: { precisionMs: 1 },
      durability: profile,
      testing: { clock: true },
    },
  };
}

function result(backend: CaseResult['backend'], id: string, verdict: Verdict): CaseResult {
  return {
    ...{ backend, suite: 'conformance', id, claim: id, verdict, reasonCode: null, reason: null, seed: 1 },
    ...{ startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1, peakRssBytes: null, history: null, reproduce: 'x' },
    ...{ operations: { ok: 1000, fail: 1, info: 0 }, measurements: [], faults: [], vacuity: [], findings: [] },
  };
}

const results = [
  result('redis', 'a', 'passed'),
  result('redis', 'b', 'failed'),
  result('redis', 'c', 'skipped'),
  result('lmdb', 'a', 'passed'),
];
const report: RunReport = {
  ...{ schemaVersion: 1, id: '20260101-000000-abcd', startedAt: '2026-01-01T00:00:00.000Z', durationMs: 1 },
  ...{ tier: 'pr', seed: 83412, argv: [], harness: { version: '0.1.0', commit: 'abc123', dirty: true } },
  machine: { cpu: 'CPU', cores: 2, memoryBytes: 8e9, kernel: 'Linux 6.1', engine: null, node: 'v24', root: false },
  subjects: [
    subject('lmdb', { profile: 'on-ack', windowMs: 0, probedBy: 'flush' }),
    subject('redis', { profile: 'prefix', windowMs: 1000, probedBy: 'CONFIG GET' }),
  ],
  probes: [],
  notTested: [{ what: 'mongodb', reason: 'no engine', mend: null }],
  planned: results.map(({ backend, suite, id }) => ({ backend, suite, id })),
  results,
  series: null,
  totals: { passed: 2, failed: 1, inconclusive: 0, skipped: 1 },
  exit: { code: 1, why: 'one' },
};

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parity-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('without a promoted run the page says so and how to get one', async () => {
  const page = renderParity(await readBaseline(join(folder, 'none')));
  expect(page).toContain('No run has been promoted yet.');
  expect(page).toContain('npx orchestrator report --promote');
});

it('a promoted run is shown with what it stands on, and a failure is not hidden', async () => {
  await writeFile(join(folder, 'pr.json'), JSON.stringify(report));
  const page = renderParity(await readBaseline(folder));
  expect(page).toContain(
    '## pr\n\nRun `20260101-000000-abcd` of 2026-01-01, seed 83412, commit `abc123` with changes:',
  );
  expect(page).toContain('4 cases with 4,004 operations, on 2 cores (CPU)');
  expect(page).toContain('| conformance | 1 of 1 | 1 of 2, 1 failed, 1 skipped |');
  expect(page).toContain('| redis | `conformance/b` | b | failed |');
  expect(page).toContain('| Durability | `on-ack`: nothing acknowledged is lost |');
  expect(page).toContain('the newest writes may be lost, up to 1,000 ms');
  expect(page).toContain('| mongodb | no engine |');
});

it('a suite without a judged case is not tested', () => {
  const skipped = { ...report, results: results.map((one) => ({ ...one, verdict: 'skipped' as const })) };
  expect(renderParity([{ name: 'pr', report: skipped }])).toContain('| conformance | not tested | not tested |');
});

it('a report that breaks its contract is refused by name', async () => {
  await writeFile(join(folder, 'pr.json'), JSON.stringify({ ...report, totals: { ...report.totals, passed: 3 } }));
  await expect(readBaseline(folder)).rejects.toThrow(/pr\.json: totals say 3 passed/);
});
