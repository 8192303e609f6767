import { expect, test } from 'vitest';
import type { CaseResult, Verdict } from '../reports/schema.ts';
import type { Ended } from './exit-code.ts';
import { decideExit } from './exit-code.ts';

function result(id: string, verdict: Verdict, backend: CaseResult['backend'] = 'lmdb'): CaseResult {
  return {
    backend,
    suite: 'conformance',
    id,
    claim: 'It holds',
    verdict,
    reasonCode: null,
    reason: null,
    seed: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    durationMs: 1,
    peakRssBytes: null,
    operations: { ok: 0, fail: 0, info: 0 },
    measurements: [],
    faults: [],
    vacuity: [],
    findings: [],
    history: null,
    reproduce: '',
  };
}

function ended(results: readonly CaseResult[], more: Partial<Ended> = {}): Ended {
  const planned = results.map(({ backend, suite, id }) => ({ backend, suite, id }));
  return { planned, results, requiredAbsent: [], interruptedBy: undefined, ...more };
}

const passed = result('a', 'passed');

test('0 needs every planned case passed or skipped, and one judged in every suite on every backend', () => {
  expect(decideExit(ended([passed]))).toEqual({ code: 0, why: '1 case passed' });
  expect(decideExit(ended([passed, result('b', 'skipped')]))).toEqual({
    code: 0,
    why: '1 case passed, 1 case skipped',
  });
});

test('a run that planned nothing is 3', () => {
  expect(decideExit(ended([]))).toEqual({ code: 3, why: 'nothing was planned' });
});

test('a planned case without a result is 3', () => {
  const planned = [passed, result('b', 'passed')];
  expect(decideExit({ ...ended(planned), results: [passed] })).toMatchObject({
    code: 3,
    why: '1 case without a result',
  });
});

test('an inconclusive case is 3', () => {
  expect(decideExit(ended([passed, result('b', 'inconclusive')]))).toMatchObject({ code: 3 });
});

test('a suite that was only skipped on a backend is 3', () => {
  const exit = decideExit(ended([passed, result('a', 'skipped', 'redis')]));
  expect(exit).toEqual({ code: 3, why: 'no case was judged of conformance on redis' });
});

test('what is required and absent is 3 even when all passed', () => {
  expect(decideExit(ended([passed], { requiredAbsent: ['mongodb'] }))).toEqual({
    code: 3,
    why: 'mongodb is required and absent',
  });
});

test('findings win over what could not be told', () => {
  const exit = decideExit(ended([result('a', 'failed'), result('b', 'inconclusive')], { requiredAbsent: ['k6'] }));
  expect(exit).toEqual({ code: 1, why: '1 case failed; k6 is required and absent; 1 case inconclusive' });
});

test('a signal wins over everything', () => {
  expect(decideExit(ended([result('a', 'failed')], { interruptedBy: 'SIGINT' })).code).toBe(130);
  expect(decideExit(ended([passed], { interruptedBy: 'SIGTERM' })).code).toBe(143);
});
