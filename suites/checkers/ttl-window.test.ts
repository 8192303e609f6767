import { describe, expect, test } from 'vitest';
import { judge } from './fixtures/judge.ts';
import { advance, get, type Step, set, touch } from './sketch.ts';

const parameters = { slackMs: 2, edgeMs: 20 } as const;
const running = (...steps: readonly Step[]) =>
  judge({ checker: 'ttl-window', parameters: { ...parameters, clock: 'running' } }, steps);
const frozen = (...steps: readonly Step[]) =>
  judge({ checker: 'ttl-window', parameters: { ...parameters, clock: 'frozen' } }, steps);
/** And the search says the same of all of these. */
const searched = (...steps: readonly Step[]) =>
  judge({ checker: 'linearizability', parameters: { slackMs: 2, clock: 'running' } }, steps);

const written: Step = [1, set('v', { ttlMs: 100 }), 0, 10];

describe('with a clock that runs', () => {
  test.for([
    ['a hit before the end', [[2, get('v'), 80, 97]], { 'hits before an end': 1, 'just before an end': 1 }],
    ['a miss after the end', [[2, get(null), 113, 115]], { 'misses after an end': 1, 'just after an end': 1 }],
    ['a hit where it may have ended', [[2, get('v'), 105, 111]], { 'hits before an end': 0 }],
    ['a miss where it may have ended', [[2, get(null), 99, 101]], { 'misses after an end': 0 }],
    ['a hit that was called before the end', [[2, get('v'), 90, 300]], {}],
  ] as const)('%s is right', ([, reads, counts]) => {
    expect(running(written, ...reads)).toMatchObject(counts);
    expect(searched(written, ...reads)).toMatchObject({ keys: 1 });
  });

  test.for([
    ['a miss before the end', [[2, get(null), 80, 97]], 'v was gone 1 ms before its end'],
    ['a hit after the end', [[2, get('v'), 115, 116]], 'v was there 3 ms after its end'],
    [
      'a value that comes back',
      [
        [2, get(null), 100, 101],
        [2, get('v'), 102, 103],
      ],
      'v came back',
    ],
    ['another value', [[2, get('x'), 50, 51]], 'it returned x'],
  ] as const)('%s is told', ([, reads, told]) => {
    expect(running(written, ...reads)).toBe(told);
    expect(searched(written, ...reads)).toContain('none that explains operation');
  });

  test.for([
    ['a write without a TTL clears it', [1, set('w'), 20, 21], 'w was gone although it has no end'],
    ['a touch moves it', [1, touch(5_000), 20, 21], 'v was gone 3902 ms before its end'],
    ['persist clears it', [1, touch(null), 20, 21], 'v was gone although it has no end'],
  ] as const)('%s', ([, change, told]) => {
    expect(running(written, change, [2, get(null), 1_000, 1_116])).toBe(told);
    expect(searched(written, change, [2, get(null), 1_000, 1_116])).toContain('none that explains');
  });

  test('a write that keeps the end does not move it', () => {
    const kept: Step = [1, set('w', { ttlMs: 'keep' }), 50, 51];
    expect(searched(written, kept, [2, get('w'), 60, 61], [2, get(null), 150, 151])).toMatchObject({ keys: 1 });
    expect(searched(written, kept, [2, get('w'), 150, 151])).toContain('none that explains');
  });

  test('reads that overlap a write, or follow one without an outcome, decide nothing', () => {
    expect(running(written, [1, set('w'), 50, 60], [2, get('v'), 55, 56])).toMatchObject({ 'hits before an end': 0 });
    expect(running(written, [1, set('w'), 50, 60, 'info'], [2, get('v'), 65, 66])).toMatchObject({
      'hits before an end': 0,
    });
  });
});

describe('with a clock that only tests move', () => {
  const month = 30 * 86_400_000;
  const long: Step = [1, set('v', { ttlMs: month }), 0, 10];
  test('days pass in a moment', () => {
    expect(frozen(long, [0, advance(month - 10), 20, 21], [2, get('v'), 30, 31])).toMatchObject({
      'just before an end': 1,
    });
    expect(frozen(long, [0, advance(month + 10), 20, 21], [2, get(null), 30, 31])).toMatchObject({
      'just after an end': 1,
    });
    expect(frozen(long, [0, advance(month - 10), 20, 21], [2, get(null), 30, 31])).toBe(
      'v was gone 8 ms before its end',
    );
    expect(frozen(long, [0, advance(month + 10), 20, 21], [2, get('v'), 30, 31])).toBe(
      'v was there 8 ms after its end',
    );
  });
  test('time that really passed does not count', () => {
    expect(frozen(written, [2, get('v'), 5_000, 5_001])).toMatchObject({ 'hits before an end': 1 });
  });
  test('while the clock moves both may be', () => {
    const moving: Step = [0, advance(month + 10), 20, 40];
    expect(frozen(long, moving, [2, get('v'), 25, 30])).toMatchObject({ 'hits before an end': 0 });
    expect(frozen(long, moving, [2, get(null), 25, 30])).toMatchObject({ 'hits before an end': 0 });
  });
});
