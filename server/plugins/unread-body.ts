/**
 * What becomes of a body that is refused before it was read. Closing at once would reset the connection under a
 * client that still writes, and it would never see the answer; so the rest is read and thrown away, up to a bound.
 */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Pressure } from '../pressure/pressure.ts';

/** Clients that asked first (`Expect: 100-continue`) and were not told to go on: no body will come. */
const unanswered = new WeakMap<IncomingMessage, ServerResponse>();

/** A client that asks first is told to go on when its body is about to be read: what is refused before is never sent. */
export function registerContinue(app: FastifyInstance): void {
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    unanswered.set(request, response);
    app.server.emit('request', request, response);
  });
}

export function invite(request: IncomingMessage): void {
  unanswered.get(request)?.writeContinue();
  unanswered.delete(request);
}

export interface UnreadBodyOptions {
  readonly pressure: Pressure;
  /** What is left is read up to a few times it. */
  readonly maxBodyBytes: number;
}

/** Called before an error answer is sent; the framework may have asked for a close already. */
export function settleUnreadBody(
  request: FastifyRequest,
  reply: FastifyReply,
  { pressure, maxBodyBytes }: UnreadBodyOptions,
): void {
  const { raw } = request;
  if (raw.complete || !hasBody(raw)) return;
  const maxDrainBytes = 4 * maxBodyBytes;
  if (unanswered.has(raw) || declaredBytes(raw) > maxDrainBytes || hasUnknownCoding(raw.headers)) {
    void reply.header('connection', 'close');
    return;
  }
  void reply.removeHeader('connection');
  let left = maxDrainBytes;
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) {
      raw.destroy();
      return;
    }
    pressure.countArrived(chunk.length);
    // What is thrown away is garbage.
    if (!pressure.hasRoom(() => raw.resume())) raw.pause();
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

/** 0 without a length. */
function declaredBytes(request: IncomingMessage): number {
  return Number(request.headers['content-length'] ?? 0);
}
