import { expect, test } from 'vitest';
import type { Operation } from '../history.ts';
import { checkIncrements } from './increments.ts';

type Step = readonly [from: string, to: string, type?: Operation['type']];

function operationsOf(steps: readonly Step[]): Operation[] {
  return steps.map(([from, to, type = 'ok'], i) => ({
    i,
    process: 1,
    key: 'counter',
    f: 'cas',
    input: `${from} ${i} -> ${i + 1}`,
    type,
    output: null,
    call: BigInt(i),
    return: BigInt(i + 1),
    server: { version: to, boot: null },
    error: null,
  }));
}

const judge = (steps: readonly Step[], value: number, etag: string) =>
  checkIncrements(operationsOf(steps), { first: 'a', final: { value, etag } })?.reason;

test('one chain from the first write to the last is right, whatever lost', () => {
  expect(judge([], 0, 'a')).toBeUndefined();
  expect(
    judge(
      [
        ['a', 'b'],
        ['a', 'x', 'fail'],
        ['b', 'c'],
      ],
      2,
      'c',
    ),
  ).toBeUndefined();
});

test('two successors of one write are a lost update', () => {
  expect(
    judge(
      [
        ['a', 'b'],
        ['a', 'c'],
      ],
      1,
      'c',
    ),
  ).toBe('2 acknowledged writes began at a');
});

test('a counter below the acknowledged increments is a lost update', () => {
  expect(
    judge(
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      1,
      'c',
    ),
  ).toBe('the counter ends at 1');
});

test('a counter above all increments counted one twice', () => {
  expect(
    judge(
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      3,
      'c',
    ),
  ).toBe('the counter ends at 3');
});

test('an increment without an outcome may count or not', () => {
  const steps: readonly Step[] = [
    ['a', 'b'],
    ['b', 'c', 'info'],
  ];
  expect(judge(steps, 1, 'b')).toBeUndefined();
  expect(judge(steps, 2, 'c')).toBeUndefined();
  expect(judge(steps, 3, 'd')).toBe('the counter ends at 3');
});

test('a chain with a gap, and a last write that is not stored, are told', () => {
  expect(
    judge(
      [
        ['a', 'b'],
        ['x', 'c'],
      ],
      2,
      'c',
    ),
  ).toBe('nothing follows b');
  expect(judge([['x', 'b']], 1, 'b')).toBe('nothing follows a');
  expect(judge([['a', 'b']], 1, 'z')).toBe('z is stored');
});
