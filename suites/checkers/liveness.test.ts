import { expect, test } from 'vitest';
import { createBudget } from './checker.ts';
import { judge } from './fixtures/judge.ts';
import { type FaultTime, liveness } from './liveness.ts';
import { get, historyOf, type Step, set } from './sketch.ts';

const limits = { deadlineMs: 1_000, stallMs: 200, recoverMs: 500 };
const run = (faults: readonly FaultTime[], ...steps: readonly Step[]) =>
  judge({ checker: 'liveness', parameters: { ...limits, faults } }, steps);
const fault = (from: number, to: number): FaultTime => ({ from: `${from}000000`, to: `${to}000000` });
const steady = (from: number, to: number): Step[] =>
  Array.from({ length: (to - from) / 100 }, (_, n) => [1, get(null), from + n * 100, from + n * 100 + 50]);

test('a server that goes on is right, and rests when nobody asks', () => {
  expect(run([], ...steady(0, 1_000), ...steady(9_000, 9_500))).toMatchObject({
    operations: 15,
    'under way together': 1,
  });
});

test('an operation past its deadline is told', () => {
  expect(run([], [2, set('a'), 0, 1_001], ...steady(0, 1_100))).toBe('operation 0 took 1001 ms');
});

test('a time without any end while something was under way is told', () => {
  expect(run([], ...steady(0, 300), [2, set('a'), 300, 700])).toBe('nothing ended for 400 ms before operation 3 did');
  expect(run([], [2, set('a'), 0, 700], [3, set('b'), 10, 700])).toContain('nothing ended for 700 ms');
});

test('what never ended is told', () => {
  const [open] = historyOf([[2, set('a'), 300, 900, 'info']], 1_000_000n);
  const never = { ...open, error: 'still under way when the history ended' } as NonNullable<typeof open>;
  const verdict = liveness.check([never], { ...limits, faults: [] }, createBudget(1_000));
  expect(verdict).toMatchObject({ verdict: 'violated', actual: '1 operations had not ended after 600 ms' });
});

test('while a fault is at work nothing is asked, and afterwards progress', () => {
  const before = steady(0, 300);
  const during: Step = [2, set('a'), 320, 4_050, 'info'];
  expect(run([fault(300, 4_000)], ...before, during, ...steady(4_100, 4_300))).toMatchObject({ faults: 1 });
  expect(run([fault(300, 4_000)], ...before, during, ...steady(5_000, 5_300))).toBe('nothing succeeded');
  expect(run([fault(300, 4_000)], ...before, during)).toBe('nothing succeeded');
});
