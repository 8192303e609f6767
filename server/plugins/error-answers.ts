/** Every answer above 399 is a problem document: of handlers, of the framework, and of connections that never spoke. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CommanderError } from '../errors.ts';
import {
  createProblem,
  problemHeaders,
  problemMediaType,
  renderRawProblem,
  toCommanderError,
} from '../http/problem.ts';
import { registerContinue, settleUnreadBody } from './unread-body.ts';

export interface ErrorAnswerOptions {
  readonly maxValueBytes: number;
  readonly nextRequestId: () => string;
}

export function registerErrorAnswers(app: FastifyInstance, options: ErrorAnswerOptions): void {
  const allowed = trackMethods(app);
  registerContinue(app, options.maxValueBytes);

  app.setErrorHandler((error, request, reply) => {
    sendProblem(toCommanderError(error, options.maxValueBytes), request, reply, options.maxValueBytes);
  });

  app.setNotFoundHandler((request, reply) => {
    const methods = allowed(request.raw.url ?? '');
    const error =
      methods.length === 0
        ? new CommanderError('route_not_found', 'There is no route with this path.')
        : new CommanderError('method_not_allowed', `This route has ${methods.join(', ')}.`, {
            headers: { allow: methods.join(', ') },
          });
    sendProblem(error, request, reply, options.maxValueBytes);
  });

  app.server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    const error = new CommanderError('expectation_failed', `The expectation ${request.headers.expect} is not known.`);
    const requestId = options.nextRequestId();
    const problem = createProblem(error, requestId);
    response.writeHead(problem.status, {
      'content-type': problemMediaType,
      'x-request-id': requestId,
      connection: 'close',
    });
    response.end(JSON.stringify(problem));
  });
  app.server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    endWith(socket, new CommanderError('route_not_found', 'This server is no proxy.'), options);
  });
}

export function sendProblem(
  error: CommanderError,
  request: FastifyRequest,
  reply: FastifyReply,
  maxValueBytes: number,
): void {
  const problem = createProblem(error, request.id);
  if (problem.status >= 500) {
    request.log.error({ requestId: request.id, code: error.code, err: error.cause ?? error }, error.message);
  } else {
    request.log.debug({ requestId: request.id, code: error.code }, error.message);
  }
  void reply.code(problem.status).headers(problemHeaders(error)).header('content-type', problemMediaType);
  settleUnreadBody(request, reply, maxValueBytes);
  // As bytes: the framework would add a charset that the media type does not have.
  void reply.send(Buffer.from(JSON.stringify(problem)));
}

/** Answers a connection whose bytes never became a request. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Duplex,
  options: Pick<ErrorAnswerOptions, 'nextRequestId'>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  endWith(socket, clientError(error.code ?? ''), options);
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

function endWith(socket: Duplex, error: CommanderError, options: Pick<ErrorAnswerOptions, 'nextRequestId'>): void {
  socket.end(renderRawProblem(error, options.nextRequestId()), () => socket.destroy());
}

/** For each path pattern its methods, so that a wrong method is told from a wrong path. */
function trackMethods(app: FastifyInstance): (url: string) => readonly string[] {
  const routes = new Map<string, { readonly pattern: RegExp; readonly methods: Set<string> }>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? { pattern: patternOf(url), methods: new Set<string>() };
    for (const name of [method].flat()) known.methods.add(name);
    routes.set(url, known);
  });
  return (url) => {
    const path = url.split('?', 1)[0] ?? '';
    for (const { pattern, methods } of routes.values()) if (pattern.test(path)) return [...methods].sort();
    return [];
  };
}

function patternOf(url: string): RegExp {
  const segments = url.split('/').map((segment) => (segment.startsWith(':') ? '[^/]*' : RegExp.escape(segment)));
  return new RegExp(`^${segments.join('/')}$`);
}
