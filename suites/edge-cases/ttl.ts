/** Times to live at every border where a number, a date or a timer turns over. */

import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase, defineClockCase } from '../define-case.ts';
import { listAll, listKeys } from '../listing.ts';
import type { Case } from '../suite.ts';

const dayMs = 86_400_000;
const century = 36_525 * dayMs;
const longestTimerMs = 2 ** 31 - 1;
/** Real time in which a timer that fires at once has done its work. */
const timerMs = 100;

/** Each must last to the millisecond. */
const ends: readonly { readonly id: string; readonly what: string; readonly ttlMs: number }[] = [
  { id: '1-ms', what: 'one millisecond', ttlMs: 1 },
  { id: '999-ms', what: '999 ms', ttlMs: 999 },
  { id: '1000-ms', what: '1,000 ms', ttlMs: 1_000 },
  { id: '1001-ms', what: '1,001 ms', ttlMs: 1_001 },
  { id: '86399-s', what: 'a day less a second', ttlMs: dayMs - 1_000 },
  { id: '86400-s', what: 'a day', ttlMs: dayMs },
  { id: '86401-s', what: 'a day and a second', ttlMs: dayMs + 1_000 },
  { id: 'timer-limit', what: '2^31 - 1 ms, the longest of JavaScript’s timers', ttlMs: longestTimerMs },
  { id: 'above-timer-limit', what: '2^31 ms, where JavaScript’s timers fire at once', ttlMs: 2 ** 31 },
  { id: '30-days', what: '30 days', ttlMs: 30 * dayMs },
  { id: '32-bit-ms', what: '2^32 ms', ttlMs: 2 ** 32 },
  { id: '31-bit-s', what: '2^31 s', ttlMs: 2 ** 31 * 1_000 },
  { id: '100-years', what: '100 years', ttlMs: century },
];

const refusedTtls: readonly { readonly id: string; readonly what: string; readonly text: string }[] = [
  { id: '0', what: '0', text: '0' },
  { id: 'minus-1', what: '-1', text: '-1' },
  { id: 'minus-0', what: '-0', text: '-0' },
  { id: 'nan', what: 'NaN', text: 'NaN' },
  { id: 'infinity', what: 'Infinity', text: 'Infinity' },
  { id: 'half', what: '0.5', text: '0.5' },
  { id: 'huge-exponent', what: '1e400', text: '1e400' },
  { id: '100-years-and-1', what: '100 years and one millisecond', text: String(century + 1) },
  { id: '32-bit-s', what: '2^32 s', text: String(2 ** 32 * 1_000) },
  { id: 'last-date', what: '8.64e15, the last date of JavaScript', text: '8640000000000000' },
  { id: 'past-last-date', what: '8.64e15 and one, past the last date of JavaScript', text: '8640000000000001' },
  { id: 'max-safe', what: '2^53 - 1', text: String(Number.MAX_SAFE_INTEGER) },
  { id: 'max-safe-and-1', what: '2^53', text: '9007199254740992' },
  { id: '63-bit', what: '2^63 - 1', text: '9223372036854775807' },
  { id: '64-bit', what: '2^64, which wraps to 0', text: '18446744073709551616' },
  { id: '64-bit-and-1000', what: '2^64 + 1000, which wraps to a second', text: '18446744073709552616' },
  { id: '400-digits', what: 'a number of 400 digits', text: '9'.repeat(400) },
];

const refusedDates: readonly { readonly id: string; readonly what: string; readonly text: string }[] = [
  { id: 'utc-offset', what: 'an offset of zero instead of Z', text: '2040-01-01T00:00:00.000+00:00' },
  { id: 'offset', what: 'an offset', text: '2040-01-01T00:00:00.000+02:00' },
  { id: 'no-zone', what: 'no zone', text: '2040-01-01T00:00:00.000' },
  { id: 'lower-case-z', what: 'a lower-case z', text: '2040-01-01T00:00:00.000z' },
  { id: 'lower-case-t', what: 'a lower-case t', text: '2040-01-01t00:00:00.000Z' },
  { id: 'space', what: 'a space for the T', text: '2040-01-01 00:00:00.000Z' },
  { id: 'no-fraction', what: 'no milliseconds', text: '2040-01-01T00:00:00Z' },
  { id: 'two-digits', what: 'two digits of a fraction', text: '2040-01-01T00:00:00.00Z' },
  { id: 'microseconds', what: 'microseconds', text: '2040-01-01T00:00:00.000000Z' },
  { id: 'comma', what: 'a comma', text: '2040-01-01T00:00:00,000Z' },
  { id: 'no-seconds', what: 'no seconds', text: '2040-01-01T00:00Z' },
  { id: 'leap-second', what: 'a leap second', text: '2040-06-30T23:59:60.000Z' },
  { id: '24-hours', what: 'the hour 24', text: '2040-01-01T24:00:00.000Z' },
  { id: '30-february', what: 'the 30th of February', text: '2040-02-30T00:00:00.000Z' },
  { id: 'no-leap-year', what: 'the 29th of February of a common year', text: '2041-02-29T00:00:00.000Z' },
  { id: '31-april', what: 'the 31st of April', text: '2040-04-31T00:00:00.000Z' },
  { id: 'month-13', what: 'the month 13', text: '2040-13-01T00:00:00.000Z' },
  { id: 'day-0', what: 'the day 0', text: '2040-01-00T00:00:00.000Z' },
  { id: 'five-digit-year', what: 'a year of five digits', text: '+02040-01-01T00:00:00.000Z' },
  { id: 'short-month', what: 'a month of one digit', text: '2040-1-01T00:00:00.000Z' },
  { id: 'http-date', what: 'the form of HTTP', text: 'Sun, 01 Jan 2040 00:00:00 GMT' },
  { id: 'word', what: 'a word', text: 'tomorrow' },
  { id: 'trailing-space', what: 'a space behind it', text: '2040-01-01T00:00:00.000Z ' },
  { id: 'epoch', what: 'the epoch', text: '1970-01-01T00:00:00.000Z' },
  { id: 'before-epoch', what: 'a time before the epoch', text: '1969-12-31T23:59:59.999Z' },
];

const keptDates: readonly { readonly id: string; readonly what: string; readonly text: string }[] = [
  { id: 'leap-day', what: 'the 29th of February of a leap year', text: '2040-02-29T12:00:00.001Z' },
  { id: 'last-millisecond', what: 'the last millisecond of a year', text: '2040-12-31T23:59:59.999Z' },
  { id: '2038', what: 'the second after 32-bit time ends', text: '2038-01-19T03:14:08.000Z' },
];

const refused = ['PUT', 'PATCH'].flatMap((method) => [
  ...refusedTtls.map(({ id, what, text }) => ({
    method,
    id: `ttl-${id}`,
    what: `ttlMs=${what}`,
    query: `ttlMs=${text}`,
  })),
  ...refusedDates.map(({ id, what, text }) => ({
    method,
    id: `date-${id}`,
    what: `an expiresAt with ${what}`,
    query: `expiresAt=${encodeURIComponent(text)}`,
  })),
]);

export const ttlEdgeCases: readonly Case[] = [
  ...ends.map(({ id, what, ttlMs }) =>
    defineClockCase(
      `ttl/lasts-${id}`,
      `A TTL of ${what} is there one millisecond before its end and gone at it`,
      async (stage) => {
        const c = openCollection(stage);
        expectStatus(await c.put('k', 'v', { query: `ttlMs=${ttlMs}` }), 201);
        if (ttlMs > 1) await stage.advanceClock(ttlMs - 1);
        if (ttlMs > longestTimerMs) await delay(timerMs);
        expectStatus(await c.get('k'), 200);
        expectEqual('keys', await listKeys(c), ['k']);
        await stage.advanceClock(1);
        expectStatus(await c.get('k'), 404, 'key_not_found');
        expectStatus(await c.head('k'), 404);
        expectEqual('keys', await listKeys(c), []);
      },
    ),
  ),
  defineClockCase('ttl/touched-30-days', 'A TTL of 30 days given by PATCH ends to the millisecond', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    expectStatus(await c.patch('k', `ttlMs=${30 * dayMs}`), 200);
    await stage.advanceClock(30 * dayMs - 1);
    expectStatus(await c.get('k'), 200);
    await stage.advanceClock(1);
    expectStatus(await c.get('k'), 404, 'key_not_found');
  }),
  defineClockCase('ttl/date-now', 'An expiresAt of this very millisecond is 400, one later is taken', async (stage) => {
    const c = openCollection(stage);
    const told = expectHeader(await c.put('clock', '', { query: 'ttlMs=1000' }), 'commander-expires-at', /Z$/);
    const at = (offsetMs: number): string => new Date(Date.parse(told) - 1_000 + offsetMs).toISOString();
    expectProblem(await c.put('k', 'v', { query: `expiresAt=${at(-1)}` }), 400, 'invalid_ttl');
    expectProblem(await c.put('k', 'v', { query: `expiresAt=${at(0)}` }), 400, 'invalid_ttl');
    expectStatus(await c.put('k', 'v', { query: `expiresAt=${at(1)}` }), 201);
    expectStatus(await c.get('k'), 200);
    await stage.advanceClock(1);
    expectStatus(await c.get('k'), 404, 'key_not_found');
  }),
  defineClockCase(
    'ttl/date-100-years',
    'An expiresAt 100 years ahead is taken, one millisecond later is 400',
    async (stage) => {
      const c = openCollection(stage);
      const limit = stage.capabilities.limits.ttlMs;
      const told = expectHeader(await c.put('clock', '', { query: `ttlMs=${limit}` }), 'commander-expires-at', /Z$/);
      const later = new Date(Date.parse(told) + 1).toISOString();
      expectProblem(await c.put('k', 'v', { query: `expiresAt=${later}` }), 400, 'invalid_ttl');
      expectStatus(await c.put('k', 'v', { query: `expiresAt=${told}` }), 201);
    },
  ),
  ...keptDates.map(({ id, what, text }) =>
    defineCase(`ttl/date-kept-${id}`, `expiresAt takes ${what} and tells it unchanged`, async (stage) => {
      const c = openCollection(stage);
      expectStatus(await c.put('k', 'v', { query: `expiresAt=${text}` }), 201);
      expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', text);
      expectEqual(
        'expiresAt in the listing',
        (await listAll(c)).map((item) => item.expiresAt),
        [text],
      );
    }),
  ),
  ...refused.map(({ method, id, what, query }) =>
    defineCase(
      `ttl/${method.toLowerCase()}-refuses-${id}`,
      `${method} with ${what} is 400 and leaves the record as it was`,
      async (stage) => {
        const c = openCollection(stage);
        const etag = await c.store('k', 'old', { query: 'ttlMs=60000000' });
        const before = expectHeader(await c.get('k'), 'commander-expires-at', /Z$/);
        const answer = expectStatus(
          await c.send(method, 'k', { query, body: method === 'PUT' ? 'new' : undefined }),
          400,
        );
        const problem = answer.json() as { readonly code?: unknown };
        const code = problem.code === 'invalid_query' ? 'invalid_query' : 'invalid_ttl';
        expectProblem(answer, 400, code);
        const read = expectStatus(await c.get('k'), 200);
        expectHeader(read, 'etag', etag);
        expectHeader(read, 'commander-expires-at', before);
      },
    ),
  ),
];
