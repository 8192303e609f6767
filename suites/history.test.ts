import { expect, test } from 'vitest';
import {
  advance,
  batch,
  cas,
  create,
  fence,
  get,
  historyOf,
  remove,
  type Step,
  set,
  touch,
} from './checkers/sketch.ts';
import { countOverlaps, keysOf } from './history.ts';
import { parseOperation, renderOperation } from './history-lines.ts';

const everything = historyOf([
  [1, get('v\n"'), 0, 1],
  [1, get(null), 2, 3],
  [1, set('a', { ttlMs: 5, output: 'created' }), 4, 5],
  [1, set('b', { ttlMs: 'keep' }), 6, 7, 'info'],
  [2, create('c', 'exists'), 8, 9, 'fail'],
  [2, cas('a', 'd'), 10, 11],
  [2, cas({ by: 'version', version: '"e"' }, 'f', { output: 'mismatch' }), 12, 13, 'fail'],
  [2, remove('absent'), 14, 15, 'fail'],
  [2, touch(null), 16, 17],
  [3, batch({ k: 'g', l: null }, [{ key: 'm', value: null }]), 18, 19],
  [0, advance(60_000), 20, 21],
  [0, fence('77'), 22, 23],
]);

test('an operation that was written is read back as it was', () => {
  for (const operation of everything) {
    const line = renderOperation(operation);
    expect(line).not.toContain('\n');
    expect(parseOperation(line, 1)).toEqual(operation);
  }
});

const good = renderOperation(everything[2] as (typeof everything)[number]);
test.for([
  ['{}', 'f is undefined'],
  ['null', 'Cannot'],
  ['{"i":0', 'Expected'],
  [good.replace('"f":"set"', '"f":"drop"'), 'f is drop'],
  [good.replace('"ttlMs":5', '"ttlMs":-5'), 'ttlMs is -5'],
  [good.replace('"ttlMs":5,', ''), 'ttlMs is undefined'],
  [good.replace('"call":"4"', '"call":4'), 'call is 4'],
  [good.replace('"created"', '"exists"'), 'output is "exists"'],
  [good.replace('{"version":null', '{"version":7'), 'server is'],
  [good.replace('"i":2', '"i":2,"j":3'), 'j is 3'],
] as const)('%s is no operation, and the line is named', ([line, why]) => {
  expect(() => parseOperation(line, 7)).toThrow(`line 7 of the history is no operation: ${why}`);
});

test('a batch is about each of its keys, a death about none', () => {
  expect(everything.map(keysOf).slice(-3)).toEqual([['k', 'l', 'm'], [], []]);
});

test('overlaps are counted with writes of other processes on the same key alone', () => {
  const count = (...steps: readonly Step[]): number => countOverlaps(historyOf(steps));
  expect(count([1, get(null), 0, 5], [2, get(null), 1, 6])).toBe(0);
  expect(count([1, set('a'), 0, 5], [2, get(null), 6, 7])).toBe(0);
  expect(count([1, set('a'), 0, 5], [2, get(null, { key: 'other' }), 1, 2])).toBe(0);
  expect(count([1, set('a'), 0, 5], [2, get(null), 5, 7])).toBe(1);
  expect(count([1, set('a'), 0, 5], [2, set('b'), 1, 2])).toBe(2);
  expect(count([1, set('a'), 0, 9], [2, get(null), 1, 2], [3, get(null), 3, 4])).toBe(2);
});
