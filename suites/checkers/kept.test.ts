import { expect, test } from 'vitest';
import { createBudget } from './checker.ts';
import { countLost, kept, type LossWindow } from './kept.ts';
import { get, historyOf, ms, type Step, set } from './sketch.ts';

const judge = (steps: readonly Step[], mayLose: boolean | LossWindow = false) =>
  kept.check(historyOf(steps, ms), { mayLose }, createBudget(1_000));

const one: Step = [1, set('1:0', { key: 'a' }), 0, 10];
const another: Step = [2, set('2:0', { key: 'b' }), 0, 10];

test('every acknowledged write that is read at the end holds', () => {
  const verdict = judge([one, another, [3, get('1:0', { key: 'a' }), 20, 21], [3, get('2:0', { key: 'b' }), 22, 23]]);
  expect(verdict).toEqual({ verdict: 'holds', counts: { acknowledged: 2, read: 2, lost: 0 } });
});

test('an acknowledged write that is absent at the end is lost', () => {
  const steps: readonly Step[] = [
    one,
    another,
    [3, get(null, { key: 'a' }), 20, 21],
    [3, get('2:0', { key: 'b' }), 22, 23],
  ];
  expect(judge(steps)).toMatchObject({
    verdict: 'violated',
    actual: '1 of 2 acknowledged writes lost',
    operations: [0, 2],
  });
  expect(judge(steps, true)).toEqual({ verdict: 'holds', counts: { acknowledged: 2, read: 2, lost: 1 } });
  expect(countLost(historyOf(steps))).toEqual({ acknowledged: 2, lost: 1 });
});

test('one that was read and is absent later is lost', () => {
  const steps: readonly Step[] = [one, [3, get('1:0', { key: 'a' }), 20, 21], [3, get(null, { key: 'a' }), 22, 23]];
  expect(judge(steps).verdict).toBe('violated');
});

test('absence before the acknowledgement is no loss, and what is read no more counts as unread', () => {
  const verdict = judge([
    [1, set('1:0', { key: 'a' }), 0, 10],
    [2, get(null, { key: 'a' }), 5, 6],
  ]);
  expect(verdict).toEqual({ verdict: 'holds', counts: { acknowledged: 1, read: 0, lost: 0 } });
});

test('a write without an outcome may be there or not', () => {
  const write: Step = [1, set('1:0', { key: 'a' }), 0, 10, 'info'];
  expect(judge([write, [2, get(null, { key: 'a' }), 20, 21]]).verdict).toBe('holds');
  expect(judge([write, [2, get('1:0', { key: 'a' }), 20, 21]]).verdict).toBe('holds');
});

test('a value that nobody wrote is wrong whatever may be lost', () => {
  const verdict = judge([one, [2, get('torn: 3 bytes short', { key: 'a' }), 20, 21]], true);
  expect(verdict).toMatchObject({ verdict: 'violated', actual: 'a value that nobody wrote: torn: 3 bytes short' });
});

test('a window excuses what was acknowledged in it, and nothing before or after', () => {
  const steps: readonly Step[] = [
    [1, set('1:0', { key: 'a' }), 0, 10],
    [2, set('2:0', { key: 'b' }), 8, 14],
    [3, get('1:0', { key: 'a' }), 20, 21],
    [3, get(null, { key: 'b' }), 22, 23],
  ];
  expect(judge(steps, { fromMs: 12, toMs: 16 })).toMatchObject({ verdict: 'holds', counts: { read: 2, lost: 1 } });
  for (const window of [
    { fromMs: 15, toMs: 16 },
    { fromMs: 0, toMs: 13 },
  ]) {
    expect(judge(steps, window)).toMatchObject({ verdict: 'violated', operations: [1, 3] });
  }
});

test('keys that are written twice are not for it', () => {
  expect(() => judge([one, [1, set('1:1', { key: 'a' }), 11, 12]])).toThrow(/written once/);
});
