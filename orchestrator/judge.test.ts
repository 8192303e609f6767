import { expect, test } from 'vitest';
import { CaseFailed, CaseInconclusive } from '../suites/verdict.ts';
import type { Circumstances, Ending } from './judge.ts';
import { judge } from './judge.ts';

const calm: Circumstances = { liveness: false, vacuity: [], missingFaults: [], controls: [], death: undefined };
const died: Circumstances = { ...calm, death: { how: 'signal SIGKILL', lastLogLines: ['{"msg":"last"}'] } };
const threw = (error: unknown): Ending => ({ kind: 'threw', error });

test('a clean return passes', () => {
  expect(judge({ kind: 'returned' }, calm)).toMatchObject({ verdict: 'passed', reasonCode: null, reason: null });
});

test('a case whose fault did not fire cannot tell', () => {
  const judgement = judge({ kind: 'returned' }, { ...calm, missingFaults: ['crash'] });
  expect(judgement).toMatchObject({ verdict: 'inconclusive', reasonCode: 'fault_did_not_fire' });
});

test('a case whose control loses nothing cannot tell', () => {
  const controls = [{ name: 'without a flush', acknowledged: 70, lost: 0 }];
  const judgement = judge({ kind: 'returned' }, { ...calm, controls });
  expect(judgement).toMatchObject({ verdict: 'inconclusive', reasonCode: 'control_lost_nothing' });
  expect(judgement.reason).toContain('without a flush lost none of 70');
});

test('CaseFailed fails with its finding', () => {
  const judgement = judge(threw(new CaseFailed('200', '404 key_not_found')), calm);
  expect(judgement).toMatchObject({
    verdict: 'failed',
    reasonCode: 'finding',
    reason: 'expected 200, got 404 key_not_found',
  });
  expect(judgement.findings).toHaveLength(1);
});

test('CaseInconclusive keeps its reason', () => {
  const judgement = judge(threw(new CaseInconclusive('too_few', 'only 3 reads')), calm);
  expect(judgement).toMatchObject({ verdict: 'inconclusive', reasonCode: 'too_few', reason: 'only 3 reads' });
});

test.each([new TypeError('x is undefined'), 'a string', undefined])(
  '%s thrown is no verdict, hence inconclusive',
  (thrown) => {
    const judgement = judge(threw(thrown), calm);
    expect(judgement).toMatchObject({ verdict: 'inconclusive', reasonCode: 'harness_error', findings: [] });
    expect(judgement.reason).toContain(String(thrown));
  },
);

test('the stack of what was thrown is in the reason', () => {
  expect(judge(threw(new TypeError('oops')), calm).reason).toContain('judge.test.ts');
});

test('past its deadline a case is inconclusive, and failed where it claims liveness', () => {
  const deadline: Ending = { kind: 'deadline', timeoutMs: 500 };
  expect(judge(deadline, calm)).toMatchObject({ verdict: 'inconclusive', reasonCode: 'deadline' });
  const live = judge(deadline, { ...calm, liveness: true });
  expect(live).toMatchObject({ verdict: 'failed', reasonCode: 'deadline' });
  expect(live.findings).toHaveLength(1);
});

test('a guard below its minimum turns a pass into inconclusive and says which', () => {
  const vacuity = [
    { guard: 'reads', value: 10, minimum: 5 },
    { guard: 'evictions', value: 0, minimum: 1 },
  ];
  const judgement = judge({ kind: 'returned' }, { ...calm, vacuity });
  expect(judgement).toMatchObject({ verdict: 'inconclusive', reasonCode: 'vacuous' });
  expect(judgement.reason).toContain('evictions was 0');
  expect(judgement.reason).not.toContain('reads');
});

test('a guard at its minimum does not', () => {
  expect(judge({ kind: 'returned' }, { ...calm, vacuity: [{ guard: 'reads', value: 5, minimum: 5 }] }).verdict).toBe(
    'passed',
  );
});

test('a guard does not soften a finding', () => {
  const vacuity = [{ guard: 'reads', value: 0, minimum: 5 }];
  expect(judge(threw(new CaseFailed('a', 'b')), { ...calm, vacuity }).verdict).toBe('failed');
});

test.each<[string, Ending]>([
  ['returned', { kind: 'returned' }],
  ['threw something', threw(new Error('socket hang up'))],
  ['passed its deadline', { kind: 'deadline', timeoutMs: 1 }],
])('the server died during a case that %s: failed, with the last lines of its log', (_, ending) => {
  const judgement = judge(ending, died);
  expect(judgement).toMatchObject({ verdict: 'failed', reasonCode: 'server_died' });
  expect(judgement.findings[0]).toMatchObject({
    actual: 'the server died (signal SIGKILL)',
    witness: '{"msg":"last"}',
  });
});

test("a finding of the case stays beside the server's death", () => {
  expect(judge(threw(new CaseFailed('200', '500')), died).findings).toHaveLength(2);
});

test('a death after Ctrl-C is no finding', () => {
  expect(judge({ kind: 'interrupted' }, died)).toMatchObject({ verdict: 'inconclusive', reasonCode: 'interrupted' });
});
