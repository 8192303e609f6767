/** Clients that are slow, or many, or ask for more than their share. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import {
  expectBody,
  expectEqual,
  expectHeader,
  expectProblem,
  expectStatus,
  expectTrue,
  parseRawAnswer,
  recordOf,
} from '../check.ts';
import type { Client } from '../client.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { halfReadGet } from '../half-read.ts';
import type { Case } from '../suite.ts';

const live = { method: 'GET', path: '/health/live' } as const;
const host = 'Host: 127.0.0.1\r\n';

function defineLimitCase(id: string, claim: string, serverFlags: readonly string[], run: Case['run']): Case {
  return defineCase(`limits/${id}`, claim, run, {
    isolation: 'server',
    requires: ['server'],
    serverFlags,
    costMs: 3_000,
    timeoutMs: 30_000,
  });
}

/** Begins requests that do not end; each resolves with what the server said until it closed. */
function beginSlow(client: Client, count: number, waitMs: number): Promise<Buffer>[] {
  const begin = () => client.raw(`GET /health/live HTTP/1.1\r\n${host}X-Slow: `, waitMs);
  const slow = Array.from({ length: count }, begin);
  // They are awaited later: a case that fails before then leaves nobody who takes their errors.
  for (const one of slow) one.catch(() => undefined);
  return slow;
}

/** A broken connection reaches the server a moment after its client. */
const givenBackWithinMs = 5_000;

/** Sends it until it is answered as demanded; fails with the last answer where that does not come in time. */
async function untilStatus(status: number, send: () => Promise<Answer>): Promise<Answer> {
  const end = performance.now() + givenBackWithinMs;
  for (;;) {
    const answer = await send();
    if (answer.status === status || performance.now() > end) return expectStatus(answer, status);
    await delay(20);
  }
}

const budget = 1_000_000;
const brokenOff = 6;

export const limitCases: readonly Case[] = [
  defineLimitCase(
    'bodies-broken-off',
    'Bodies that are broken off give their share of the budget back: one that takes most of it is let in',
    ['--body-budget-bytes', String(budget)],
    async (stage) => {
      const { client } = stage;
      const c = openCollection(stage);
      const bytes = Math.floor(0.8 * budget);
      const head = `PUT ${c.pathOf('k')} HTTP/1.1\r\n${host}Content-Length: ${bytes}\r\n\r\n`;
      for (let round = 0; round < brokenOff; round += 1) await client.raw(`${head}half of it`, 100);
      await untilStatus(201, () => c.put('k', Buffer.alloc(bytes, 'v')));
    },
  ),
  defineLimitCase(
    'answers-broken-off',
    'Answers whose readers are gone give their share of the budget back: the next reader gets its answer',
    ['--answer-budget-bytes', String(budget)],
    async (stage) => {
      const c = openCollection(stage);
      const large = Buffer.alloc(12_000_000, 'v');
      await c.store('k', large);
      for (let round = 0; round < brokenOff; round += 1) {
        const reading = await halfReadGet(stage.client.baseUrl, c.pathOf('k'));
        reading.abandon();
        expectBody(await untilStatus(200, () => c.get('k')), large);
      }
    },
  ),
  defineLimitCase(
    'memory',
    'Short of memory the server refuses bodies with 503, says so, and reads and deletes go on',
    // Less than any process of its kind has.
    ['--memory-limit-bytes', '20000000'],
    async (stage) => {
      const c = openCollection(stage);
      // Without a body.
      await c.store('k', '');
      const refused = await c.put('k', 'v');
      expectProblem(refused, 503, 'insufficient_memory');
      expectHeader(refused, 'retry-after', /^\d+$/);
      expectBody(expectStatus(await c.get('k'), 200), '');
      expectStatus(await c.delete('k'), 204);
      const ready = expectStatus(await stage.client.request({ method: 'GET', path: '/health/ready' }), 200);
      expectEqual('the warnings', recordOf(ready.json()).warnings, ['low_memory'], ready);
    },
  ),
  ...(
    [
      ['headers', 'Headers that do not end', `GET /health/live HTTP/1.1\r\n${host}X-Slow: `],
      ['body', 'A body that does not end', `PUT /api/v1/kv/n/c/k HTTP/1.1\r\n${host}Content-Length: 10\r\n\r\n01234`],
    ] as const
  ).map(([id, what, bytes]) =>
    defineLimitCase(
      `slow-${id}`,
      `${what} in time are answered 408 request_timeout`,
      ['--request-timeout-ms', '500'],
      async ({ client }) => {
        const answer = parseRawAnswer(client.baseUrl, bytes, await client.raw(bytes, 10_000));
        expectProblem(answer, 408, 'request_timeout');
        expectHeader(answer, 'connection', 'close');
        const read = await client.request({ method: 'GET', path: '/api/v1/kv/n/c/k' });
        expectProblem(read, 404, 'key_not_found');
      },
    ),
  ),
  defineLimitCase(
    'half-open',
    'While 200 requests are half sent, another client is answered, and each of the 200 gets its 408',
    ['--headers-timeout-ms', '3000'],
    async ({ client, note }) => {
      const slow = beginSlow(client, 200, 15_000);
      let answered = 0;
      for (; answered < 20; answered += 1) expectStatus(await client.request(live), 200);
      const ends = (await Promise.all(slow)).map((bytes) => bytes.toString('latin1', 9, 12));
      note.vacuity({ guard: 'half-sent requests that were answered', value: ends.length, minimum: 200 });
      expectEqual('the statuses of half-sent requests', [...new Set(ends)], ['408']);
    },
  ),
  defineLimitCase(
    'connections',
    'Beyond the bound a connection is answered 503, and a good client gets in once the slow ones had their time',
    ['--max-connections', '10', '--headers-timeout-ms', '2000'],
    async ({ client, note }) => {
      const slow = beginSlow(client, 10, 15_000);
      const ask = `GET /health/live HTTP/1.1\r\n${host}Connection: close\r\n\r\n`;
      let others = 0;
      const answered = async (status: number) => {
        const end = performance.now() + 5_000;
        for (;;) {
          const answer = parseRawAnswer(client.baseUrl, ask, await client.raw(ask, 5_000));
          if (answer.status === status || performance.now() > end) return answer;
          others += 1;
        }
      };
      // Connections are taken in the order in which they come, but the ten may still be on their way.
      const refused = await answered(503);
      expectProblem(refused, 503, 'server_busy');
      expectHeader(refused, 'retry-after', '1');
      const inBetween = others;
      // One that was refused is let go of: many more of them than may be refused at once are answered, too.
      const statuses: number[] = [];
      for (let round = 0; round < 6; round += 1) {
        const asked = Array.from({ length: 20 }, () => client.raw(ask, 5_000));
        const answers = (await Promise.all(asked)).map((bytes) => parseRawAnswer(client.baseUrl, ask, bytes));
        statuses.push(...answers.map(({ status }) => status));
      }
      const answeredBusy = statuses.filter((status) => status === 503).length;
      note.vacuity({ guard: 'connections that were refused', value: answeredBusy, minimum: 80 });
      const kept = (await Promise.all(slow)).filter((bytes) => bytes.toString('latin1', 9, 12) === '408').length;
      // Of the ten no more were refused than others had come in between.
      expectTrue(kept >= 10 - inBetween, `at least ${10 - inBetween} of 10 slow requests answered 408`, String(kept));
      // The last bytes of a slow connection reach its client before the server sees it closed.
      expectStatus(await answered(200), 200);
    },
  ),
  defineLimitCase(
    'rate',
    'Beyond its rate a client gets 429 with Retry-After, and every answer tells what is left',
    ['--rate-limit', '1', '--rate-limit-burst', '30'],
    async ({ client, note }) => {
      const answers: Answer[] = [];
      const startedAt = performance.now();
      const seconds = (): number => (performance.now() - startedAt) / 1000;
      // Long enough that one more comes to a client that has used up all.
      for (let late = false; !late; ) {
        late = seconds() > 1.5;
        answers.push(await client.request(live));
      }
      const most = 30 + Math.ceil(seconds());
      for (const answer of answers) {
        expectHeader(answer, 'ratelimit-policy', '"default";q=30;w=30');
        const told = expectHeader(answer, 'ratelimit', /^"default";r=\d+;t=\d+$/);
        const [left = 0, untilFull = 0] = told.match(/\d+/g)?.map(Number) ?? [];
        // One more comes each second, so what is left and the seconds until all are there make the burst.
        expectEqual('what is left and what is to come', left + untilFull, 30, answer);
      }
      const refused = answers.filter(({ status }) => status !== 200);
      const answered = answers.length - refused.length;
      expectTrue(answered <= most, `at most ${most} of ${answers.length} requests answered`, String(answered));
      const first = answers.findIndex(({ status }) => status !== 200);
      const again = answers.slice(first).filter(({ status }) => status === 200);
      expectTrue(first < 0 || again.length > 0, 'another request answered within 1.5 s', 'none');
      for (const answer of refused) {
        expectProblem(answer, 429, 'rate_limited');
        expectHeader(answer, 'retry-after', '1');
        expectHeader(answer, 'ratelimit', /^"default";r=0;/);
      }
      note.vacuity({ guard: 'requests that were refused', value: refused.length, minimum: 1 });
      note.vacuity({ guard: 'requests that were answered', value: answered, minimum: 10 });
    },
  ),
];
