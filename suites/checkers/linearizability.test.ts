import { describe, expect, test } from 'vitest';
import type { Operation } from '../history.ts';
import { type CheckVerdict, createBudget } from './checker.ts';
import { jepsenVerdicts, readJepsen } from './fixtures/read-jepsen.ts';
import { linearizability } from './linearizability.ts';
import { batch, cas, create, fence, get, historyOf, remove, type Step, set, touch } from './sketch.ts';

const judge = (operations: readonly Operation[]): CheckVerdict =>
  linearizability.check(operations, { clock: 'running', slackMs: 0 }, createBudget(20_000));

const told = 'none that explains operation';
const run = (...steps: readonly Step[]): string => {
  const verdict = judge(historyOf(steps));
  return verdict.verdict === 'violated' ? verdict.actual : verdict.verdict;
};
const versionOf = (version: string) => ({ by: 'version', version }) as const;

describe('conditions', () => {
  const two: readonly Step[] = [
    [1, set('a', { output: 'created' }), 0, 1],
    [2, cas('a', 'b'), 2, 9],
  ];
  test('of two compare-and-sets from one value one succeeds', () => {
    expect(run(...two, [3, cas('a', 'c', { output: 'mismatch' }), 2, 9, 'fail'])).toBe('holds');
    expect(run(...two, [3, cas('a', 'c'), 2, 9])).toContain(told);
  });
  test('a write that nobody saw still stands between a value and a compare-and-set from it', () => {
    const unseen: readonly Step[] = [
      [1, set('a'), 0, 1],
      [2, set('b'), 2, 9],
      [3, cas('a', 'c'), 2, 9],
    ];
    expect(run(...unseen, [4, get('b'), 10, 11])).toBe('holds');
    expect(run(...unseen, [4, get('c'), 10, 11])).toContain(told);
  });
  test('a version is not the value: it does not come back with it', () => {
    const again: readonly Step[] = [
      [1, set('a', { version: '1' }), 0, 1],
      [1, set('b', { version: '2' }), 2, 3],
      [1, set('a', { version: '3' }), 4, 5],
    ];
    expect(run(...again, [2, cas(versionOf('3'), 'c', { version: '4' }), 6, 7])).toBe('holds');
    expect(run(...again, [2, cas(versionOf('1'), 'c', { version: '4' }), 6, 7])).toContain(told);
    expect(run(...again, [2, get('a', { version: '1' }), 6, 7])).toContain(told);
  });
  test('a touch changes the version and not the value', () => {
    const touched: readonly Step[] = [
      [1, set('a', { version: '1' }), 0, 1],
      [1, touch(null, 'touched', { version: '2' }), 2, 3],
    ];
    expect(run(...touched, [2, get('a', { version: '2' }), 4, 5])).toBe('holds');
    expect(run(...touched, [2, cas(versionOf('1'), 'c'), 4, 5])).toContain(told);
  });
  test('create needs absence, and 201 and 200 tell what was there', () => {
    expect(run([1, create('a'), 0, 1], [2, create('b'), 2, 3])).toContain(told);
    expect(run([1, create('a'), 0, 1], [2, remove(), 2, 3], [2, create('b'), 4, 5])).toBe('holds');
    expect(run([1, set('a', { output: 'replaced' }), 0, 1])).toContain(told);
    expect(run([1, set('a'), 0, 1], [1, set('b', { output: 'created' }), 2, 3])).toContain(told);
  });
  test('a delete happens once', () => {
    expect(run([1, set('a'), 0, 1], [2, remove(), 2, 9], [3, remove(), 2, 9])).toContain(told);
    expect(run([1, set('a'), 0, 1], [2, remove(), 2, 9], [3, remove('absent'), 2, 9, 'fail'])).toBe('holds');
  });
});

describe('what has no outcome', () => {
  const death = (boot: string | null): Step => [0, fence(boot), 10, 20];
  const open: Step = [1, set('b', { boot: '7' }), 2, 3, 'info'];
  const first: Step = [1, set('a'), 0, 1];
  test('may happen any time after its call, or never', () => {
    expect(run(first, open, [2, get('a'), 4, 5], [2, get('b'), 90, 91])).toBe('holds');
    expect(run(first, open, [2, get('b'), 4, 5], [2, get('a'), 90, 91])).toContain(told);
  });
  test('happens before the death of its server, or never', () => {
    expect(run(first, open, death('7'), [2, get('b'), 30, 31])).toBe('holds');
    expect(run(first, open, death('7'), [2, get('a'), 30, 31])).toBe('holds');
  });
  test('a write that lands after the death of its server is told', () => {
    const late: readonly Step[] = [
      [2, get('a'), 30, 31],
      [2, get('b'), 32, 33],
    ];
    expect(run(first, open, death('7'), ...late)).toContain(told);
    expect(run(first, open, death(null), ...late)).toContain(told);
    // Another server died: this one may still carry it out.
    expect(run(first, open, death('8'), ...late)).toBe('holds');
    expect(run(first, open, ...late)).toBe('holds');
  });
  test('many of them, seen or not, are searched in good time', () => {
    const many = Array.from({ length: 60 }, (_, n): Step => [n, set(`v${n}`), n, n + 1, 'info']);
    const reads = Array.from({ length: 60 }, (_, n): Step => [99, get(`v${59 - n}`), 100 + n * 2, 101 + n * 2]);
    expect(run(...many, ...reads)).toBe('holds');
    expect(run(...many, ...reads, [99, get('v7'), 900, 901])).toContain(told);
  });
});

test('a batch is judged with the keys it writes and reads', () => {
  const seen = (value: string | null) => batch({}, [{ key: 'k', value }]);
  expect(run([1, batch({ k: 'a', l: 'a' }), 0, 1], [2, get('a', { key: 'l' }), 2, 3], [2, seen('a'), 4, 5])).toBe(
    'holds',
  );
  expect(run([1, batch({ k: 'a', l: null }), 0, 1], [2, seen(null), 4, 5])).toContain(told);
});

test('the witness is small and says what the key may have been', () => {
  const noise = Array.from({ length: 200 }, (_, n): Step => [1, set(`v${n}`), n * 10, n * 10 + 5]);
  const reads = noise.map(([, what, call], n): Step => [2, get(String(what.input)), call + 6, call + 8 + (n % 2)]);
  const verdict = judge(historyOf([...noise, ...reads, [3, get('v3'), 3_000, 3_001]], 1_000n));
  expect(verdict).toMatchObject({ verdict: 'violated', impossible: 400 });
  if (verdict.verdict !== 'violated') return;
  expect(verdict.operations.length).toBeLessThan(5);
  expect(verdict.witness).toContain(
    `nothing explains operation 400; before it k may have been ${verdict.statesBefore?.[0]}`,
  );
});

test('more under way than can be kept apart is unknown, never right', () => {
  const wide = Array.from({ length: 40 }, (_, n): Step => [n, set(`${n}`), 0, 9]);
  expect(() => judge(historyOf(wide))).toThrow('more than 31 operations were under way');
});

describe('on what etcd did under Jepsen, it agrees with porcupine', () => {
  test.for(Object.entries(jepsenVerdicts))('%s: %s', ([name, legal]) => {
    const operations = readJepsen(name);
    // Of this thread alone: the machine may have other work.
    const { user: started } = process.threadCpuUsage();
    expect(judge(operations).verdict).toBe(legal ? 'holds' : 'violated');
    expect(process.threadCpuUsage().user - started).toBeLessThan(1_000_000);
  });
});
