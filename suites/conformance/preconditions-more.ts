/** Conditional requests beyond the table: what follows a refusal, dates, and races that one client must win. */

import type { Answer } from '../answer.ts';
import { etagOf, expectBody, expectEqual, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case } from '../suite.ts';

const racers = 8;

function race(act: (racer: number) => Promise<Answer>): Promise<readonly Answer[]> {
  return Promise.all(Array.from({ length: racers }, (_, racer) => act(racer)));
}

/** Demands one winner, and that each loser was answered one of `losing`. */
function expectOneWinner(answers: readonly Answer[], winning: number, losing: readonly number[]): Answer {
  const winners = answers.filter((answer) => answer.status === winning);
  expectEqual(`the number of ${racers} racers answered ${winning}`, winners.length, 1, winners[1] ?? answers[0]);
  for (const answer of answers) {
    if (answer.status !== winning && !losing.includes(answer.status)) expectStatus(answer, losing[0] ?? winning);
  }
  return winners[0] ?? expectStatus(answers[0] as Answer, winning);
}

export const morePreconditionCases: readonly Case[] = [
  defineCase(
    'preconditions/current-etag-works',
    'The ETag that a 412 names is the one to write with',
    async (stage) => {
      const c = openCollection(stage);
      const first = await c.store('k', 'a');
      await c.store('k', 'b');
      const refused = expectStatus(await c.put('k', 'c', { headers: { 'If-Match': first } }), 412);
      const current = etagOf(refused);
      expectStatus(await c.put('k', 'c', { headers: { 'If-Match': current } }), 200);
      expectBody(expectStatus(await c.get('k'), 200), 'c');
    },
  ),
  defineCase('preconditions/stale-after-patch', 'A PATCH makes the ETag before it stale', async (stage) => {
    const c = openCollection(stage);
    const before = await c.store('k', 'a');
    expectStatus(await c.patch('k', 'ttlMs=600000'), 200);
    expectStatus(await c.put('k', 'b', { headers: { 'If-Match': before } }), 412, 'precondition_failed');
  }),
  defineCase('preconditions/etag-of-other-key', 'The ETag of one key does not match another', async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('a', 'same');
    await c.store('b', 'same');
    expectStatus(await c.put('b', 'x', { headers: { 'If-Match': etag } }), 412, 'precondition_failed');
  }),
  defineCase(
    'preconditions/etag-of-deleted',
    'The ETag of a deleted record does not match the one written after',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'a');
      await c.delete('k');
      await c.store('k', 'a');
      expectStatus(await c.put('k', 'b', { headers: { 'If-Match': etag } }), 412, 'precondition_failed');
    },
  ),
  defineCase(
    'preconditions/not-modified-headers',
    'A 304 carries the headers that GET sends for caches',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'v', { query: 'ttlMs=600000' });
      const full = expectStatus(await c.get('k'), 200);
      const answer = expectStatus(await c.get('k', { headers: { 'If-None-Match': etag } }), 304);
      expectHeader(answer, 'cache-control', full.header('cache-control'));
    },
  ),
  defineCase('preconditions/modified-since-ignored', 'If-Modified-Since is ignored', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    const headers = { 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
    expectBody(expectStatus(await c.get('k', { headers }), 200), 'v');
    expectStatus(await c.head('k', { headers }), 200);
    expectStatus(await c.put('k', 'w', { headers }), 200);
  }),
  ...(['PUT', 'POST', 'PATCH', 'DELETE'] as const).map((method) =>
    defineCase(
      `preconditions/unmodified-since-${method.toLowerCase()}`,
      `If-Unmodified-Since on a ${method} is 400 and nothing happens: it is too coarse to be safe`,
      async (stage) => {
        const c = openCollection(stage);
        const etag = await c.store('k', 'v');
        const headers = { 'If-Unmodified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
        const body = method === 'PUT' || method === 'POST' ? 'w' : undefined;
        const query = method === 'PATCH' ? 'ttlMs=600000' : undefined;
        expectProblem(await c.send(method, 'k', { headers, body, query }), 400, 'invalid_header');
        expectHeader(expectStatus(await c.get('k'), 200), 'etag', etag);
      },
    ),
  ),
  defineCase(
    'preconditions/one-creator',
    `Of ${racers} concurrent creates one wins and its value stays`,
    async (stage) => {
      const c = openCollection(stage);
      for (let round = 0; round < 5; round += 1) {
        const key = `k${round}`;
        const answers = await race((racer) => c.put(key, `racer ${racer}`, { headers: { 'If-None-Match': '*' } }));
        const winner = expectOneWinner(answers, 201, [412]);
        const read = expectStatus(await c.get(key), 200);
        expectHeader(read, 'etag', etagOf(winner));
        expectBody(read, `racer ${answers.indexOf(winner)}`);
      }
    },
  ),
  defineCase(
    'preconditions/one-cas-winner',
    `Of ${racers} concurrent compare-and-sets one wins and its value stays`,
    async (stage) => {
      const c = openCollection(stage);
      let etag = await c.store('k', 'start');
      for (let round = 0; round < 5; round += 1) {
        const answers = await race((racer) => c.put('k', `racer ${racer}`, { headers: { 'If-Match': etag } }));
        const winner = expectOneWinner(answers, 200, [412]);
        etag = etagOf(winner);
        const read = expectStatus(await c.get('k'), 200);
        expectHeader(read, 'etag', etag);
        expectBody(read, `racer ${answers.indexOf(winner)}`);
      }
    },
  ),
  defineCase(
    'preconditions/one-patch-winner',
    `Of ${racers} concurrent touches of one ETag one wins`,
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'v');
      const answers = await race((racer) =>
        c.patch('k', `ttlMs=${600_000 + racer}`, { headers: { 'If-Match': etag } }),
      );
      const winner = expectOneWinner(answers, 200, [412]);
      expectHeader(expectStatus(await c.get('k'), 200), 'etag', etagOf(winner));
    },
  ),
  defineCase('preconditions/one-deleter', `Of ${racers} concurrent DELETEs one removes the record`, async (stage) => {
    const c = openCollection(stage);
    for (let round = 0; round < 5; round += 1) {
      const etag = await c.store('k', 'v');
      const headers = round % 2 === 0 ? {} : { 'If-Match': etag };
      expectOneWinner(await race(() => c.delete('k', { headers })), 204, [404]);
      expectStatus(await c.get('k'), 404, 'key_not_found');
    }
  }),
];
