/** The bodies and answers of the batch routes, for the OpenAPI document. */

import { errorCatalogue } from '../errors.ts';
import { KeyParams } from '../http/address.ts';
import { maxBatchItems } from '../http/batch-body.ts';
import { maxTtlMs } from '../http/expiry.ts';
import { answers, jsonContent, type RouteDoc, recordErrors, retryAfterHeader } from '../http/openapi.ts';
import { recordMembers } from '../http/render-record.ts';
import { Type } from '../http/schema.ts';

export const BatchQuery = Type.Object({});

const strict = { additionalProperties: false };
const address = {
  ...KeyParams.properties,
  key: Type.String({ description: 'The key as it is, not percent-encoded: 1 to 1024 bytes of well-formed UTF-8' }),
};
const exampleAddress = { namespace: 'shop', collection: 'prices', key: 'apple' };
const conditions = {
  ifMatch: Type.Optional(Type.String({ description: 'As the header If-Match' })),
  ifNoneMatch: Type.Optional(Type.String({ description: 'As the header If-None-Match' })),
};
const until = {
  ttlMs: Type.Optional(Type.Integer({ minimum: 1, maximum: maxTtlMs, description: 'Time to live in milliseconds' })),
  expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'When the record expires' })),
};
const Operation = Type.Union([
  Type.Object({ op: Type.Literal('get'), ...address }, strict),
  Type.Object(
    {
      op: Type.Literal('set'),
      ...address,
      json: Type.Optional(Type.Unknown({ description: 'The value, stored as it is written after parsing' })),
      text: Type.Optional(Type.String({ description: 'Or the value as text, stored as it is, in UTF-8' })),
      base64: Type.Optional(Type.String({ description: 'Or the value in base64' })),
      contentType: Type.Optional(
        Type.String({
          description:
            'Media type of the value; without it application/json for `json`, text/plain for `text`, application/octet-stream for `base64`',
        }),
      ),
      ...until,
      keepTtl: Type.Optional(Type.Literal(true, { description: 'Keep the expiry that the record has' })),
      ...conditions,
    },
    { ...strict, description: 'Exactly one of `json`, `text` and `base64`' },
  ),
  Type.Object(
    {
      op: Type.Literal('touch'),
      ...address,
      ...until,
      persist: Type.Optional(Type.Literal(true, { description: 'Take the expiry away' })),
      ...conditions,
    },
    { ...strict, description: 'Exactly one of `ttlMs`, `expiresAt` and `persist`' },
  ),
  Type.Object({ op: Type.Literal('delete'), ...address, ...conditions }, strict),
]);
const Batch = Type.Object(
  {
    atomic: Type.Optional(Type.Boolean({ description: 'All or nothing; see `atomicBatch` of the capabilities' })),
    operations: Type.Array(Operation, { minItems: 1, maxItems: maxBatchItems }),
  },
  {
    ...strict,
    examples: [
      {
        operations: [
          { op: 'set', ...exampleAddress, json: { eur: 0.4 }, ttlMs: 60_000 },
          { op: 'get', ...exampleAddress },
        ],
      },
    ],
  },
);
const Keys = Type.Object(
  { keys: Type.Array(Type.Object(address, strict), { minItems: 1, maxItems: maxBatchItems }) },
  { ...strict, examples: [{ keys: [exampleAddress] }] },
);

const { etag, contentType, size, ...values } = recordMembers;
const Result = Type.Object({
  status: Type.Integer({ description: 'As the request for this key alone would get, but 200 for every set' }),
  key: Type.String(),
  etag: Type.Optional(etag),
  contentType: Type.Optional(contentType),
  size: Type.Optional(size),
  ...values,
  error: Type.Optional(
    Type.String({ enum: Object.keys(errorCatalogue), description: 'The code, where the status is above 399' }),
  ),
  detail: Type.Optional(Type.String({ description: 'What was expected and what came' })),
  retryable: Type.Optional(Type.Boolean({ description: 'The same operation may succeed later without a change' })),
});
const Results = Type.Object({
  results: Type.Array(Result, { description: 'One for each operation, in the order of the request' }),
});

const replayed = {
  'idempotency-replayed': { type: 'string', description: '`true`: the answer of the first request with this key' },
} as const;
/** Where some of it failed as the whole would have failed with 503 or 507. */
const waits = { 'retry-after': retryAfterHeader };
const errors = [
  'invalid_query',
  'invalid_body',
  'batch_too_large',
  'unsupported_content',
  'invalid_name',
  'invalid_key',
  'access_denied',
  ...recordErrors,
  'store_full',
] as const;

export const batchDoc: RouteDoc = {
  operationId: 'runBatch',
  tags: ['Batches'],
  summary: 'Read and write several keys',
  querystring: BatchQuery,
  headers: Type.Object({
    'idempotency-key': Type.Optional(
      Type.String({ description: '1 to 255 visible ASCII: sent again, the request is answered and not run again' }),
    ),
  }),
  body: { required: true, content: jsonContent(Batch) },
  ...answers(
    {
      200: {
        description: 'Every operation succeeded, or the batch was atomic',
        headers: replayed,
        content: jsonContent(Results),
      },
      207: {
        description: 'Some operation did not succeed',
        headers: { ...replayed, ...waits },
        content: jsonContent(Results),
      },
    },
    [
      ...errors,
      'invalid_ttl',
      'value_too_large',
      'batch_aborted',
      'capability_unsupported',
      'idempotency_mismatch',
      'idempotency_running',
      'outcome_unknown',
    ],
  ),
};

export const batchDeleteDoc: RouteDoc = {
  operationId: 'deleteBatch',
  tags: ['Batches'],
  summary: 'Delete several keys',
  querystring: BatchQuery,
  body: { required: true, content: jsonContent(Keys) },
  ...answers(
    {
      200: { description: 'Every key was deleted', content: jsonContent(Results) },
      207: { description: 'Some key was not deleted', headers: waits, content: jsonContent(Results) },
    },
    errors,
  ),
};
