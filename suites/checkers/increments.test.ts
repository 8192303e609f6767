import { expect, test } from 'vitest';
import { createBudget } from './checker.ts';
import { increments } from './increments.ts';
import { cas, get, historyOf, type Step, set, type Type } from './sketch.ts';

type Link = readonly [from: string, to: string, type?: Type];

/**
 * What is wrong with links of a counter that begins at 0 with version a, and is read at the end. Each writes the number
 * after that of the version it begins at, the next one where that is unknown.
 */
function judge(links: readonly Link[], value: number, version: string): string | undefined {
  const numbers = new Map([['a', 0]]);
  const steps = links.map(([from, to, type = 'ok'], i): Step => {
    const expected = { by: 'version', version: from } as const;
    const output = type === 'fail' ? 'mismatch' : 'replaced';
    const number = (numbers.get(from) ?? numbers.size - 1) + 1;
    if (type !== 'fail') numbers.set(to, number);
    return [1, cas(expected, String(number), { version: to, output }), 10 + i * 2, 11 + i * 2, type];
  });
  const history = historyOf([
    [1, set('0', { version: 'a' }), 0, 1],
    ...steps,
    [1, get(String(value), { version }), 1_000, 1_001],
  ]);
  const verdict = increments.check(history, {}, createBudget(1_000));
  return verdict.verdict === 'violated' ? verdict.actual : undefined;
}

test('one chain from the first write to the last is right, whatever lost', () => {
  const links: readonly Link[] = [
    ['a', 'b'],
    ['a', 'x', 'fail'],
    ['b', 'c'],
  ];
  expect(judge([], 0, 'a')).toBeUndefined();
  expect(judge(links, 2, 'c')).toBeUndefined();
});

test('two successors of one write are a lost update', () => {
  const links: readonly Link[] = [
    ['a', 'b'],
    ['a', 'c'],
  ];
  expect(judge(links, 1, 'c')).toBe('2 acknowledged writes began at a');
});

test('a counter outside of what was acknowledged lost an update or counted one twice', () => {
  const links: readonly Link[] = [
    ['a', 'b'],
    ['b', 'c'],
  ];
  expect(judge(links, 1, 'c')).toBe('the counter ends at 1');
  expect(judge(links, 3, 'c')).toBe('the counter ends at 3');
  expect(judge(links, Number.NaN, 'c')).toBe('the counter ends at NaN');
});

test('an increment without an outcome may count or not', () => {
  const links: readonly Link[] = [
    ['a', 'b'],
    ['b', 'c', 'info'],
  ];
  expect(judge(links, 1, 'b')).toBeUndefined();
  expect(judge(links, 2, 'c')).toBeUndefined();
  expect(judge(links, 3, 'd')).toBe('the counter ends at 3');
});

test('a number that only a refused write could have made is a write that happened all the same', () => {
  const links: readonly Link[] = [
    ['a', 'b', 'fail'],
    ['b', 'c', 'info'],
  ];
  expect(judge(links, 1, 'c')).toBeUndefined();
  const hidden: readonly Link[] = [
    ['a', 'b'],
    ['b', 'c', 'info'],
    ['c', 'd', 'fail'],
    ['b', 'e', 'info'],
  ];
  expect(judge(hidden, 2, 'c')).toBeUndefined();
  expect(judge(hidden, 3, 'd')).toBe('the counter passed 3, which only refused writes could have made');
});

test('a chain with a gap, and a last write that is not stored, are told', () => {
  const gap: readonly Link[] = [
    ['a', 'b'],
    ['x', 'c'],
  ];
  expect(judge(gap, 2, 'c')).toBe('nothing follows b');
  expect(judge([['x', 'b']], 1, 'b')).toBe('nothing follows a');
  expect(judge([['a', 'b']], 1, 'z')).toBe('z is stored');
});

test('what is no counter is refused, never passed', () => {
  const check = (steps: readonly Step[]) => () => increments.check(historyOf(steps), {}, createBudget(1_000));
  expect(check([[1, get('0'), 0, 1]])).toThrow('a counter begins with an acknowledged write');
  expect(check([[1, set('0'), 0, 1]])).toThrow('a counter ends with an answered read');
  expect(
    check([
      [1, set('0'), 0, 1],
      [1, set('1'), 2, 3],
      [1, get('1'), 4, 5],
    ]),
  ).toThrow('changed by cas alone');
});
