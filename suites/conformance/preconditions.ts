/**
 * Conditional requests, RFC 9110 section 13: If-Match is decided first and compares strongly, If-None-Match compares
 * weakly, both take `*` and lists on every method.
 */

import type { Answer } from '../answer.ts';
import { expectBody, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case } from '../suite.ts';

/** An entity-tag of the right form that no write has. */
const otherTag = `"${'0'.repeat(31)}1"`;
const thirdTag = `"${'0'.repeat(31)}2"`;

type Headers = Readonly<Record<string, string | readonly string[]>>;
type Verdict = 'holds' | 'if_match_fails' | 'if_none_match_fails';

interface Condition {
  readonly id: string;
  readonly claim: string;
  /** Headers for the record's ETag. */
  readonly headers: (etag: string) => Headers;
  readonly verdict: Verdict;
}

const conditions: readonly Condition[] = [
  { id: 'im-same', claim: 'If-Match with the current ETag', headers: (e) => ({ 'If-Match': e }), verdict: 'holds' },
  { id: 'im-star', claim: 'If-Match: *', headers: () => ({ 'If-Match': '*' }), verdict: 'holds' },
  {
    id: 'im-list',
    claim: 'If-Match with a list that holds the current ETag',
    headers: (e) => ({ 'If-Match': `${otherTag}, "a,b" ,${e}` }),
    verdict: 'holds',
  },
  {
    id: 'im-lines',
    claim: 'If-Match on three lines, the second with the current ETag',
    headers: (e) => ({ 'If-Match': [otherTag, e, thirdTag] }),
    verdict: 'holds',
  },
  {
    id: 'im-other',
    claim: 'If-Match with another ETag',
    headers: () => ({ 'If-Match': otherTag }),
    verdict: 'if_match_fails',
  },
  {
    id: 'im-list-other',
    claim: 'If-Match with a list of other ETags',
    headers: () => ({ 'If-Match': `${otherTag}, ${thirdTag}` }),
    verdict: 'if_match_fails',
  },
  {
    id: 'im-unknown-form',
    claim: 'If-Match with a well-formed tag that is no revision',
    headers: () => ({ 'If-Match': '"v1"' }),
    verdict: 'if_match_fails',
  },
  {
    id: 'im-weak',
    claim: 'If-Match with the current ETag made weak',
    headers: (e) => ({ 'If-Match': `W/${e}` }),
    verdict: 'if_match_fails',
  },
  {
    id: 'im-upper-case',
    claim: 'If-Match with the current ETag in upper case',
    headers: (e) => ({ 'If-Match': e.toUpperCase() === e ? otherTag : e.toUpperCase() }),
    verdict: 'if_match_fails',
  },
  {
    id: 'inm-same',
    claim: 'If-None-Match with the current ETag',
    headers: (e) => ({ 'If-None-Match': e }),
    verdict: 'if_none_match_fails',
  },
  {
    id: 'inm-star',
    claim: 'If-None-Match: *',
    headers: () => ({ 'If-None-Match': '*' }),
    verdict: 'if_none_match_fails',
  },
  {
    id: 'inm-list',
    claim: 'If-None-Match with a list that holds the current ETag',
    headers: (e) => ({ 'If-None-Match': `${otherTag},${e}` }),
    verdict: 'if_none_match_fails',
  },
  {
    id: 'inm-weak',
    claim: 'If-None-Match with the current ETag made weak',
    headers: (e) => ({ 'If-None-Match': `W/${e}` }),
    verdict: 'if_none_match_fails',
  },
  {
    id: 'inm-other',
    claim: 'If-None-Match with another ETag',
    headers: () => ({ 'If-None-Match': otherTag }),
    verdict: 'holds',
  },
  {
    id: 'inm-list-other',
    claim: 'If-None-Match with a list of other ETags',
    headers: () => ({ 'If-None-Match': `${otherTag}, W/${thirdTag}` }),
    verdict: 'holds',
  },
  {
    id: 'both-hold',
    claim: 'If-Match with the current ETag and If-None-Match with another',
    headers: (e) => ({ 'If-Match': e, 'If-None-Match': otherTag }),
    verdict: 'holds',
  },
  {
    id: 'second-fails',
    claim: 'If-Match and If-None-Match both with the current ETag',
    headers: (e) => ({ 'If-Match': e, 'If-None-Match': e }),
    verdict: 'if_none_match_fails',
  },
  {
    id: 'im-decided-first',
    claim: 'If-Match with another ETag and If-None-Match with the current one',
    headers: (e) => ({ 'If-Match': otherTag, 'If-None-Match': e }),
    verdict: 'if_match_fails',
  },
];

const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'] as const;
type Method = (typeof methods)[number];

const whenHolds: Record<Method, number> = { GET: 200, HEAD: 200, PUT: 200, POST: 200, PATCH: 200, DELETE: 204 };
const whenAbsent: Record<Method, number> = { GET: 404, HEAD: 404, PUT: 201, POST: 201, PATCH: 404, DELETE: 404 };

const isRead = (method: Method): boolean => method === 'GET' || method === 'HEAD';

/** A write also asks for a TTL, so that a refused one can be seen not to have set it. */
function act(c: Collection, method: Method, headers: Headers): Promise<Answer> {
  if (method === 'PUT' || method === 'POST')
    return c.send(method, 'k', { body: 'new', query: 'ttlMs=600000', headers });
  return c.send(method, 'k', method === 'PATCH' ? { query: 'ttlMs=600000', headers } : { headers });
}

async function expectOld(c: Collection, etag: string): Promise<void> {
  const read = expectStatus(await c.get('k'), 200);
  expectBody(read, 'old');
  expectHeader(read, 'etag', etag);
  expectHeader(read, 'content-type', 'text/x-old');
  expectHeader(read, 'commander-expires-at', undefined);
}

async function expectDone(c: Collection, method: Method, etag: string): Promise<void> {
  if (isRead(method)) return expectOld(c, etag);
  if (method === 'DELETE') return void expectStatus(await c.get('k'), 404, 'key_not_found');
  const read = expectStatus(await c.get('k'), 200);
  expectBody(read, method === 'PATCH' ? 'old' : 'new');
  expectHeader(read, 'commander-expires-at', /./);
}

function expectRefused(answer: Answer, method: Method, etag: string | undefined): void {
  if (method === 'HEAD') expectStatus(answer, 412);
  else expectProblem(answer, 412, 'precondition_failed');
  expectHeader(answer, 'etag', etag);
}

function expectNotModified(answer: Answer, etag: string): void {
  expectStatus(answer, 304);
  expectHeader(answer, 'etag', etag);
  expectBody(answer, '');
  expectHeader(answer, 'content-type', undefined);
}

function onPresent(method: Method, condition: Condition): Case {
  const { verdict } = condition;
  const notModified = isRead(method) && verdict === 'if_none_match_fails';
  const holds = verdict === 'holds';
  const outcome = holds ? `is ${whenHolds[method]}` : notModified ? 'is 304' : 'is 412 and changes nothing';
  const id = `preconditions/${method.toLowerCase()}-${condition.id}`;
  return defineCase(id, `${method} with ${condition.claim} ${outcome}`, async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('k', 'old', { headers: { 'Content-Type': 'text/x-old' } });
    const answer = await act(c, method, condition.headers(etag));
    if (holds) {
      expectStatus(answer, whenHolds[method]);
      return expectDone(c, method, etag);
    }
    if (notModified) expectNotModified(answer, etag);
    else expectRefused(answer, method, etag);
    return expectOld(c, etag);
  });
}

const onAbsentConditions: readonly { readonly id: string; readonly claim: string; readonly headers: Headers }[] = [
  { id: 'im', claim: 'If-Match', headers: { 'If-Match': otherTag } },
  { id: 'im-star', claim: 'If-Match: *', headers: { 'If-Match': '*' } },
  { id: 'inm', claim: 'If-None-Match', headers: { 'If-None-Match': otherTag } },
  { id: 'inm-star', claim: 'If-None-Match: *', headers: { 'If-None-Match': '*' } },
];

function onAbsent(method: Method, condition: (typeof onAbsentConditions)[number]): Case {
  const refused = (method === 'PUT' || method === 'POST') && condition.id.startsWith('im');
  const status = refused ? 412 : whenAbsent[method];
  const id = `preconditions/absent-${method.toLowerCase()}-${condition.id}`;
  return defineCase(id, `${method} of an absent key with ${condition.claim} is ${status}`, async (stage) => {
    const c = openCollection(stage);
    const answer = await act(c, method, condition.headers);
    if (refused) expectRefused(answer, method, undefined);
    else expectStatus(answer, status, status === 404 && method !== 'HEAD' ? 'key_not_found' : undefined);
    const read = await c.get('k');
    if (status === 201) expectBody(expectStatus(read, 200), 'new');
    else expectStatus(read, 404, 'key_not_found');
  });
}

const malformed: readonly { readonly id: string; readonly what: string; readonly value: string }[] = [
  { id: 'unquoted', what: 'without quotes', value: 'abc' },
  { id: 'open-quote', what: 'with a quote left open', value: '"abc' },
  { id: 'weak-lower-case', what: 'with w/ in lower case', value: 'w/"abc"' },
  { id: 'no-comma', what: 'of two tags without a comma', value: '"a" "b"' },
  { id: 'star-in-list', what: 'of * among tags', value: '*, "a"' },
  { id: 'space-inside', what: 'with a space in the tag', value: '"a b"' },
];

export const preconditionCases: readonly Case[] = [
  ...methods.flatMap((method) => conditions.map((condition) => onPresent(method, condition))),
  ...methods.flatMap((method) => onAbsentConditions.map((condition) => onAbsent(method, condition))),
  ...['If-Match', 'If-None-Match'].flatMap((name) =>
    malformed.map(({ id, what, value }) =>
      defineCase(
        `preconditions/malformed-${name.toLowerCase()}-${id}`,
        `${name} ${what} is 400 on a read and on a write, which does not happen`,
        async (stage) => {
          const c = openCollection(stage);
          const etag = await c.store('k', 'old', { headers: { 'Content-Type': 'text/x-old' } });
          for (const method of ['GET', 'PUT', 'PATCH', 'DELETE'] as const) {
            expectProblem(await act(c, method, { [name]: value }), 400, 'invalid_header');
          }
          await expectOld(c, etag);
        },
      ),
    ),
  ),
];
