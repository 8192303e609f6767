import { describe, expect, test } from 'vitest';
import { createRandom } from '../random.ts';
import { judge } from './fixtures/judge.ts';
import type { HitRatioParameters } from './hit-ratio.ts';
import { scanLog } from './log-scan.ts';
import type { MemorySample } from './memory-slope.ts';
import type { Check } from './registry.ts';
import { runCheck, storeCheck } from './run-check.ts';
import { cas, create, fence, get, historyOf, type Step, set } from './sketch.ts';

describe('memory', () => {
  const parameters = { warmUpMs: 10_000, ceilingBytes: 900, negligibleBytesPerSecond: 0 };
  const run = (samples: readonly MemorySample[], more: Partial<typeof parameters> = {}) =>
    judge({ checker: 'memory-slope', parameters: { ...parameters, ...more, samples } }, []);
  const seed = Date.now() % 1_000_000;
  const random = createRandom(seed);
  const series = (bytesAt: (second: number) => number): MemorySample[] =>
    Array.from({ length: 120 }, (_, second) => [second * 1_000, bytesAt(second) + random.next() * 60]);

  test(`level memory with noise is right, whatever the warm-up did (seed ${seed})`, () => {
    // One in forty of level series looks as if it grew; the median of several does not.
    const verdicts = Array.from({ length: 9 }, () => run(series((second) => (second < 10 ? second * 40 : 400))));
    expect(verdicts.filter((one) => typeof one === 'object').length).toBeGreaterThan(4);
  });
  test('growth is told, unless it is negligible', () => {
    expect(run(series((second) => 100 + second * 2))).toMatch(/^2 bytes a second more/);
    expect(
      run(
        series((second) => 100 + second * 2),
        { negligibleBytesPerSecond: 4 },
      ),
    ).toMatchObject({ samples: 110 });
  });
  test('a peak above the ceiling is told, one sample is enough', () => {
    expect(run([...series(() => 400), [1, 901]])).toContain('a peak of 901 bytes');
  });
  test('too few samples say nothing', () => expect(run([[0, 1]])).toContain('unknown: 0 samples'));
});

describe('errors', () => {
  const declared = { create: ['412 precondition_failed'], set: ['507 store_full'] };
  const run = (steps: readonly Step[], errors: readonly (string | null)[], mayStayOpen = false): unknown => {
    const operations = historyOf(steps).map((one, n) => ({ ...one, error: errors[n] ?? null }));
    const check: Check = { checker: 'error-contract', parameters: { declared, mayStayOpen } };
    const verdict = runCheck(operations, storeCheck(check), 1_000);
    return verdict.verdict === 'violated' ? verdict.actual : verdict.verdict;
  };
  test('declared failures without an effect are right', () => {
    expect(
      run(
        [
          [1, create('a', 'exists'), 0, 1, 'fail'],
          [1, get('b'), 2, 3],
        ],
        ['412 precondition_failed'],
      ),
    ).toBe('holds');
  });
  test('an undeclared answer is told', () => {
    expect(run([[1, set('a'), 0, 1, 'info']], ['500 internal'])).toBe('500 internal');
    expect(run([[1, set('a'), 0, 1, 'fail']], ['412 precondition_failed'])).toBe('412 precondition_failed');
  });
  test('a failure whose value is read later is told', () => {
    expect(
      run(
        [
          [1, set('a'), 0, 1, 'fail'],
          [1, get('a'), 2, 3],
        ],
        ['507 store_full'],
      ),
    ).toBe('operation 1 read it');
  });
  test('no answer at all is right only where a server may be down', () => {
    const open: readonly Step[] = [[1, set('a'), 0, 1, 'info']];
    expect(run(open, ['no answer (broken)'], true)).toBe('holds');
    expect(run(open, ['no answer (broken)'])).toBe('no answer (broken)');
  });
});

describe('eviction', () => {
  const base: HitRatioParameters = {
    policy: 'lru',
    capacity: 2,
    tolerance: 0.1,
    hotKeys: ['hot'],
    leastHotRatio: 0.9,
    warmUp: 0,
    fillsOnMiss: false,
  };
  const run = (more: Partial<HitRatioParameters>, reads: readonly (readonly [key: string, hit: boolean])[]) => {
    const writes = ['hot', 'a', 'b'].map((key, n): Step => [1, set(`v${n}`, { key }), n * 10, n * 10 + 1]);
    const steps = reads.map(([key, hit], n): Step => [1, get(hit ? 'v' : null, { key }), 100 + n * 10, 101 + n * 10]);
    return judge({ checker: 'hit-ratio', parameters: { ...base, ...more } }, [...writes, ...steps]);
  };
  test('a store that keeps what the reference keeps is right', () => {
    expect(
      run({ hotKeys: [] }, [
        ['hot', false],
        ['a', true],
        ['b', true],
      ]),
    ).toMatchObject({ reads: 3, hits: 2, misses: 1 });
  });
  test('fewer hits than the reference are told', () => {
    expect(
      run({ hotKeys: [] }, [
        ['a', false],
        ['b', true],
      ]),
    ).toBe('50.0 %');
  });
  test('a hot key that is evicted is told', () => {
    expect(
      run({ tolerance: 1 }, [
        ['hot', false],
        ['b', true],
      ]),
    ).toBe('0.0 %');
  });
  test('LFU keeps what was used often, LRU what was used last', () => {
    const trace = (hit: boolean): readonly Step[] => [
      [1, set('1', { key: 'often' }), 0, 1],
      [1, get('1', { key: 'often' }), 2, 3],
      [1, set('2', { key: 'x' }), 4, 5],
      [1, set('3', { key: 'y' }), 6, 7],
      [1, get(hit ? '1' : null, { key: 'often' }), 8, 9],
    ];
    const by = (policy: 'lru' | 'lfu', hit: boolean) =>
      judge(
        { checker: 'hit-ratio', parameters: { ...base, policy, hotKeys: [], warmUp: 4, fillsOnMiss: false } },
        trace(hit),
      );
    expect(by('lfu', false)).toBe('0.0 %');
    expect(by('lru', false)).toMatchObject({ hits: 0 });
  });
});

describe('a log', () => {
  test.for([
    '{"level":30,"msg":"listening at http://127.0.0.1:80"}',
    '{"level":50,"code":"store_unavailable","err":{"type":"MongoError","stack":"MongoError: x\\n    at f (file:///a.js:1:2)"}}',
    '',
  ])('with %s is right', (line) => {
    expect(scanLog([line], [])).toEqual([]);
  });
  test.for([
    ['{"level":60,"msg":"unhandledRejection"}', 'an unhandled rejection'],
    ['[UnhandledPromiseRejection: x]', 'an unhandled rejection'],
    ['    at Object.run (/app/server/main.js:10:3)', 'the trace of a bug'],
    [
      '{"code":"internal_error","err":{"type":"Error","stack":"Error: x\\n    at f (file:///a.js:1:2)"}}',
      'the trace of a bug',
    ],
    ['{"err":{"type":"TypeError","stack":"TypeError: x\\n    at f (file:///a.js:1:2)"}}', 'the trace of a bug'],
    ['AssertionError [ERR_ASSERTION]: false', 'a failed assertion'],
    ["mdb.c:3051: Assertion 'rc == 0' failed in mdb_txn_commit()", 'a failed assertion'],
    ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', 'an exhausted heap'],
    ['(node:7) MaxListenersExceededWarning: Possible leak', 'a line that the server did not log'],
  ] as const)('%s is told', ([line, what]) => {
    expect(scanLog(['{"msg":"fine"}', line], [])).toMatchObject([{ line: 2, what }]);
  });
  test('with a secret is told without it', () => {
    expect(scanLog(['{"authorization":"Bearer s3cret"}'], ['s3cret'])).toEqual([
      { line: 1, what: 'a secret', text: '{"authorization":"Bearer (secret)"}' },
    ]);
  });
});

describe('what happened', () => {
  test('is counted by kind and outcome', () => {
    const steps: readonly Step[] = [
      [1, set('a'), 0, 10],
      [2, get('a'), 5, 6],
      [2, cas('x', 'b', { output: 'mismatch' }), 20, 21, 'fail'],
      [3, set('c'), 25, 45, 'info'],
      [0, fence(), 30, 40],
    ];
    expect(judge({ checker: 'activity', parameters: {} }, steps)).toEqual({
      overlaps: 1,
      'values read': 1,
      'without an outcome': 1,
      'under way at a death': 1,
      'ok set': 1,
      'ok get': 1,
      'fail cas': 1,
      'info set': 1,
      'ok fence': 1,
    });
  });

  test('a count below its minimum is a guard that fell short, also one that is not kept', () => {
    const minimums = { 'ok set': 1, 'ok touch': 2 };
    const stored = storeCheck({ checker: 'activity', parameters: {}, minimums });
    expect(runCheck(historyOf([[1, set('a'), 0, 1]]), stored, 1_000)).toEqual({
      verdict: 'holds',
      guards: [
        { guard: 'activity: ok set', value: 1, minimum: 1 },
        { guard: 'activity: ok touch', value: 0, minimum: 2 },
      ],
    });
  });
});

describe('what cannot be judged is unknown, never right', () => {
  const stored = storeCheck({ checker: 'zones', parameters: {} });
  test.for([
    ['an unknown checker', { ...stored, checker: 'oracle' }, 'there is no checker oracle'],
    ['wrong parameters', { ...stored, parameters: { strict: true } }, 'parameters of zones'],
    ['a history that it is not for', stored, 'zones could not tell: NotApplicable'],
  ] as const)('%s', ([, check, reason]) => {
    const twice = historyOf([
      [1, set('a'), 0, 1],
      [1, set('a'), 2, 3],
    ]);
    expect(runCheck(twice, check, 1_000)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining(reason),
    });
  });

  test('time that is up', () => {
    const many = historyOf(Array.from({ length: 2_000 }, (_, n): Step => [1, set(`${n}`), n * 2, n * 2 + 1]));
    expect(runCheck(many, stored, -1)).toMatchObject({
      verdict: 'unknown',
      reason: expect.stringContaining('OutOfBudget'),
    });
  });
});
