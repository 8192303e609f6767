import { describe, expect, test } from 'vitest';
import { defineCase } from '../suites/define-case.ts';
import type { Case, Suite } from '../suites/suite.ts';
import type { PlanRequest } from './plan.ts';
import { checkBudget, checkPatterns, chooseSuites, parseShard, planCases, planCostMs, planRows } from './plan.ts';
import { UsageError } from './usage-error.ts';

function makeCase(id: string, more: Partial<Case> = {}): Case {
  return { ...defineCase(id, `${id} holds`, async () => undefined, { costMs: 100 }), ...more };
}

const conformance: Suite = {
  name: 'conformance',
  title: 'The API',
  cases: ['get/absent', 'get/present', 'ttl/clears', 'ttl/keeps', 'keys/emoji'].map((id) => makeCase(id)),
};
const load: Suite = {
  name: 'load',
  title: 'Load',
  cases: [makeCase('mixed/steady', { requires: ['k6'], isolation: 'machine', costMs: 60_000 })],
};

const request: PlanRequest = {
  suites: [conformance, load],
  backends: ['lmdb', 'redis'],
  casesOf: () => [],
  patterns: [],
  only: undefined,
  seed: 7,
  repeat: 1,
  shard: { index: 1, count: 1 },
  tier: 'pr',
  k6: true,
  canFault: () => true,
};

const names = (more: Partial<PlanRequest>) =>
  planCases({ ...request, ...more }).map(({ ref }) => `${ref.backend} ${ref.suite} ${ref.id}`);

test('every case of every suite is planned on every backend', () => {
  expect(names({})).toHaveLength(12);
  expect(new Set(names({})).size).toBe(12);
});

test('without k6 what needs it is not planned', () => {
  expect(names({ k6: false })).toHaveLength(10);
  expect(names({ k6: false, suites: [load] })).toEqual([]);
});

test('a case runs from its tier on, on the backends that it names', () => {
  const cases = [
    makeCase('fault/quick', { tiers: { lmdb: 'pr', redis: 'nightly' } }),
    makeCase('fault/long', { tiers: { lmdb: 'weekly' } }),
  ];
  const suites: Suite[] = [{ name: 'reliability', title: 'Faults', cases }];
  expect(names({ suites })).toEqual(['lmdb reliability fault/quick']);
  expect(names({ suites, tier: 'nightly' })).toEqual(['lmdb reliability fault/quick', 'redis reliability fault/quick']);
  expect(names({ suites, tier: 'weekly' })).toHaveLength(3);
});

test('a case is not planned where one of its faults cannot be had', () => {
  const suites: Suite[] = [
    { name: 'reliability', title: 'Faults', cases: [makeCase('fault/crash', { faults: ['crash'] })] },
  ];
  expect(names({ suites, canFault: (backend) => backend === 'lmdb' })).toEqual(['lmdb reliability fault/crash']);
});

describe('patterns', () => {
  test.each([
    [['ttl/*'], ['lmdb conformance ttl/clears', 'lmdb conformance ttl/keeps']],
    [
      ['get/absent', 'keys/*'],
      ['lmdb conformance get/absent', 'lmdb conformance keys/emoji'],
    ],
    [['load/**'], ['lmdb load mixed/steady']],
  ])('%j choose by id or suite/id', (patterns, expected) => {
    expect(names({ patterns, backends: ['lmdb'] })).toEqual(expected);
  });

  test('one that matches nothing is refused, with the nearest case', () => {
    expect(() => checkPatterns(['ttl/clear'], [conformance], [])).toThrow(/Did you mean "ttl\/clears"/);
    expect(() => checkPatterns(['nothing/*'], [conformance], [])).toThrow(UsageError);
    expect(() => checkPatterns(['ttl/*', 'extra/one'], [conformance], ['extra/one'])).not.toThrow();
  });
});

describe('suites', () => {
  test('an unknown name is refused with the nearest one', () => {
    expect(() => chooseSuites(['conformence'], [conformance, load])).toThrow(/Did you mean "conformance"/);
  });

  test('a suite that is planned for later is refused, never empty', () => {
    expect(() => chooseSuites(['reliability'], [conformance])).toThrow(/not built yet. There is: conformance/);
  });

  test('none at all is refused', () => {
    expect(() => chooseSuites([], [conformance])).toThrow(UsageError);
  });
});

describe('shards', () => {
  test.each([2, 3, 5, 12, 20])('%i parts hold every case exactly once', (count) => {
    const parts = Array.from({ length: count }, (_, part) => names({ shard: { index: part + 1, count } }));
    expect(parts.flat().sort()).toEqual(names({}).sort());
    const sizes = parts.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  });

  test.each(['0/2', '3/2', '1', '1/2/3', 'a/b', '-1/2'])('"%s" is refused', (text) => {
    expect(() => parseShard(text)).toThrow(UsageError);
  });

  test('2/5 is the second of five', () => expect(parseShard('2/5')).toEqual({ index: 2, count: 5 }));
});

test('a repetition has a seed of its own, which brings it back alone', () => {
  const repeated = planCases({ ...request, repeat: 3, patterns: ['get/absent'], backends: ['lmdb'] });
  expect(repeated.map(({ seed }) => seed)).toEqual([7, 8, 9]);
  const wrapped = planCases({ ...request, seed: 2 ** 32 - 1, repeat: 2, patterns: ['get/absent'], backends: ['lmdb'] });
  expect(wrapped.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 0]);
});

test('only what is asked for again is planned', () => {
  const only = [{ backend: 'redis', suite: 'conformance', id: 'ttl/keeps' } as const];
  expect(names({ only })).toEqual(['redis conformance ttl/keeps']);
});

test('the plan adds up its costs, and refuses more than the budget', () => {
  const plan = planCases(request);
  expect(planCostMs(plan)).toBe(2 * (5 * 100 + 60_000));
  expect(planRows(plan)).toContainEqual({ backend: 'redis', suite: 'load', cases: 1, costMs: 60_000 });
  expect(() => checkBudget(plan, 121_000)).not.toThrow();
  expect(() => checkBudget(plan, undefined)).not.toThrow();
  expect(() => checkBudget(plan, 120_999)).toThrow(UsageError);
});
