/** Bounds against clients that are slow or many: what one may take in time, and how many there may be at once. */

import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import { CommanderError } from '../errors.ts';
import { renderRawProblem } from '../http/problem.ts';

export interface ConnectionLimits {
  /** Beyond it a connection is answered 503 and closed. */
  readonly maxConnections: number;
  /** Beyond it a request is answered 503; 0: no bound but that of the connections. */
  readonly maxRequests: number;
  /** From the first byte of a request to its last. */
  readonly requestTimeoutMs: number;
  /** From the first byte of a request to the end of its headers; also for a TLS handshake. */
  readonly headersTimeoutMs: number;
  /** How long a connection may wait for its next request. */
  readonly keepAliveTimeoutMs: number;
}

/** Connections that are being refused at once; whatever comes beyond these is closed without an answer. */
const refusedAtOnce = 64;
/** A refused client has this long to read its answer. */
const refusalMs = 2_000;

export function registerConnectionLimits(
  app: FastifyInstance,
  limits: ConnectionLimits,
  nextRequestId: () => string,
): void {
  limitConnections(app, limits.maxConnections, nextRequestId);
  if (limits.maxRequests > 0) limitRequests(app, limits.maxRequests);
}

/** Stands before the platform's own listener: a connection that is refused never becomes one that sends requests. */
function limitConnections({ server }: FastifyInstance, max: number, nextRequestId: () => string): void {
  const event = server instanceof TlsServer ? 'secureConnection' : 'connection';
  const takers = server.listeners(event);
  server.removeAllListeners(event);
  server.maxConnections = max + refusedAtOnce;
  let open = 0;
  server.on(event, (socket: Socket) => {
    if (open >= max) {
      refuse(socket, nextRequestId());
      return;
    }
    open += 1;
    socket.once('close', () => {
      open -= 1;
    });
    for (const take of takers) take.call(server, socket);
  });
}

function refuse(socket: Socket, requestId: string): void {
  const error = new CommanderError('server_busy', 'The server has as many connections as it takes.');
  const timer = setTimeout(() => socket.destroy(), refusalMs);
  socket.once('close', () => clearTimeout(timer));
  socket.on('error', () => socket.destroy());
  // Bytes that nobody reads would reset the connection under the answer.
  socket.resume();
  socket.end(renderRawProblem(error, requestId));
}

function limitRequests(app: FastifyInstance, max: number): void {
  let inFlight = 0;
  app.addHook('onRequest', (request, reply, done) => {
    // Health is asked just when there is too much to do.
    if (request.routeOptions.config.access === 'open') {
      done();
      return;
    }
    if (inFlight >= max) {
      done(new CommanderError('server_busy', 'The server works on as many requests as it takes.'));
      return;
    }
    inFlight += 1;
    reply.raw.once('close', () => {
      inFlight -= 1;
    });
    done();
  });
}
