/**
 * Requests that come at once on one connection (pipelining). RFC 9112 section 9.3.2 lets a server run them side by
 * side only while all of them are safe; the platform starts each as it is parsed.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';

export interface ConnectionOrder {
  /** Runs `action` once every whole request of this connection has its answer; not for a broken one that has one. */
  afterAnswers(socket: Duplex, action: () => void): void;
}

/** The newest request of a connection, and the answer before its own. Answers go out in order. */
interface Newest {
  readonly response: ServerResponse;
  readonly before: ServerResponse | undefined;
}

/** Kept on the connection itself: a WeakMap costs more than the rest of the hook. */
const newestOf = Symbol('newest request');

type OrderedSocket = Duplex & { [newestOf]?: Newest };

export function registerConnectionOrder(app: FastifyInstance): ConnectionOrder {
  app.addHook('onRequest', (request, reply, done) => {
    const socket: OrderedSocket = request.raw.socket;
    const before = socket[newestOf]?.response;
    socket[newestOf] = { response: reply.raw, before };
    if (before === undefined || isOver(before) || (isSafe(before.req) && isSafe(request.raw))) done();
    else before.once('close', () => done());
  });

  return {
    afterAnswers: (socket: OrderedSocket, action) => {
      const newest = socket[newestOf];
      const whole = newest?.response.req.complete === true;
      // A refused request whose body then breaks has its answer already.
      if (!whole && newest?.response.headersSent === true) {
        socket.end();
        return;
      }
      const awaited = whole ? newest?.response : newest?.before;
      if (awaited === undefined || isOver(awaited)) action();
      else awaited.once('close', action);
    },
  };
}

function isOver(response: ServerResponse): boolean {
  return response.writableFinished || response.destroyed;
}

function isSafe({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}
