/** The value of one key: read, set, touch, delete. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Call, Condition, RecordAddress, RecordHead, StoredRecord } from '../backends/backend.ts';
import { holds } from '../backends/condition.ts';
import { CommanderError } from '../errors.ts';
import { addressOf, type KeyPath } from '../http/address.ts';
import { chargeAnswer, uncountedBytes } from '../http/charges.ts';
import { etagOf, parseCondition } from '../http/conditions.ts';
import { newCall, newReadCall, type ServerContext } from '../http/context.ts';
import { expiryOfSet, expiryOfTouch } from '../http/expiry.ts';
import { cacheLines, parseFreshness, writeCacheHeaders } from '../http/freshness.ts';
import { checkMediaType } from '../http/media-type.ts';
import type { RouteAccess } from '../http/principal.ts';
import { createQueryParser } from '../http/query.ts';
import { sendRecord, sendWritten, writeVersionHeaders } from '../http/send-record.ts';
import { refuseBody, refuseWriteHeaders } from '../http/write-request.ts';
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

const reading: RouteAccess = { role: 'read', namespaceParam: 'namespace' };
const writing: RouteAccess = { role: 'write', namespaceParam: 'namespace' };

type Read = { Params: KeyPath; Querystring: string };
type Write = Read & { Body: Buffer | undefined };

export function registerValues(app: FastifyInstance, context: ServerContext): void {
  const { backend, cached, pressure } = context;

  const askingFor = (call: Call, request: FastifyRequest): Call => {
    const freshness = parseFreshness(request.headers['cache-control']);
    return freshness === undefined ? call : { ...call, freshness };
  };
  const answerRead = (reply: FastifyReply, record: RecordHead, value: Buffer | undefined): FastifyReply => {
    if (value !== undefined && value.length > uncountedBytes) chargeAnswer(pressure, reply.raw, value.length);
    return sendRecord(reply, record, {
      value,
      close: context.shutdown.begun,
      cacheLines: cached ? cacheLines(record) : '',
    });
  };

  /** A value that would not be answered is not read. */
  const getSized = async (address: RecordAddress, call: Call): Promise<StoredRecord | undefined> => {
    const head = await backend.head(address, call);
    if (head !== undefined && head.size > uncountedBytes) pressure.demandAnswer(head.size);
    return backend.get(address, call);
  };

  const answerGet = (
    reply: FastifyReply,
    condition: Condition | undefined,
    record: StoredRecord | undefined,
  ): FastifyReply => {
    if (record === undefined) throw keyNotFound();
    if (condition !== undefined && !passesRead(condition, record, reply, cached)) return reply;
    return answerRead(reply, record, record.value);
  };

  app.get<Read>(path, { config: { access: reading, doc: getDoc } }, (request, reply) => {
    const address = addressOf(request.params, readQuery(request.query).keyEncoding);
    const condition = parseCondition(request.headers);
    const call = newReadCall(context);
    const asking = cached ? askingFor(call, request) : call;
    const found = pressure.areAnswersTight() ? getSized(address, asking) : backend.get(address, asking);
    if (found instanceof Promise) return found.then((record) => answerGet(reply, condition, record));
    answerGet(reply, condition, found);
    return undefined;
  });

  app.head<Read>(path, { config: { access: reading, doc: headDoc } }, async (request, reply) => {
    const address = addressOf(request.params, readQuery(request.query).keyEncoding);
    const condition = parseCondition(request.headers);
    const call = newCall(context, 0);
    const record = await backend.head(address, cached ? askingFor(call, request) : call);
    if (record === undefined) throw keyNotFound();
    if (condition !== undefined && !passesRead(condition, record, reply, cached)) return reply;
    return answerRead(reply, record, undefined);
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
    return sendWritten(reply, done, { status: done.outcome === 'created' ? 201 : 200, close: context.shutdown.begun });
  };
  app.put<Write>(path, { config: { access: writing, doc: putDoc } }, set);
  app.post<Write>(path, { config: { access: writing, doc: postDoc } }, set);

  app.patch<Write>(path, { config: { access: writing, doc: patchDoc } }, async (request, reply) => {
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

  app.delete<Write>(path, { config: { access: writing, doc: deleteDoc } }, async (request, reply) => {
    const address = addressOf(request.params, readQuery(request.query).keyEncoding);
    refuseBody(request.body);
    const done = await backend.delete(address, conditionOfWrite(request), newCall(context, 0));
    if (done.outcome === 'absent') throw keyNotFound();
    if (done.outcome === 'precondition_failed') throw preconditionFailed(done.current);
    return reply.code(204).send();
  });
}

/** False when the answer is 304, already sent. Throws `precondition_failed`. */
function passesRead(condition: Condition, record: RecordHead, reply: FastifyReply, cached: boolean): boolean {
  if (!holds({ ifMatch: condition.ifMatch, ifNoneMatch: undefined }, record.revision)) {
    throw preconditionFailed(record.revision);
  }
  if (holds({ ifMatch: undefined, ifNoneMatch: condition.ifNoneMatch }, record.revision)) return true;
  writeVersionHeaders(reply, record);
  if (cached) writeCacheHeaders(reply, record);
  reply.header('cache-control', 'no-cache').code(304).send();
  return false;
}

function conditionOfWrite(request: FastifyRequest): Condition | undefined {
  refuseWriteHeaders(request.headers);
  return parseCondition(request.headers);
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
