import { expect, test } from 'vitest';
import { judge } from './fixtures/judge.ts';
import { cas, get, remove, type Step, set, touch } from './sketch.ts';

const run = (...steps: readonly Step[]) => judge({ checker: 'versions', parameters: {} }, steps);
const after = (version: string) => ({ by: 'version', version }) as const;

test('a history in which values repeat is judged by its versions', () => {
  const steps: readonly Step[] = [
    [1, set('a', { version: '1' }), 0, 1],
    [1, set('b', { version: '2' }), 2, 3],
    [1, set('a', { version: '3' }), 4, 5],
    [2, get('a', { version: '3' }), 6, 7],
    [1, touch(null, 'touched', { version: '4' }), 8, 9],
    [2, get('a', { version: '4' }), 10, 11],
    [1, cas(after('4'), 'c', { version: '5' }), 12, 13],
  ];
  expect(run(...steps)).toEqual({
    keys: 1,
    'writes with a version': 5,
    'reads with a version': 2,
    'compared versions': 1,
  });
});

test('a stale version is told although its value is right', () => {
  expect(
    run(
      [1, set('a', { version: '1' }), 0, 1],
      [1, set('a', { version: '2' }), 2, 3],
      [2, get('a', { version: '1' }), 4, 5],
    ),
  ).toBe('none');
});

test('the same version twice, and a value with the version of another, are told', () => {
  expect(run([1, set('a', { version: '1' }), 0, 1], [1, set('b', { version: '1' }), 2, 3])).toBe('two have 1');
  expect(run([1, set('a', { version: '1' }), 0, 1], [2, get('b', { version: '1' }), 2, 3])).toBe(
    'b was read with the version of a',
  );
});

test('two successors of one version are told', () => {
  expect(
    run(
      [1, set('a', { version: '1' }), 0, 1],
      [1, cas(after('1'), 'b', { version: '2' }), 2, 9],
      [2, cas(after('1'), 'c', { version: '3' }), 2, 9],
    ),
  ).toBe('two writes followed 1');
});

test('a version that no answer showed is that of a write without one', () => {
  const open: Step = [1, set('b'), 2, 3, 'info'];
  expect(run([1, set('a', { version: '1' }), 0, 1], open, [2, get('b', { version: '9' }), 4, 5])).toMatchObject({
    keys: 1,
  });
  expect(run([1, set('a', { version: '1' }), 0, 1], [2, get('b', { version: '9' }), 4, 5])).toBe('none');
});

test('what leaves no version is refused, never passed', () => {
  expect(run([1, set('a', { version: '1' }), 0, 1], [1, remove(), 2, 3])).toContain('unknown: operation 1, delete');
  expect(run([1, set('a', { output: 'created' }), 0, 1])).toContain('unknown: the answer of operation 0');
});
