/** The value of one key: read, set, touch, delete. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import type { RecordHead } from '../backends/backend.ts';
import { holds } from '../backends/condition.ts';
import { CommanderError, type ErrorCode } from '../errors.ts';
import { addressOf, KeyEncoding, KeyParams, type KeyPath } from '../http/address.ts';
import { etagOf, parseCondition } from '../http/conditions.ts';
import { newCall, newReadCall, type ServerContext } from '../http/context.ts';
import { expiryOfSet, expiryOfTouch, formatTimestamp, maxTtlMs } from '../http/expiry.ts';
import { checkMediaType } from '../http/media-type.ts';
import { answers, recordHeaders, storeErrors } from '../http/openapi.ts';
import { valueTooLarge } from '../http/problem.ts';
import { type Revision, revisionWallMs } from '../revision.ts';

const path = '/api/v1/kv/:namespace/:collection/:key';

const ReadQuery = Type.Object({ keyEncoding: Type.Optional(KeyEncoding) });
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
const SetQuery = Type.Object({
  keyEncoding: Type.Optional(KeyEncoding),
  ttlMs: Type.Optional(TtlMs),
  expiresAt: Type.Optional(ExpiresAt),
  keepTtl: Type.Optional(Type.Boolean({ description: 'Keep the expiry that the record has; only `true`' })),
});
const TouchQuery = Type.Object({
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

const keyErrors: readonly ErrorCode[] = ['invalid_name', 'invalid_key', 'invalid_query', ...storeErrors];
const writeErrors: readonly ErrorCode[] = [...keyErrors, 'precondition_failed', 'store_full'];

const readDoc = {
  params: KeyParams,
  querystring: ReadQuery,
  headers: ConditionHeaders,
  ...answers(
    {
      200: {
        description: 'The value, with the media type it was stored with',
        headers: { ...recordHeaders, 'last-modified': { type: 'string', description: 'When it was written' } },
        content: { '*/*': { schema: { type: 'string', format: 'binary' } } },
      },
      304: { description: 'If-None-Match names the current entity tag', headers: recordHeaders },
    },
    [...keyErrors, 'key_not_found', 'precondition_failed'],
  ),
};
const headDoc = {
  ...readDoc,
  ...answers(
    {
      200: { description: 'The headers of GET alone', headers: recordHeaders },
      304: { description: 'If-None-Match names the current entity tag', headers: recordHeaders },
    },
    [...keyErrors, 'key_not_found', 'precondition_failed'],
  ),
};
const setDoc = {
  params: KeyParams,
  querystring: SetQuery,
  headers: ConditionHeaders,
  body: { content: { '*/*': { schema: { type: 'string', format: 'binary' } } } },
  ...answers(
    {
      200: { description: 'The value was replaced', headers: recordHeaders },
      201: { description: 'The key was created', headers: recordHeaders },
    },
    [...writeErrors, 'invalid_ttl', 'value_too_large', 'unsupported_content'],
  ),
};
const touchDoc = {
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
const deleteDoc = {
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

type Read = { Params: KeyPath; Querystring: Static<typeof ReadQuery> };
type Set = { Params: KeyPath; Querystring: Static<typeof SetQuery>; Body: Buffer | undefined };
type Touch = { Params: KeyPath; Querystring: Static<typeof TouchQuery>; Body: Buffer | undefined };

export function registerValues(app: FastifyInstance, context: ServerContext): void {
  const { backend } = context;

  app.get<Read>(
    path,
    { schema: { ...readDoc, operationId: 'getValue', summary: 'Read a value' } },
    async (request, reply) => {
      const address = addressOf(request.params, request.query.keyEncoding);
      const condition = parseCondition(request.headers);
      const record = await backend.get(address, newReadCall(context));
      if (record === undefined) throw keyNotFound();
      if (condition !== undefined && !passesRead(condition, record, reply)) return reply;
      writeRecordHeaders(reply, record);
      return reply.send(record.value);
    },
  );

  app.head<Read>(
    path,
    { schema: { ...headDoc, operationId: 'headValue', summary: 'Ask whether a key exists' } },
    async (request, reply) => {
      const address = addressOf(request.params, request.query.keyEncoding);
      const condition = parseCondition(request.headers);
      const record = await backend.head(address, newCall(context, 0));
      if (record === undefined) throw keyNotFound();
      if (condition !== undefined && !passesRead(condition, record, reply)) return reply;
      writeRecordHeaders(reply, record);
      return reply.header('content-length', record.size).send();
    },
  );

  const set = async (request: FastifyRequest<Set>, reply: FastifyReply): Promise<FastifyReply> => {
    const address = addressOf(request.params, request.query.keyEncoding);
    const value = request.body ?? Buffer.alloc(0);
    if (value.length > context.limits.maxValueBytes) throw valueTooLarge(context.limits.maxValueBytes);
    const call = newCall(context, value.length);
    const done = await backend.set(
      address,
      {
        value,
        contentType: checkMediaType(request.headers['content-type']),
        expiry: expiryOfSet(request.query, call.nowMs),
        condition: conditionOfWrite(request),
      },
      call,
    );
    if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
    writeVersionHeaders(reply, done);
    return reply.code(done.outcome === 'created' ? 201 : 200).send();
  };
  app.put<Set>(path, { schema: { ...setDoc, operationId: 'putValue', summary: 'Set a value' } }, set);
  app.post<Set>(path, { schema: { ...setDoc, operationId: 'postValue', summary: 'Set a value, as PUT does' } }, set);

  app.patch<Touch>(
    path,
    { schema: { ...touchDoc, operationId: 'touchValue', summary: 'Change when a key expires' } },
    async (request, reply) => {
      const address = addressOf(request.params, request.query.keyEncoding);
      refuseBody(request.body);
      const call = newCall(context, 0);
      const expiry = expiryOfTouch(request.query, call.nowMs);
      const done = await backend.touch(address, { expiry, condition: conditionOfWrite(request) }, call);
      if (done.outcome === 'absent') throw keyNotFound();
      if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
      writeVersionHeaders(reply, done.head);
      return reply.code(200).send();
    },
  );

  app.delete<Read & { Body: Buffer | undefined }>(
    path,
    { schema: { ...deleteDoc, operationId: 'deleteValue', summary: 'Delete a key' } },
    async (request, reply) => {
      const address = addressOf(request.params, request.query.keyEncoding);
      refuseBody(request.body);
      const done = await backend.delete(address, conditionOfWrite(request), newCall(context, 0));
      if (done.outcome === 'absent') throw keyNotFound();
      if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
      return reply.code(204).send();
    },
  );
}

/** False when the answer is 304, already sent. Throws `precondition_failed`. */
function passesRead(
  condition: NonNullable<ReturnType<typeof parseCondition>>,
  record: RecordHead,
  reply: FastifyReply,
): boolean {
  if (!holds({ ifMatch: condition.ifMatch, ifNoneMatch: undefined }, record.revision)) {
    throw preconditionFailed(record.revision);
  }
  if (holds({ ifMatch: undefined, ifNoneMatch: condition.ifNoneMatch }, record.revision)) return true;
  writeVersionHeaders(reply, record);
  reply.header('cache-control', 'no-cache').code(304).send();
  return false;
}

function conditionOfWrite(request: FastifyRequest): ReturnType<typeof parseCondition> {
  const { headers } = request;
  if (headers['content-encoding'] !== undefined) {
    throw new CommanderError(
      'unsupported_content',
      'A value is stored as it comes; Content-Encoding is not supported.',
    );
  }
  if (headers['content-range'] !== undefined) {
    throw new CommanderError('invalid_header', 'A value is written whole; Content-Range is not supported.');
  }
  if (headers['if-unmodified-since'] !== undefined) {
    throw new CommanderError('invalid_header', 'If-Unmodified-Since is too coarse to decide a write; use If-Match.');
  }
  return parseCondition(headers);
}

function refuseBody(body: Buffer | undefined): void {
  if (body !== undefined && body.length > 0) throw new CommanderError('invalid_body', 'This request takes no body.');
}

function writeRecordHeaders(reply: FastifyReply, record: RecordHead): void {
  writeVersionHeaders(reply, record);
  reply.header('content-type', record.contentType);
  reply.header('last-modified', httpDate(revisionWallMs(record.revision)));
  reply.header('cache-control', 'no-cache');
  reply.header('x-content-type-options', 'nosniff');
  reply.header('content-security-policy', 'sandbox');
}

function writeVersionHeaders(
  reply: FastifyReply,
  record: { readonly revision: Revision; readonly expiresAtMs: number | undefined },
): void {
  reply.header('etag', etagOf(record.revision));
  if (record.expiresAtMs !== undefined) reply.header('commander-expires-at', formatTimestamp(record.expiresAtMs));
}

let lastDate = { second: -1, text: '' };

/** Most values read within a moment were written within a few others; formatting costs more than the look-up. */
function httpDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (lastDate.second !== second) lastDate = { second, text: new Date(second * 1000).toUTCString() };
  return lastDate.text;
}

function keyNotFound(): CommanderError {
  return new CommanderError('key_not_found', 'Nothing is stored under this key.');
}

function preconditionFailed(current: Revision | undefined): CommanderError {
  const detail =
    current === undefined ? 'The key does not exist.' : `The key's current entity tag is ${etagOf(current)}.`;
  return new CommanderError(
    'precondition_failed',
    detail,
    current === undefined ? {} : { headers: { etag: etagOf(current) } },
  );
}
