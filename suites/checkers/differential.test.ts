import { describe, expect, test } from 'vitest';
import type { Operation } from '../history.ts';
import { createRandom, type Random } from '../random.ts';
import { type CheckVerdict, createBudget } from './checker.ts';
import { type Kind, mutate, type RandomHistoryOptions, randomHistory } from './fixtures/random-history.ts';
import { isLinearizable } from './fixtures/wing-gong-lowe.ts';
import { linearizability } from './linearizability.ts';
import { describeOperation } from './witness.ts';
import { zones } from './zones.ts';

// Printed with every difference; another one is other histories.
const seed = Date.now() % 1_000_000_000;
const clock = { clock: 'running', slackMs: 0 } as const;
const byFrontier = (operations: readonly Operation[]): CheckVerdict =>
  linearizability.check(operations, clock, createBudget(10_000));
const byZones = (operations: readonly Operation[]): CheckVerdict => zones.check(operations, {}, createBudget(10_000));

const all: readonly Kind[] = ['get', 'get', 'set', 'set', 'create', 'cas', 'delete', 'touch'];
const options: Readonly<Record<string, RandomHistoryOptions>> = {
  'of every kind, few values': { kinds: all, uniqueValues: false, deaths: true, maxOperations: 9 },
  'of every kind, values of their own': { kinds: all, uniqueValues: true, deaths: true, maxOperations: 9 },
  'of reads and writes, values of their own': {
    kinds: ['get', 'get', 'set'],
    uniqueValues: true,
    deaths: false,
    maxOperations: 9,
  },
  'of a register with compare-and-set, values of their own': {
    kinds: ['get', 'set', 'set', 'cas'],
    uniqueValues: true,
    deaths: false,
    maxOperations: 7,
  },
  'of a register with compare-and-set': {
    kinds: ['get', 'set', 'cas'],
    uniqueValues: false,
    deaths: false,
    maxOperations: 9,
  },
};

const show = (operations: readonly Operation[], round: number): string =>
  [
    `seed ${seed}, round ${round}`,
    ...operations.map((one) => `${one.call}-${one.return} ${describeOperation(one)}`),
  ].join('\n');

function historyFor(random: Random, round: number, how: RandomHistoryOptions): Operation[] {
  const faithful = randomHistory(random, how);
  return round % 3 === 0 ? faithful : mutate(faithful, random);
}

describe(`with seed ${seed}`, () => {
  test.for(Object.entries(options))('1,500 small histories %s: the search agrees with a plain one', ([name, how]) => {
    const counts = { holds: 0, violated: 0, unknown: 0 };
    for (let round = 0; round < 1_500; round += 1) {
      const operations = historyFor(createRandom(seed).split(`${name} ${round}`), round, how);
      const { verdict } = byFrontier(operations);
      expect(verdict, show(operations, round)).toBe(isLinearizable(operations) ? 'holds' : 'violated');
      // What a right server did is never called wrong.
      if (round % 3 === 0) expect(verdict, show(operations, round)).toBe('holds');
      counts[verdict] += 1;
    }
    // Either verdict alone would not tell the two apart.
    expect(counts.holds).toBeGreaterThan(500);
    expect(counts.violated).toBeGreaterThan(50);
  });

  test('zones agree with the search where every write has a value of its own', () => {
    const how = options['of reads and writes, values of their own'] as RandomHistoryOptions;
    for (let round = 0; round < 3_000; round += 1) {
      const operations = historyFor(createRandom(seed).split(`zones ${round}`), round, how);
      const plain = operations.map((one) => (one.f === 'set' ? { ...one, output: null } : one));
      expect(byZones(plain).verdict, show(plain, round)).toBe(byFrontier(plain).verdict);
    }
  });

  test('a witness contradicts itself without the rest of the history', () => {
    const how = options['of reads and writes, values of their own'] as RandomHistoryOptions;
    let witnesses = 0;
    for (let round = 0; round < 600; round += 1) {
      const operations = historyFor(createRandom(seed).split(`witness ${round}`), round, how);
      const verdict = byFrontier(operations);
      if (verdict.verdict !== 'violated') continue;
      witnesses += 1;
      const shown = operations.filter(({ i }) => verdict.operations.includes(i));
      expect(isLinearizable(shown), `${show(operations, round)}\n${verdict.witness}`).toBe(false);
      expect(verdict.operations).toContain(verdict.impossible);
    }
    expect(witnesses).toBeGreaterThan(50);
  });
});
