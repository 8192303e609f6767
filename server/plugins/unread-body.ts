/**
 * What becomes of a body that is refused before it was read. Closing at once would reset the connection under a
 * client that still writes, and it would never see the answer; so the rest is read and thrown away, up to a bound.
 */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** Clients that asked first (`Expect: 100-continue`) and were not told to go on: no body will come. */
const unanswered = new WeakSet<IncomingMessage>();

/** A body that is declared too large is refused instead of invited. */
export function registerContinue(app: FastifyInstance, maxValueBytes: number): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    if (declaredBytes(request) <= maxValueBytes) response.writeContinue();
    else unanswered.add(request);
    app.server.emit('request', request, response);
  });
}

/** Called before an error answer is sent; the framework may have asked for a close already. */
export function settleUnreadBody(request: FastifyRequest, reply: FastifyReply, maxValueBytes: number): void {
  const { raw } = request;
  if (raw.complete || !hasBody(raw)) return;
  const maxDrainBytes = 4 * maxValueBytes;
  if (unanswered.has(raw) || declaredBytes(raw) > maxDrainBytes || hasUnknownCoding(raw.headers)) {
    void reply.header('connection', 'close');
    return;
  }
  void reply.removeHeader('connection');
  let left = maxDrainBytes;
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) raw.destroy();
  });
}

/** Where such a body ends cannot be known. */
export function hasUnknownCoding(headers: IncomingHttpHeaders): boolean {
  const coding = headers['transfer-encoding'];
  return coding !== undefined && coding.toLowerCase() !== 'chunked';
}

function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || declaredBytes(request) > 0;
}

function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}
