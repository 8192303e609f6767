/** The value of one key: read, set, touch, delete. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Condition, RecordHead } from '../backends/backend.ts';
import { holds } from '../backends/condition.ts';
import { CommanderError } from '../errors.ts';
import { addressOf, type KeyPath } from '../http/address.ts';
import { etagOf, parseCondition } from '../http/conditions.ts';
import { newCall, newReadCall, type ServerContext } from '../http/context.ts';
import { expiryOfSet, expiryOfTouch } from '../http/expiry.ts';
import { checkMediaType } from '../http/media-type.ts';
import { createQueryParser } from '../http/query.ts';
import { sendRecord, writeVersionHeaders } from '../http/send-record.ts';
import type { Revision } from '../revision.ts';
import {
  deleteDoc,
  getDoc,
  headDoc,
  patchDoc,
  postDoc,
  putDoc,
  ReadQuery,
  SetQuery,
  TouchQuery,
} from './values-doc.ts';

const path = '/api/v1/kv/:namespace/:collection/:key';

const readQuery = createQueryParser(ReadQuery);
const setQuery = createQueryParser(SetQuery);
const touchQuery = createQueryParser(TouchQuery);

type Read = { Params: KeyPath; Querystring: string };
type Write = Read & { Body: Buffer | undefined };

export function registerValues(app: FastifyInstance, context: ServerContext): void {
  const { backend } = context;

  app.get<Read>(path, { config: { doc: getDoc } }, async (request, reply) => {
    const address = addressOf(request.params, readQuery(request.query).keyEncoding);
    const condition = parseCondition(request.headers);
    const record = await backend.get(address, newReadCall(context));
    if (record === undefined) throw keyNotFound();
    if (condition !== undefined && !passesRead(condition, record, reply)) return reply;
    return sendRecord(reply, record, { value: record.value, close: context.shutdown.begun });
  });

  app.head<Read>(path, { config: { doc: headDoc } }, async (request, reply) => {
    const address = addressOf(request.params, readQuery(request.query).keyEncoding);
    const condition = parseCondition(request.headers);
    const record = await backend.head(address, newCall(context, 0));
    if (record === undefined) throw keyNotFound();
    if (condition !== undefined && !passesRead(condition, record, reply)) return reply;
    return sendRecord(reply, record, { value: undefined, close: context.shutdown.begun });
  });

  const set = async (request: FastifyRequest<Write>, reply: FastifyReply): Promise<FastifyReply> => {
    const query = setQuery(request.query);
    const address = addressOf(request.params, query.keyEncoding);
    const value = request.body ?? Buffer.alloc(0);
    const call = newCall(context, value.length);
    const done = await backend.set(
      address,
      {
        value,
        contentType: checkMediaType(request.headers['content-type']),
        expiry: expiryOfSet(query, call.nowMs),
        condition: conditionOfWrite(request),
      },
      call,
    );
    if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
    writeVersionHeaders(reply, done);
    return reply.code(done.outcome === 'created' ? 201 : 200).send();
  };
  app.put<Write>(path, { config: { doc: putDoc } }, set);
  app.post<Write>(path, { config: { doc: postDoc } }, set);

  app.patch<Write>(path, { config: { doc: patchDoc } }, async (request, reply) => {
    const query = touchQuery(request.query);
    const address = addressOf(request.params, query.keyEncoding);
    refuseBody(request.body);
    const call = newCall(context, 0);
    const expiry = expiryOfTouch(query, call.nowMs);
    const done = await backend.touch(address, { expiry, condition: conditionOfWrite(request) }, call);
    if (done.outcome === 'absent') throw keyNotFound();
    if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
    writeVersionHeaders(reply, done.head);
    return reply.code(200).send();
  });

  app.delete<Write>(path, { config: { doc: deleteDoc } }, async (request, reply) => {
    const address = addressOf(request.params, readQuery(request.query).keyEncoding);
    refuseBody(request.body);
    const done = await backend.delete(address, conditionOfWrite(request), newCall(context, 0));
    if (done.outcome === 'absent') throw keyNotFound();
    if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
    return reply.code(204).send();
  });
}

/** False when the answer is 304, already sent. Throws `precondition_failed`. */
function passesRead(condition: Condition, record: RecordHead, reply: FastifyReply): boolean {
  if (!holds({ ifMatch: condition.ifMatch, ifNoneMatch: undefined }, record.revision)) {
    throw preconditionFailed(record.revision);
  }
  if (holds({ ifMatch: undefined, ifNoneMatch: condition.ifNoneMatch }, record.revision)) return true;
  writeVersionHeaders(reply, record);
  reply.header('cache-control', 'no-cache').code(304).send();
  return false;
}

function conditionOfWrite(request: FastifyRequest): Condition | undefined {
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
