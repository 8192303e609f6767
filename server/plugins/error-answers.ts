/** Every answer above 399 is a problem document, of handlers and of the framework alike. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CommanderError, type ErrorCode } from '../errors.ts';
import { createProblem, problemHeaders, problemMediaType, toCommanderError } from '../http/problem.ts';
import type { Logger } from '../log.ts';
import type { Pressure } from '../pressure/pressure.ts';
import { registerContinue, settleUnreadBody } from './unread-body.ts';

export interface ErrorAnswerOptions {
  readonly log: Logger;
  readonly maxValueBytes: number;
  readonly pressure: Pressure;
}

/** `maxBodyBytes` where it is not the limit of a value: what is left of a refused body is read up to a few times it. */
export type SendProblem = (
  error: CommanderError,
  request: FastifyRequest,
  reply: FastifyReply,
  maxBodyBytes?: number,
) => void;

/** Returns what sends a problem answer, for errors that reach neither handler. */
export function registerErrorAnswers(app: FastifyInstance, options: ErrorAnswerOptions): SendProblem {
  const { log, maxValueBytes, pressure } = options;
  const allowed = trackMethods(app);
  registerContinue(app);

  const sendProblem: SendProblem = (error, request, reply, maxBodyBytes = maxValueBytes) => {
    const problem = createProblem(error, request.id);
    if (problem.status >= 500 && !isNoFailure(error)) {
      log.error({ requestId: request.id, code: error.code, err: error.cause ?? error }, error.message);
    } else {
      // The detail may quote what the client sent; the log holds nothing of it.
      log.debug({ requestId: request.id, code: error.code }, problem.title);
    }
    void reply.code(problem.status).headers(problemHeaders(error)).header('content-type', problemMediaType);
    settleUnreadBody(request, reply, { pressure, maxBodyBytes });
    // As bytes: the framework would add a charset that the media type does not have.
    void reply.send(Buffer.from(JSON.stringify(problem)));
  };

  const sendNotFound = (request: FastifyRequest, reply: FastifyReply): void => {
    const methods = allowed(request.raw.url ?? '');
    const error =
      methods.length === 0
        ? new CommanderError('route_not_found', 'There is no route with this path.')
        : new CommanderError('method_not_allowed', `This route has ${methods.join(', ')}.`, {
            headers: { allow: methods.join(', ') },
          });
    sendProblem(error, request, reply);
  };

  app.setNotFoundHandler(sendNotFound);

  app.setErrorHandler((error, request, reply) => {
    // The framework looks at the body of a request before it finds that there is no route for it.
    const isLate = request.is404 && !(error instanceof CommanderError);
    if (isLate) sendNotFound(request, reply);
    else sendProblem(toCommanderError(error, maxValueBytes), request, reply);
  });
  return sendProblem;
}

/** What the server refuses by plan: it is counted in the metrics, and who began it has told of it once. */
const plannedRefusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'capability_unsupported',
  'insufficient_memory',
  'overloaded',
  'server_busy',
  'shutting_down',
  'store_full',
]);

/** A store that says itself that it is full has failed a write. */
function isNoFailure(error: CommanderError): boolean {
  return plannedRefusals.has(error.code) && error.cause === undefined;
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
