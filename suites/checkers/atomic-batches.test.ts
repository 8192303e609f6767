import { expect, test } from 'vitest';
import { judge } from './fixtures/judge.ts';
import { batch, fence, get, type Sketch, type Step } from './sketch.ts';

const run = (...steps: readonly Step[]) => judge({ checker: 'atomic-batches', parameters: {} }, steps);
const write = (token: string): Sketch => batch({ a: token, b: token, c: token });
const read = (...tokens: readonly (string | null)[]): Sketch =>
  batch(
    {},
    tokens.map((value, n) => ({ key: 'abc'[n] ?? '', value })),
  );
const death: Step = [0, fence(), 50, 60];
const single = (key: string, value: string | null, at: number): Step => [2, get(value, { key }), at, at + 1];

test('readers who see one token, before, during and after, are right', () => {
  const steps: readonly Step[] = [
    [2, read(null, null, null), 0, 1],
    [1, write('1'), 2, 9],
    [2, read(null, null, null), 3, 4],
    [2, read('1', '1', '1'), 5, 6],
  ];
  expect(run(...steps)).toEqual({ writers: 1, snapshots: 3, 'groups after a death': 0 });
});

test('a mix is told', () => {
  const seen = 'the group was seen with';
  expect(run([1, write('1'), 2, 9], [2, read('1', '1', null), 3, 4])).toBe(`${seen} 1 and absent`);
  expect(run([1, write('1'), 0, 1], [1, write('2'), 2, 9], [2, read('1', '2', '1'), 3, 4])).toBe(`${seen} 1 and 2`);
});

test('after a death a batch without an outcome is there as a whole, or not at all', () => {
  const cut: readonly Step[] = [[1, write('1'), 0, 1], [1, write('2'), 45, 55, 'info'], death];
  const after = (a: string, b: string, c: string): readonly Step[] => [
    single('a', a, 70),
    single('b', b, 72),
    single('c', c, 74),
  ];
  expect(run(...cut, ...after('1', '1', '1'))).toMatchObject({ 'groups after a death': 1 });
  expect(run(...cut, ...after('2', '2', '2'))).toMatchObject({ 'groups after a death': 1 });
  expect(run(...cut, ...after('2', '1', '1'))).toBe('the group was seen with 2 and 1');
});

test('keys that are read one by one while batches go on say nothing', () => {
  expect(run([1, write('1'), 0, 1], single('a', '1', 2), [1, write('2'), 4, 5], single('b', '2', 6))).toMatchObject({
    snapshots: 0,
  });
});

test('batches without one token are refused, never passed', () => {
  expect(run([1, batch({ a: '1', b: '2' }), 0, 1])).toBe('unknown: operation 0 writes different tokens');
});
