import { describe, expect, test } from 'vitest';
import { checkReport, ReportRefused } from './check-report.ts';
import type { CaseResult, RunReport } from './schema.ts';

const ref = { backend: 'lmdb', suite: 'conformance', id: 'get/absent' } as const;

const result: CaseResult = {
  ...ref,
  claim: 'GET of an absent key answers 404',
  verdict: 'passed',
  reasonCode: null,
  reason: null,
  seed: 1,
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 3,
  peakRssBytes: 70_000_000,
  operations: { ok: 0, fail: 1, info: 0 },
  measurements: [],
  faults: [],
  vacuity: [],
  findings: [],
  history: null,
  reproduce: 'npx orchestrator run',
};

const report: RunReport = {
  schemaVersion: 1,
  id: '20260101-000000-abcd',
  startedAt: '2026-01-01T00:00:00.000Z',
  durationMs: 10,
  tier: 'pr',
  seed: 1,
  argv: ['run'],
  harness: { version: '0.1.0', commit: null, dirty: false },
  machine: { cpu: 'x', cores: 2, memoryBytes: 1, kernel: 'Linux 6', engine: null, node: 'v24.21.0', root: false },
  subjects: [],
  probes: [],
  notTested: [],
  planned: [ref],
  results: [result],
  series: null,
  totals: { passed: 1, failed: 0, inconclusive: 0, skipped: 0 },
  exit: { code: 0, why: '1 case passed' },
};

test('a report that keeps its contract is returned as it is', () => {
  expect(checkReport(report)).toBe(report);
});

describe('a report is refused', () => {
  test.each<[string, unknown, RegExp]>([
    [
      'with a planned case that has no result',
      { ...report, planned: [ref, { ...ref, id: 'b' }] },
      /planned without a result: lmdb conformance b/,
    ],
    ['with a result that was not planned', { ...report, planned: [] }, /not planned: lmdb conformance get\/absent/],
    ['with one result for a case planned twice', { ...report, planned: [ref, ref] }, /planned without a result/],
    ['with two results for a case planned once', { ...report, results: [result, result] }, /not planned/],
    [
      'with totals that are not those of the results',
      { ...report, totals: { ...report.totals, passed: 2 } },
      /totals say 2 passed, the results 1/,
    ],
    ['with a property that nobody knows', { ...report, extra: 1 }, /breaks its schema/],
    [
      'with a verdict that does not exist',
      { ...report, results: [{ ...result, verdict: 'ok' }] },
      /breaks its schema at \/results\/0\/verdict/,
    ],
    ['that is no report', 'text', /breaks its schema/],
  ])('%s', (_, value, message) => {
    expect(() => checkReport(value)).toThrow(ReportRefused);
    expect(() => checkReport(value)).toThrow(message);
  });
});
