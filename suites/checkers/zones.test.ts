import { expect, test } from 'vitest';
import type { Operation } from '../history.ts';
import { createRandom, type Random } from '../random.ts';
import { type CheckVerdict, createBudget, NotApplicable } from './checker.ts';
import { get, historyOf as history, type Step, set, type Type } from './sketch.ts';
import { describeOperation } from './witness.ts';
import { zones } from './zones.ts';

const judge = (operations: readonly Operation[]): CheckVerdict => zones.check(operations, {}, createBudget(10_000));

type Sketch = readonly [process: number, what: string, call: number, end: number];

/** `w1` writes 1, `r1` reads 1, `r-` reads absence; `?` behind it: without an outcome, `!`: failed. */
function historyOf(sketches: readonly Sketch[]): Operation[] {
  return history(
    sketches.map(([process, what, call, end]): Step => {
      const value = what.slice(1).replace(/[?!]$/, '');
      const type: Type = what.endsWith('?') ? 'info' : what.endsWith('!') ? 'fail' : 'ok';
      return [process, what.startsWith('w') ? set(value) : get(value === '-' ? null : value), call, end, type];
    }),
  );
}

const legal: Readonly<Record<string, readonly Sketch[]>> = {
  'an empty history': [],
  'a read of absence before anything was written': [
    [1, 'r-', 0, 1],
    [2, 'w1', 2, 3],
  ],
  'reads that follow their writes': [
    [1, 'w1', 0, 1],
    [2, 'r1', 2, 3],
    [1, 'w2', 4, 5],
    [2, 'r2', 6, 7],
  ],
  'a read during the write that it sees': [
    [1, 'w1', 0, 9],
    [2, 'r1', 1, 2],
  ],
  'a read of the old value during a write': [
    [1, 'w1', 0, 1],
    [1, 'w2', 2, 9],
    [2, 'r1', 3, 4],
    [2, 'r2', 5, 6],
  ],
  'concurrent writes read in either order': [
    [1, 'w1', 0, 9],
    [2, 'w2', 0, 9],
    [3, 'r2', 10, 11],
  ],
  'a value read by two while its write goes on': [
    [1, 'w1', 0, 9],
    [2, 'r1', 1, 2],
    [3, 'r1', 3, 4],
  ],
  'a return and a call at the same moment': [
    [1, 'w1', 0, 5],
    [2, 'r-', 5, 6],
    [3, 'r1', 7, 8],
  ],
  'a write without an outcome that is seen much later': [
    [1, 'w1', 0, 1],
    [2, 'w2?', 2, 3],
    [3, 'r1', 4, 5],
    [3, 'r2', 90, 91],
  ],
  'a write without an outcome that nobody sees': [
    [1, 'w1', 0, 1],
    [2, 'w2?', 2, 3],
    [3, 'r1', 4, 5],
  ],
  'a failed write that nobody sees': [
    [1, 'w1', 0, 1],
    [2, 'w2!', 2, 3],
    [3, 'r1', 4, 5],
  ],
  'a read without an answer': [
    [1, 'w1', 0, 1],
    [2, 'r7?', 2, 3],
  ],
};

const illegal: Readonly<Record<string, readonly Sketch[]>> = {
  'a read of a value that nobody wrote': [
    [1, 'w1', 0, 1],
    [2, 'r7', 2, 3],
  ],
  'a read of a value whose write failed': [
    [1, 'w1!', 0, 1],
    [2, 'r1', 2, 3],
  ],
  'a read of a value before its write was called': [
    [2, 'r1', 0, 1],
    [1, 'w1', 2, 3],
  ],
  'absence after a write was acknowledged': [
    [1, 'w1', 0, 1],
    [2, 'r-', 2, 3],
  ],
  'a stale read': [
    [1, 'w1', 0, 1],
    [1, 'w2', 2, 3],
    [2, 'r1', 4, 5],
  ],
  'a value that comes back': [
    [1, 'w1', 0, 1],
    [1, 'w2', 2, 9],
    [2, 'r2', 3, 4],
    [2, 'r1', 5, 6],
  ],
  'two readers who see two writes in opposite orders': [
    [1, 'w1', 0, 20],
    [2, 'w2', 0, 20],
    [3, 'r1', 1, 2],
    [3, 'r2', 3, 4],
    [4, 'r1', 5, 6],
  ],
  'a write without an outcome seen and lost again': [
    [1, 'w1', 0, 1],
    [2, 'w2?', 2, 3],
    [3, 'r2', 4, 5],
    [3, 'r1', 6, 7],
  ],
  'absence seen after a write without an outcome was seen': [
    [1, 'w1?', 0, 1],
    [2, 'r1', 2, 3],
    [2, 'r-', 4, 5],
  ],
};

test.for(Object.entries(legal))('%s is legal', ([, sketches]) => {
  const operations = historyOf(sketches);
  expect(judge(operations)).toMatchObject({ verdict: 'holds' });
  expect(bruteForce(operations)).toBe(true);
});

test.for(Object.entries(illegal))('%s is illegal', ([, sketches]) => {
  const operations = historyOf(sketches);
  expect(judge(operations)).toMatchObject({ verdict: 'violated' });
  expect(bruteForce(operations)).toBe(false);
});

test('each key is judged by itself', () => {
  const [write, read] = historyOf([
    [1, 'w1', 0, 1],
    [2, 'r-', 2, 3],
  ]) as [Operation, Operation];
  expect(judge([write, { ...read, key: 'other' } as Operation])).toMatchObject({
    verdict: 'holds',
    counts: { keys: 2 },
  });
  const other = [write, read].map((operation) => ({ ...operation, key: 'other' }) as Operation);
  expect(judge(other)).toMatchObject({ verdict: 'violated', witness: expect.stringContaining('get other') });
});

test('a value written twice is refused, never passed', () => {
  expect(() =>
    judge(
      historyOf([
        [1, 'w1', 0, 1],
        [2, 'w1', 2, 3],
      ]),
    ),
  ).toThrow(NotApplicable);
});

test('the witness names the operations that suffice', () => {
  const verdict = judge(
    historyOf([
      [1, 'w1', 1_000, 2_000],
      [1, 'w2', 3_000, 4_000],
      [3, 'r2', 4_100, 4_200],
      [2, 'r1', 5_000, 6_000],
    ]),
  );
  if (verdict.verdict !== 'violated') throw new Error('the history is illegal');
  expect(verdict.operations).toEqual([0, 1, 3]);
  expect(verdict.witness).toBe(
    [
      'value 1 would have to come both before and after value 2:',
      'operation 0  process 1  0 to 1 us  set k = 1',
      'operation 1  process 1  2 to 3 us  set k = 2',
      'operation 3  process 2  4 to 5 us  get k -> 1',
    ].join('\n'),
  );
});

test('on random small histories it agrees with a search of every order', () => {
  const seed = 20_260_101;
  const counts = { legal: 0, illegal: 0 };
  for (let round = 0; round < 6_000; round += 1) {
    const operations = randomHistory(createRandom(seed + round), round % 2 === 0);
    const expected = bruteForce(operations);
    const shown = operations.map(describeOperation).join('\n');
    const verdict = expected ? 'holds' : 'violated';
    expect(judge(operations), `seed ${seed + round}\n${shown}`).toMatchObject({ verdict });
    counts[expected ? 'legal' : 'illegal'] += 1;
  }
  // Either verdict alone would not tell the two apart.
  expect(counts.legal).toBeGreaterThan(1_000);
  expect(counts.illegal).toBeGreaterThan(1_000);
});

test('100,000 operations of 10 clients are judged', () => {
  const operations: Operation[] = [];
  for (let i = 0; i < 100_000; i += 1) {
    const round = Math.floor(i / 10);
    const [process, at] = [i % 10, round * 100];
    const sketch: Sketch =
      process === 0 ? [process, `w${round}`, at, at + 20] : [process, `r${round}`, at + 10, at + 30];
    operations.push(...historyOf([sketch]).map((operation) => ({ ...operation, i })));
  }
  expect(judge(operations)).toMatchObject({ verdict: 'holds', counts: { reads: 90_000, writes: 10_000 } });
});

interface Draft {
  readonly process: number;
  readonly write: boolean;
  readonly call: number;
  readonly end: number;
  /** When it takes effect, within call and end. */
  readonly point: number;
  readonly type: '' | '?' | '!';
}

/**
 * 2 to 8 operations of up to 4 processes. Faithful ones take effect at a moment within the operation and then, half of
 * the time, get one read changed; the others read at random.
 */
function randomHistory(random: Random, faithful: boolean): Operation[] {
  const drafts = randomDrafts(random);
  const values = ['-', ...drafts.flatMap(({ write }, i) => (write ? [String(i)] : []))];
  const seen = faithful ? whatReadsSee(drafts, random) : drafts.map(() => random.pick(values));
  if (faithful && random.next() < 0.5) seen[random.below(seen.length)] = random.pick(values);
  return historyOf(
    drafts.map(({ process, write, call, end, type }, i) => [
      process,
      `${write ? `w${i}` : `r${seen[i]}`}${type}`,
      call,
      end,
    ]),
  );
}

function randomDrafts(random: Random): Draft[] {
  const free = [0, 0, 0, 0];
  return Array.from({ length: 2 + random.below(7) }, () => {
    const process = random.below(free.length);
    const call = (free[process] ?? 0) + random.below(4);
    const end = call + 1 + random.below(8);
    free[process] = end + 1;
    const type = random.pick(['', '', '', '', '?', '!'] as const);
    return { process, write: random.next() < 0.5, call, end, point: call + random.next() * (end - call), type };
  });
}

function whatReadsSee(drafts: readonly Draft[], random: Random): string[] {
  const seen = drafts.map(() => '-');
  let register = '-';
  const inOrder = [...drafts.entries()].sort(([, a], [, b]) => a.point - b.point);
  for (const [i, { write, type }] of inOrder) {
    const happens = type === '' || (type === '?' && random.next() < 0.5);
    if (write && happens) register = String(i);
    seen[i] = register;
  }
  return seen;
}

/** Tries every order that the times allow. A write without an outcome may be anywhere after its call, or nowhere. */
function bruteForce(operations: readonly Operation[]): boolean {
  const counted = operations.filter(({ f, type }) => type === 'ok' || (f === 'set' && type === 'info'));
  const endOf = ({ type, return: end }: Operation): bigint => (type === 'info' ? 1n << 60n : end);
  const search = (left: readonly Operation[], register: string | null): boolean => {
    if (left.every(({ type }) => type === 'info')) return true;
    return left.some((next) => {
      if (left.some((other) => other !== next && endOf(other) < next.call)) return false;
      if (next.f === 'get' && next.output !== register) return false;
      const rest = left.filter((other) => other !== next);
      return search(rest, next.f === 'set' ? next.input : register);
    });
  };
  return search(counted, null);
}
