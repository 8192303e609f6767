/**
 * What routes declare for the OpenAPI document. Everything here is read when the document is asked for; answering a
 * request never touches it.
 */

import type { TSchema } from 'typebox';
import { type ErrorCode, errorCatalogue } from '../errors.ts';
import { problemMediaType } from './problem.ts';
import { Type } from './schema.ts';

export interface ResponseDoc {
  readonly description: string;
  readonly headers?: Readonly<Record<string, { readonly type: string; readonly description: string }>>;
  readonly content?: Readonly<Record<string, { readonly schema: object }>>;
}

export interface BodyDoc {
  /** False where the route takes a request without a body too. */
  readonly required: boolean;
  readonly content: Readonly<Record<string, { readonly schema: object }>>;
}

/** What the routes are grouped by, in this order. */
export const tags = {
  Values: 'One key: its value, its entity tag, its time to live',
  Collections: 'The keys of a collection',
  Namespaces: 'Which namespaces and collections hold something, and how to drop one',
  Batches: 'Several keys by one request',
  Server: 'What the server says of itself',
  Debugging: 'What the process does; mostly under `--debug-routes` alone',
  Testing: 'Under `--testing` alone',
} as const;

/** What a route says of itself, beside its handler. */
export interface RouteDoc {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly [keyof typeof tags];
  readonly params?: TSchema;
  readonly querystring?: TSchema;
  readonly headers?: TSchema;
  readonly body?: BodyDoc;
  readonly response: Readonly<Record<number, ResponseDoc>>;
  readonly 'x-error-codes': readonly ErrorCode[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Not in `schema`: the framework would run a validator for each part of it on every request. */
    readonly doc?: RouteDoc;
  }
}

const requestIdHeader = {
  'x-request-id': { type: 'string', description: 'Identifies this request in the log' },
} as const;

export const recordHeaders = {
  etag: { type: 'string', description: 'Strong entity tag: opaque, and another one after every write' },
  'commander-expires-at': { type: 'string', description: 'When the record expires, RFC 3339 UTC with milliseconds' },
} as const;

/** Of reads, where a cache is configured. */
export const cacheHeaders = {
  'x-cache': { type: 'string', description: 'With a cache: `hit` when it answered, `miss` when the store did' },
  age: { type: 'integer', description: 'With a hit: seconds since the record was read from the store' },
} as const;

/** Codes that any route can answer with. */
const everywhere: readonly ErrorCode[] = [
  'malformed_request',
  'malformed_url',
  'invalid_header',
  'unauthorized',
  'forbidden',
  'access_denied',
  'request_timeout',
  'url_too_long',
  'expectation_failed',
  'rate_limited',
  'headers_too_large',
  'internal_error',
  'insufficient_memory',
  'server_busy',
  'shutting_down',
];

/** Codes of every route that reads records. */
export const recordErrors: readonly ErrorCode[] = ['record_corrupt', 'store_unavailable', 'overloaded'];

export function jsonContent(schema: TSchema): NonNullable<ResponseDoc['content']> {
  return { 'application/json': { schema } };
}

/** Referred to by every error answer; registered with the document under its `$id`. */
export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'urn:commander:error: and the code' }),
    title: Type.String({ description: 'The same for every occurrence of the code' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What was expected and what came' }),
    code: Type.String({ enum: Object.keys(errorCatalogue) }),
    retryable: Type.Boolean({ description: 'The same request may succeed later without a change' }),
    requestId: Type.String({ description: 'Also in the log and in the X-Request-Id header' }),
    index: Type.Optional(
      Type.Integer({ description: 'With batch_aborted: the operation whose condition failed, from 0' }),
    ),
    reason: Type.Optional(
      Type.String({ description: 'With batch_aborted: the code that the operation alone would get' }),
    ),
    etag: Type.Optional(
      Type.String({ description: 'With batch_aborted: what the key has now; absent when there is none' }),
    ),
  },
  { $id: 'Problem', description: 'RFC 9457 problem document' },
);

/** The answers of a route: its own, and one problem document for each status that its errors have. */
export function answers(
  own: Readonly<Record<number, ResponseDoc>>,
  errors: readonly ErrorCode[],
): Pick<RouteDoc, 'response' | 'x-error-codes'> {
  const codes = [...new Set([...errors, ...everywhere])];
  const result: Record<number, ResponseDoc> = {};
  for (const [status, doc] of Object.entries(own)) {
    // `null` is how the generator is told that an answer has no body.
    const body = doc.content === undefined ? { type: 'null' } : {};
    result[Number(status)] = { ...doc, ...body, headers: { ...requestIdHeader, ...doc.headers } };
  }
  for (const [status, group] of byStatus(codes)) {
    if (result[status] !== undefined) continue;
    result[status] = {
      description: group.map((code) => `\`${code}\`: ${errorCatalogue[code].title}.`).join(' '),
      headers: { ...requestIdHeader, ...errorHeaders(status) },
      content: { [problemMediaType]: { schema: Type.Ref('Problem') } },
    };
  }
  return { response: result, 'x-error-codes': codes };
}

function byStatus(codes: readonly ErrorCode[]): Map<number, ErrorCode[]> {
  const groups = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    const { status } = errorCatalogue[code];
    groups.set(status, [...(groups.get(status) ?? []), code]);
  }
  return groups;
}

export const retryAfterHeader = { type: 'integer', description: 'Seconds to wait before trying again' } as const;

function errorHeaders(status: number): NonNullable<ResponseDoc['headers']> {
  if (status === 401) {
    return { 'www-authenticate': { type: 'string', description: 'The schemes that the server takes: Basic, Bearer' } };
  }
  if (status === 429 || status === 503 || status === 507) {
    return { 'retry-after': retryAfterHeader };
  }
  if (status === 409) {
    return { 'retry-after': { type: 'integer', description: 'With idempotency_running: seconds to wait' } };
  }
  if (status === 412)
    return { etag: { type: 'string', description: 'With 412: the current entity tag, when the key exists' } };
  return {};
}
