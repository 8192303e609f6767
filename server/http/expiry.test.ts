import { expect, test } from 'vitest';
import { codeOf } from '../test-support/code-of.ts';
import { type ExpiryQuery, expiryOfSet, expiryOfTouch, formatTimestamp, maxTtlMs } from './expiry.ts';

const now = Date.UTC(2028, 1, 28, 12);

test('a set without a parameter clears the expiry', () => {
  expect(expiryOfSet({}, now)).toEqual({ kind: 'none' });
});

test('keepTtl keeps, persist takes away', () => {
  expect(expiryOfSet({ keepTtl: true }, now)).toEqual({ kind: 'keep' });
  expect(expiryOfTouch({ persist: true }, now)).toEqual({ kind: 'none' });
});

test.each([1, 999, 1_000, 1_001, 86_399_000, 86_401_000, 2 ** 31 - 1, 2 ** 31, 2 ** 32, maxTtlMs])(
  'a TTL of %i ms ends exactly then',
  (ttlMs) => {
    expect(expiryOfSet({ ttlMs }, now)).toEqual({ kind: 'at', atMs: now + ttlMs });
    expect(expiryOfTouch({ ttlMs }, now)).toEqual({ kind: 'at', atMs: now + ttlMs });
  },
);

test('100 years are 36,525 days', () => {
  expect(maxTtlMs).toBe(3_155_760_000_000);
});

test.each(['2028-02-28T12:00:00.001Z', '2028-02-29T00:00:00.000Z', '2099-12-31T23:59:59.999Z'])(
  '%s is taken to the millisecond',
  (expiresAt) => {
    expect(expiryOfSet({ expiresAt }, now)).toEqual({ kind: 'at', atMs: Date.parse(expiresAt) });
    expect(formatTimestamp(Date.parse(expiresAt))).toBe(expiresAt);
  },
);

test('expiresAt reaches exactly as far as the longest TTL', () => {
  const last = formatTimestamp(now + maxTtlMs);
  expect(expiryOfSet({ expiresAt: last }, now)).toEqual({ kind: 'at', atMs: now + maxTtlMs });
  expect(codeOf(() => expiryOfSet({ expiresAt: formatTimestamp(now + maxTtlMs + 1) }, now))).toBe('invalid_ttl');
});

const refusedTimes = [
  '',
  '2028-02-28T12:00:00.000Z',
  '2028-02-28T11:59:59.999Z',
  '1970-01-01T00:00:00.000Z',
  '2029-02-29T00:00:00.000Z',
  '2028-02-30T00:00:00.000Z',
  '2028-13-01T00:00:00.000Z',
  '2028-06-31T00:00:00.000Z',
  '2028-12-31T23:59:60.000Z',
  '2028-12-31T24:00:00.000Z',
  '2030-01-01T00:00:00Z',
  '2030-01-01T00:00:00.0Z',
  '2030-01-01T00:00:00.0000Z',
  '2030-01-01T00:00:00.000',
  '2030-01-01T00:00:00.000z',
  '2030-01-01t00:00:00.000Z',
  '2030-01-01 00:00:00.000Z',
  '2030-01-01T00:00:00.000+00:00',
  '2030-01-01T00:00:00,000Z',
  ' 2030-01-01T00:00:00.000Z',
  '2030-01-01T00:00:00.000Z\n',
  '2030-01-01',
  '1893456000000',
  '+012030-01-01T00:00:00.000Z',
  '\u0662030-01-01T00:00:00.000Z',
  'x'.repeat(10_000),
];

test.each(refusedTimes)('%j is no time in the future', (expiresAt) => {
  expect(codeOf(() => expiryOfSet({ expiresAt }, now))).toBe('invalid_ttl');
  expect(codeOf(() => expiryOfTouch({ expiresAt }, now))).toBe('invalid_ttl');
});

const expiresAt = '2030-01-01T00:00:00.000Z';
const tooManyForSet: readonly ExpiryQuery[] = [
  { ttlMs: 1, expiresAt },
  { ttlMs: 1, keepTtl: true },
  { expiresAt, keepTtl: true },
  { ttlMs: 1, expiresAt, keepTtl: true },
];
const notOneForTouch: readonly ExpiryQuery[] = [
  {},
  { ttlMs: 1, expiresAt },
  { ttlMs: 1, persist: true },
  { expiresAt, persist: true },
  { ttlMs: 1, expiresAt, persist: true },
];

test.each(tooManyForSet)('a set takes no two of the parameters: %j', (query) => {
  expect(codeOf(() => expiryOfSet(query, now))).toBe('invalid_ttl');
});

test.each(notOneForTouch)('a touch takes exactly one parameter: %j', (query) => {
  expect(codeOf(() => expiryOfTouch(query, now))).toBe('invalid_ttl');
});
