/** The HTTP server around one backend. Everything it works with is an argument. */

import type { IncomingHttpHeaders } from 'node:http';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import type { ServerContext } from './http/context.ts';
import { toCommanderError } from './http/problem.ts';
import { answerClientError, registerConnectionAnswers } from './plugins/connection-answers.ts';
import { registerConnectionOrder } from './plugins/connection-order.ts';
import { registerErrorAnswers, sendProblem } from './plugins/error-answers.ts';
import { registerRequestGuard } from './plugins/request-guard.ts';
import { registerAbout } from './routes/about.ts';
import { registerList } from './routes/list.ts';
import { registerOpenapi } from './routes/openapi.ts';
import { registerTesting } from './routes/testing.ts';
import { registerValues } from './routes/values.ts';

export interface AppOptions {
  readonly context: ServerContext;
  readonly log: FastifyBaseLogger;
  /** Refuse foreign hosts and cross-site requests: bound to loopback, no credentials. */
  readonly loopbackOnly: boolean;
  readonly nextRequestId: () => string;
}

/** A body of the value limit at 32 KB/s arrives within it; a slower client holds its connection no longer. */
const requestTimeoutMs = 600_000;
const headersTimeoutMs = 20_000;

export function createApp(options: AppOptions): FastifyInstance {
  const { context, nextRequestId } = options;
  const { maxValueBytes } = context.limits;
  const app = Fastify({
    loggerInstance: options.log,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: nextRequestId,
    // One logger for all: a child for each request costs more than a small GET's work in the store.
    childLoggerFactory: (logger) => logger,
    requestIdHeader: false,
    bodyLimit: maxValueBytes,
    exposeHeadRoutes: false,
    requestTimeout: requestTimeoutMs,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    // Node answers a missing Host without a body; the request guard answers it with a problem document.
    http: { requireHostHeader: false, headersTimeout: headersTimeoutMs },
    routerOptions: { maxParamLength: 16_384, querystringParser: keepRaw },
    rewriteUrl: takeTarget,
    frameworkErrors: (error, request, reply) => {
      void reply.header('x-request-id', request.id);
      sendProblem(toCommanderError(error, maxValueBytes), request, reply, maxValueBytes);
    },
    clientErrorHandler: (error, socket) => {
      order.afterAnswers(socket, () => answerClientError(error, socket, nextRequestId));
    },
  });

  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));

  const order = registerConnectionOrder(app);
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    if (context.shutdown.begun) reply.header('connection', 'close');
    done();
  });
  registerErrorAnswers(app, maxValueBytes);
  registerConnectionAnswers(app, nextRequestId);
  registerRequestGuard(app, { loopbackOnly: options.loopbackOnly });
  registerOpenapi(app, context.version);
  registerAbout(app, context);
  registerValues(app, context);
  registerList(app, context);
  if (context.testingClock !== undefined) registerTesting(app, context.testingClock);
  return app;
}

/** The query stays text; each route reads it strictly, by its own schema (http/query.ts). */
function keepRaw(raw: string): Record<string, unknown> {
  return raw as unknown as Record<string, unknown>;
}

/**
 * RFC 9112 section 3.2.2: a server takes the absolute form of a target too, and then its authority counts, not Host.
 */
function takeTarget(request: { url?: string | undefined; readonly headers: IncomingHttpHeaders }): string {
  const target = request.url ?? '/';
  if (target.startsWith('/')) return target;
  const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
  if (absolute === null) return target;
  const [, authority = '', rest = ''] = absolute;
  request.headers.host = authority;
  return rest.startsWith('/') ? rest : `/${rest}`;
}
