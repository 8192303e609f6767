import { expect, test } from 'vitest';
import { suiteNames } from '../reports/schema.ts';
import { suites } from './registry.ts';

const cases = suites.flatMap((suite) => suite.cases.map((one) => ({ suite: suite.name, ...one })));

test('every suite has a known name, a title and cases', () => {
  for (const suite of suites) {
    expect(suiteNames).toContain(suite.name);
    expect(suite.title).not.toBe('');
    expect(suite.cases.length).toBeGreaterThan(0);
  }
});

test('no two cases of a suite have the same id or the same claim', () => {
  for (const suite of suites) {
    for (const name of ['id', 'claim'] as const) {
      const seen = suite.cases.map((one) => one[name]);
      expect(seen.filter((value, i) => seen.indexOf(value) !== i)).toEqual([]);
    }
  }
});

test('an id is group/claim-in-short', () => {
  expect(cases.filter(({ id }) => !/^[a-z]+(-[a-z]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/.test(id)).map(({ id }) => id)).toEqual(
    [],
  );
});

test('a claim is a sentence without a full stop', () => {
  expect(
    cases.filter(
      ({ claim }) =>
        !/^(?:[A-Z]|(?:after|expiresAt|keepEncoding|keepTtl|keyEncoding|prefix|values=)\b)/.test(claim) ||
        /[.;:!]$/.test(claim),
    ),
  ).toEqual([]);
});

test('only a case on a server of its own has server flags or credentials, or moves the clock', () => {
  const shared = cases.filter(({ isolation }) => isolation === 'namespace');
  expect(
    shared.filter(
      ({ serverFlags, requires, credentials }) =>
        serverFlags.length > 0 || credentials !== undefined || requires.includes('testing.clock'),
    ),
  ).toEqual([]);
});

test('a case has time for ten times what it costs, or a minute', () => {
  expect(
    cases.filter(({ timeoutMs, costMs }) => timeoutMs < Math.min(10 * costMs, 60_000)).map(({ id }) => id),
  ).toEqual([]);
});
