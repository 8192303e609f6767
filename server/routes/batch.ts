/** Several operations in one request, atomic or each by itself. */

import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { maxBatchReadBytes } from '../backends/limits.ts';
import { CommanderError } from '../errors.ts';
import { answerOf, type BatchAnswer, batchAborted } from '../http/batch-answer.ts';
import { type BatchBody, batchPath, batchTooLarge, maxBatchBytes, parseBatch, parseKeys } from '../http/batch-body.ts';
import { newCall, type ServerContext } from '../http/context.ts';
import { checkIdempotencyKey, createIdempotency, type PreparedBatch } from '../http/idempotency.ts';
import { isJsonMediaType } from '../http/json-value.ts';
import { checkAccess, principalOf } from '../http/principal.ts';
import { toCommanderError } from '../http/problem.ts';
import { createQueryParser } from '../http/query.ts';
import type { SendProblem } from '../plugins/error-answers.ts';
import { BatchQuery, batchDeleteDoc, batchDoc } from './batch-doc.ts';

type BatchRoute = { Body: Buffer | undefined; Querystring: string };

const noQuery = createQueryParser(BatchQuery);

/** What an operation adds to the time that the store may take, in the bytes of a value that would add as much: 10 ms. */
const operationBytes = 10_000;

/** Each operation asks for its own namespace, so the routes ask for no more than somebody who may read. */
const access = { role: 'read', reach: 'own' } as const;

export function registerBatch(app: FastifyInstance, context: ServerContext, sendProblem: SendProblem): void {
  const { backend, limits, clock } = context;
  const idempotency = createIdempotency(context);
  const options = {
    bodyLimit: maxBatchBytes,
    errorHandler: (error: FastifyError, request: FastifyRequest, reply: FastifyReply): void => {
      sendProblem(toBatchError(error), request, reply, maxBatchBytes);
    },
  };

  const prepare = (request: FastifyRequest<BatchRoute>, parse: () => BatchBody): PreparedBatch => {
    const batch = parse();
    const principal = principalOf(request);
    for (const { op, address } of batch.operations) {
      checkAccess(principal, op === 'get' ? 'read' : 'write', address.namespace);
    }
    const reads = batch.operations.some(({ op }) => op === 'get') ? maxBatchReadBytes / 4 : 0;
    const payload = (request.body?.length ?? 0) + reads + batch.operations.length * operationBytes;
    return { batch, call: newCall(context, payload) };
  };

  const run = async ({ batch, call }: PreparedBatch): Promise<BatchAnswer> =>
    answerOf(batch, await backend.batch({ ...batch, receipt: undefined }, call));

  app.post<BatchRoute>(batchPath, { ...options, config: { access, doc: batchDoc } }, async (request, reply) => {
    checkRequest(request);
    const { body } = request;
    const ready = (): PreparedBatch =>
      prepare(request, () => parseBatch(body, { nowMs: clock.now(), maxValueBytes: limits.maxValueBytes }));
    const key = request.headers['idempotency-key'];
    if (key === undefined) return send(reply, await run(ready()), false);
    checkIdempotencyKey(String(key));
    const identity = { principal: principalOf(request).name, key: String(key), body: body ?? Buffer.alloc(0) };
    const { answer, replayed } = await idempotency.once(identity, ready);
    return send(reply, answer, replayed);
  });

  app.delete<BatchRoute>(batchPath, { ...options, config: { access, doc: batchDeleteDoc } }, async (request, reply) => {
    checkRequest(request);
    if (request.headers['idempotency-key'] !== undefined) {
      throw new CommanderError('invalid_header', 'A DELETE takes no Idempotency-Key: sent again, it deletes no more.');
    }
    return send(reply, await run(prepare(request, () => parseKeys(request.body))), false);
  });
}

/** Whatever would be dropped in silence is refused. */
function checkRequest(request: FastifyRequest<BatchRoute>): void {
  noQuery(request.query);
  const { headers } = request;
  if (headers['content-encoding'] !== undefined) {
    throw new CommanderError('unsupported_content', 'Content-Encoding is not supported.');
  }
  if (!isJsonMediaType(headers['content-type'] ?? '')) {
    throw new CommanderError('unsupported_content', 'The Content-Type of a batch is application/json.');
  }
  for (const name of ['if-match', 'if-none-match', 'if-unmodified-since', 'content-range']) {
    if (headers[name] === undefined) continue;
    throw new CommanderError('invalid_header', `${name} does not go with a batch: conditions stand in its operations.`);
  }
}

function send(reply: FastifyReply, answer: BatchAnswer, replayed: boolean): FastifyReply {
  const headers = replayed ? { 'idempotency-replayed': 'true' } : {};
  if (answer.kind === 'aborted') throw batchAborted(answer, headers);
  if (answer.retryAfter > 0) void reply.header('retry-after', answer.retryAfter);
  return reply
    .code(answer.status)
    .headers(headers)
    .header('content-type', 'application/json; charset=utf-8')
    .send(answer.body);
}

function toBatchError(error: FastifyError): CommanderError {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return batchTooLarge(`The body of a batch has at most ${maxBatchBytes} bytes.`);
  }
  return toCommanderError(error, maxBatchBytes);
}
