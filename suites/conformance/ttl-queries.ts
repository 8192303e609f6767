/** How a time to live is asked for, and every way of asking that is refused. */

import { expectBody, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case } from '../suite.ts';

interface Refusal {
  readonly id: string;
  readonly claim: string;
  readonly query: string;
  readonly code: 'invalid_ttl' | 'invalid_query';
}

const future = '2099-01-01T00:00:00.000Z';

const anywhere: readonly Refusal[] = [
  { id: 'zero', claim: 'ttlMs=0', query: 'ttlMs=0', code: 'invalid_ttl' },
  { id: 'negative', claim: 'a negative ttlMs', query: 'ttlMs=-1', code: 'invalid_query' },
  { id: 'fraction', claim: 'a ttlMs with a fraction', query: 'ttlMs=1.5', code: 'invalid_query' },
  { id: 'exponent', claim: 'a ttlMs with an exponent', query: 'ttlMs=1e3', code: 'invalid_query' },
  { id: 'hexadecimal', claim: 'a hexadecimal ttlMs', query: 'ttlMs=0x10', code: 'invalid_query' },
  { id: 'plus', claim: 'a ttlMs with a plus sign', query: 'ttlMs=%2B1000', code: 'invalid_query' },
  { id: 'space', claim: 'a ttlMs with a space', query: 'ttlMs=%201000', code: 'invalid_query' },
  { id: 'word', claim: 'a ttlMs that is a word', query: 'ttlMs=NaN', code: 'invalid_query' },
  { id: 'other-digits', claim: 'a ttlMs in other digits', query: 'ttlMs=%D9%A1%D9%A2', code: 'invalid_query' },
  { id: 'empty', claim: 'an empty ttlMs', query: 'ttlMs=', code: 'invalid_query' },
  { id: 'repeated', claim: 'ttlMs twice', query: 'ttlMs=60000&ttlMs=60000', code: 'invalid_query' },
  { id: 'two', claim: 'ttlMs and expiresAt', query: `ttlMs=60000&expiresAt=${future}`, code: 'invalid_ttl' },
  { id: 'past', claim: 'an expiresAt in the past', query: 'expiresAt=2001-01-01T00:00:00.000Z', code: 'invalid_ttl' },
  { id: 'date-only', claim: 'an expiresAt without a time', query: 'expiresAt=2099-01-01', code: 'invalid_ttl' },
  { id: 'empty-date', claim: 'an empty expiresAt', query: 'expiresAt=', code: 'invalid_ttl' },
  { id: 'epoch', claim: 'an expiresAt in digits alone', query: 'expiresAt=4070908800000', code: 'invalid_ttl' },
  {
    id: 'far',
    claim: 'an expiresAt 200 years ahead',
    query: 'expiresAt=2230-01-01T00:00:00.000Z',
    code: 'invalid_ttl',
  },
];

const onWrite: readonly Refusal[] = [
  { id: 'ttl-and-keep', claim: 'ttlMs and keepTtl', query: 'ttlMs=60000&keepTtl=true', code: 'invalid_ttl' },
  {
    id: 'date-and-keep',
    claim: 'expiresAt and keepTtl',
    query: `expiresAt=${future}&keepTtl=true`,
    code: 'invalid_ttl',
  },
  { id: 'keep-false', claim: 'keepTtl=false', query: 'keepTtl=false', code: 'invalid_query' },
  { id: 'keep-one', claim: 'keepTtl=1', query: 'keepTtl=1', code: 'invalid_query' },
  { id: 'keep-empty', claim: 'keepTtl without a value', query: 'keepTtl', code: 'invalid_query' },
  { id: 'persist', claim: 'persist, which is for PATCH', query: 'persist=true', code: 'invalid_query' },
];

const onPatch: readonly Refusal[] = [
  { id: 'nothing', claim: 'none of ttlMs, expiresAt and persist', query: '', code: 'invalid_ttl' },
  { id: 'ttl-and-persist', claim: 'ttlMs and persist', query: 'ttlMs=60000&persist=true', code: 'invalid_ttl' },
  {
    id: 'date-and-persist',
    claim: 'expiresAt and persist',
    query: `expiresAt=${future}&persist=true`,
    code: 'invalid_ttl',
  },
  { id: 'persist-false', claim: 'persist=false', query: 'persist=false', code: 'invalid_query' },
  { id: 'keep', claim: 'keepTtl, which is for PUT and POST', query: 'keepTtl=true', code: 'invalid_query' },
];

const refusals = [
  ...[...anywhere, ...onWrite].map((refusal) => ({ method: 'PUT', ...refusal })),
  ...onWrite.slice(0, 1).map((refusal) => ({ method: 'POST', ...refusal })),
  ...anywhere.slice(0, 1).map((refusal) => ({ method: 'POST', ...refusal })),
  ...[...anywhere, ...onPatch].map((refusal) => ({ method: 'PATCH', ...refusal })),
];

async function expectOld(c: Collection, etag: string): Promise<void> {
  const read = expectStatus(await c.get('k'), 200);
  expectBody(read, 'old');
  expectHeader(read, 'etag', etag);
  expectHeader(read, 'commander-expires-at', undefined);
}

export const ttlQueryCases: readonly Case[] = [
  ...refusals.map(({ method, id, claim, query, code }) =>
    defineCase(
      `ttl-queries/${method.toLowerCase()}-${id}`,
      `${method} with ${claim} is 400 ${code} and changes nothing`,
      async (stage) => {
        const c = openCollection(stage);
        const etag = await c.store('k', 'old');
        const body = method === 'PATCH' ? undefined : 'new';
        expectProblem(await c.send(method, 'k', { query, body }), 400, code);
        await expectOld(c, etag);
      },
    ),
  ),
  ...['PUT', 'PATCH'].map((method) =>
    defineCase(
      `ttl-queries/${method.toLowerCase()}-longest`,
      `${method} takes the longest TTL of the capabilities and refuses one millisecond more`,
      async (stage) => {
        const c = openCollection(stage);
        const { ttlMs } = stage.capabilities.limits;
        await c.store('k', 'old');
        const body = method === 'PATCH' ? undefined : 'old';
        const taken = expectStatus(await c.send(method, 'k', { query: `ttlMs=${ttlMs}`, body }), 200);
        const expiresAt = expectHeader(taken, 'commander-expires-at', /^\d{4}-/);
        expectProblem(await c.send(method, 'k', { query: `ttlMs=${ttlMs + 1}`, body }), 400, 'invalid_ttl');
        expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', expiresAt);
      },
    ),
  ),
];
