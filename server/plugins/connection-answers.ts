/** Answers to connections whose bytes never became a request that a route could take. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { CommanderError } from '../errors.ts';
import { createProblem, problemMediaType, renderRawProblem } from '../http/problem.ts';

type NextRequestId = () => string;

/** What the platform would answer by itself, without a problem document: an unknown expectation, and CONNECT. */
export function registerConnectionAnswers(app: FastifyInstance, nextRequestId: NextRequestId): void {
  app.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const error = new CommanderError('expectation_failed', 'The only expectation that is known is 100-continue.');
    const requestId = nextRequestId();
    const problem = createProblem(error, requestId);
    response.writeHead(problem.status, {
      'content-type': problemMediaType,
      'x-request-id': requestId,
      connection: 'close',
    });
    response.end(JSON.stringify(problem));
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    // The platform has let go of the connection: nobody else takes its errors.
    socket.on('error', () => socket.destroy());
    endWith(socket, new CommanderError('route_not_found', 'This server is no proxy.'), nextRequestId);
  });
}

/** Answers bytes that are no request. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Duplex,
  nextRequestId: NextRequestId,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) socket.destroy();
  else endWith(socket, clientError(error.code ?? ''), nextRequestId);
}

function clientError(code: string): CommanderError {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new CommanderError('headers_too_large', 'The request line and the headers have at most 16 KB together.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new CommanderError('request_timeout', 'The request did not arrive whole in time.');
  }
  return new CommanderError('malformed_request', `The bytes are not an HTTP/1.1 request (${code || 'unreadable'}).`);
}

function endWith(socket: Duplex, error: CommanderError, nextRequestId: NextRequestId): void {
  socket.end(renderRawProblem(error, nextRequestId()), () => socket.destroy());
}
