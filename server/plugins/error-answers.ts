/** Every answer above 399 is a problem document, of handlers and of the framework alike. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CommanderError } from '../errors.ts';
import { createProblem, problemHeaders, problemMediaType, toCommanderError } from '../http/problem.ts';
import { registerContinue, settleUnreadBody } from './unread-body.ts';

export function registerErrorAnswers(app: FastifyInstance, maxValueBytes: number): void {
  const allowed = trackMethods(app);
  registerContinue(app, maxValueBytes);

  app.setErrorHandler((error, request, reply) => {
    sendProblem(toCommanderError(error, maxValueBytes), request, reply, maxValueBytes);
  });

  app.setNotFoundHandler((request, reply) => {
    const methods = allowed(request.raw.url ?? '');
    const error =
      methods.length === 0
        ? new CommanderError('route_not_found', 'There is no route with this path.')
        : new CommanderError('method_not_allowed', `This route has ${methods.join(', ')}.`, {
            headers: { allow: methods.join(', ') },
          });
    sendProblem(error, request, reply, maxValueBytes);
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
    // The detail may quote what the client sent; the log holds nothing of it.
    request.log.debug({ requestId: request.id, code: error.code }, problem.title);
  }
  void reply.code(problem.status).headers(problemHeaders(error)).header('content-type', problemMediaType);
  settleUnreadBody(request, reply, maxValueBytes);
  // As bytes: the framework would add a charset that the media type does not have.
  void reply.send(Buffer.from(JSON.stringify(problem)));
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
