/** The parameters and answers of the value routes: read by their query parsers, types and the OpenAPI document. */

import type { ErrorCode } from '../errors.ts';
import { KeyEncoding, KeyParams } from '../http/address.ts';
import { maxTtlMs } from '../http/expiry.ts';
import { answers, cacheHeaders, type RouteDoc, recordErrors, recordHeaders } from '../http/openapi.ts';
import { Type } from '../http/schema.ts';

export const ReadQuery = Type.Object({ keyEncoding: Type.Optional(KeyEncoding) });
const TtlMs = Type.Integer({
  minimum: 1,
  maximum: maxTtlMs,
  description: 'Time to live in milliseconds, at most 100 years',
  'x-error-code': 'invalid_ttl',
});
const ExpiresAt = Type.String({
  format: 'date-time',
  description: 'When the record expires: RFC 3339 UTC with milliseconds, in the future',
});
export const SetQuery = Type.Object({
  keyEncoding: Type.Optional(KeyEncoding),
  ttlMs: Type.Optional(TtlMs),
  expiresAt: Type.Optional(ExpiresAt),
  keepTtl: Type.Optional(Type.Boolean({ description: 'Keep the expiry that the record has; only `true`' })),
});
export const TouchQuery = Type.Object({
  keyEncoding: Type.Optional(KeyEncoding),
  ttlMs: Type.Optional(TtlMs),
  expiresAt: Type.Optional(ExpiresAt),
  persist: Type.Optional(Type.Boolean({ description: 'Take the expiry away; only `true`' })),
});
const ConditionHeaders = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'Only if the key exists with one of these entity tags, or `*`' }),
  ),
  'if-none-match': Type.Optional(
    Type.String({ description: 'Only if it has none of these entity tags; `*`: is absent' }),
  ),
});

const ReadHeaders = Type.Object({
  ...ConditionHeaders.properties,
  'cache-control': Type.Optional(
    Type.String({
      description:
        'With a cache: `no-cache` reads from the store, `no-store` keeps nothing of it, `max-age` bounds the age of ' +
        'what is answered',
    }),
  ),
});

const keyErrors: readonly ErrorCode[] = ['invalid_name', 'invalid_key', 'invalid_query', ...recordErrors];
const writeErrors: readonly ErrorCode[] = [...keyErrors, 'precondition_failed', 'store_full'];

const readAnswers = {
  params: KeyParams,
  querystring: ReadQuery,
  headers: ReadHeaders,
  ...answers(
    {
      200: {
        description: 'The value, with the media type it was stored with',
        headers: {
          ...recordHeaders,
          ...cacheHeaders,
          'last-modified': { type: 'string', description: 'When it was written' },
        },
        content: {
          'application/json': { schema: { description: 'Any JSON' } },
          '*/*': { schema: { type: 'string', format: 'binary' } },
        },
      },
      304: {
        description: 'If-None-Match names the current entity tag',
        headers: { ...recordHeaders, ...cacheHeaders },
      },
    },
    [...keyErrors, 'key_not_found', 'precondition_failed'],
  ),
};
const headAnswers = {
  ...readAnswers,
  ...answers(
    {
      200: { description: 'The headers of GET alone', headers: { ...recordHeaders, ...cacheHeaders } },
      304: {
        description: 'If-None-Match names the current entity tag',
        headers: { ...recordHeaders, ...cacheHeaders },
      },
    },
    [...keyErrors, 'key_not_found', 'precondition_failed'],
  ),
};
const setAnswers = {
  params: KeyParams,
  querystring: SetQuery,
  headers: ConditionHeaders,
  // Nothing is a value too. Any media type is taken; the first ones are what people try.
  body: {
    required: false,
    content: {
      'application/json': { schema: { description: 'Any JSON', examples: [{ eur: 0.4 }] } },
      'text/plain': { schema: { type: 'string' } },
      '*/*': { schema: { type: 'string', format: 'binary' } },
    },
  },
  ...answers(
    {
      200: { description: 'The value was replaced', headers: recordHeaders },
      201: { description: 'The key was created', headers: recordHeaders },
    },
    [...writeErrors, 'invalid_ttl', 'value_too_large', 'unsupported_content'],
  ),
};
const touchAnswers = {
  params: KeyParams,
  querystring: TouchQuery,
  headers: ConditionHeaders,
  ...answers({ 200: { description: 'The expiry was changed', headers: recordHeaders } }, [
    ...writeErrors,
    'invalid_ttl',
    'invalid_body',
    'key_not_found',
    'value_too_large',
    'unsupported_content',
  ]),
};
const deleteAnswers = {
  params: KeyParams,
  querystring: ReadQuery,
  headers: ConditionHeaders,
  ...answers({ 204: { description: 'The key was deleted' } }, [
    ...writeErrors,
    'invalid_body',
    'key_not_found',
    'value_too_large',
    'unsupported_content',
  ]),
};

export const getDoc: RouteDoc = { ...readAnswers, operationId: 'getValue', tags: ['Values'], summary: 'Read a value' };
export const headDoc: RouteDoc = {
  ...headAnswers,
  operationId: 'getValue',
  tags: ['Values'],
  summary: 'Ask whether a key exists',
};
export const putDoc: RouteDoc = { ...setAnswers, operationId: 'putValue', tags: ['Values'], summary: 'Set a value' };
export const postDoc: RouteDoc = {
  ...setAnswers,
  operationId: 'postValue',
  tags: ['Values'],
  summary: 'Set a value, as PUT does',
};
export const patchDoc: RouteDoc = {
  ...touchAnswers,
  operationId: 'touchValue',
  tags: ['Values'],
  summary: 'Change when a key expires',
};
export const deleteDoc: RouteDoc = {
  ...deleteAnswers,
  operationId: 'deleteValue',
  tags: ['Values'],
  summary: 'Delete a key',
};
