/** The HTTP server around one backend. Everything it works with is an argument. */

import type { IncomingHttpHeaders, ServerOptions } from 'node:http';
import type { SecureContextOptions } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import { chargeAnswer, settleCharges, uncountedBytes } from './http/charges.ts';
import type { ServerContext } from './http/context.ts';
import { noCompilers } from './http/no-compilers.ts';
import { toCommanderError } from './http/problem.ts';
import type { AdjustableLogger } from './log.ts';
import { registerStorageMetrics } from './metrics/storage.ts';
import { registerStoreMetrics } from './metrics/store.ts';
import { answerKnown, type Gate, registerAccess } from './plugins/access.ts';
import { registerBodyReader } from './plugins/body-reader.ts';
import { answerClientError, registerConnectionAnswers } from './plugins/connection-answers.ts';
import { type ConnectionLimits, registerConnectionLimits } from './plugins/connection-limits.ts';
import { registerConnectionOrder } from './plugins/connection-order.ts';
import { registerErrorAnswers } from './plugins/error-answers.ts';
import { type RateLimit, registerRateLimit } from './plugins/rate-limit.ts';
import { registerRequestGuard } from './plugins/request-guard.ts';
import { registerRequestMetrics } from './plugins/request-metrics.ts';
import { registerUnreadAnswers } from './plugins/unread-answers.ts';
import { registerAbout } from './routes/about.ts';
import { registerBatch } from './routes/batch.ts';
import { type DebugOptions, registerDebug } from './routes/debug.ts';
import { registerList } from './routes/list.ts';
import { registerLogLevel } from './routes/log-level.ts';
import { registerMetrics } from './routes/metrics.ts';
import { registerNames } from './routes/names.ts';
import { registerOpenapi } from './routes/openapi.ts';
import { registerRemoval } from './routes/removal.ts';
import { registerTesting } from './routes/testing.ts';
import { registerValues } from './routes/values.ts';
import type { Tracing } from './tracing/tracing.ts';

export interface AppOptions {
  readonly context: ServerContext;
  readonly log: AdjustableLogger;
  /** Who knows the credentials; undefined on a server without. */
  readonly gate?: Gate | undefined;
  /** Speak TLS, and nothing else. */
  readonly tls?: SecureContextOptions | undefined;
  readonly connections: ConnectionLimits;
  readonly rateLimit?: RateLimit | undefined;
  /** Refuse foreign hosts and cross-site requests: bound to loopback, no credentials. */
  readonly loopbackOnly: boolean;
  readonly nextRequestId: () => string;
  /** Adds the routes of --docs; undefined where it is off, and then nothing of them is loaded. */
  readonly registerDocs?: ((app: FastifyInstance) => void) | undefined;
  /** --debug-routes; undefined leaves them out. */
  readonly debug: DebugOptions | undefined;
  readonly tracing: Tracing | undefined;
}

export function createApp(options: AppOptions): FastifyInstance {
  const { context, nextRequestId, connections } = options;
  const { maxValueBytes } = context.limits;
  const { pressure } = context;
  const app = Fastify({
    // The framework logs nothing: with a logger it watches every answer to its end, at the price of a tenth of a GET.
    logger: false,
    schemaController: noCompilers,
    genReqId: nextRequestId,
    requestIdHeader: false,
    bodyLimit: maxValueBytes,
    exposeHeadRoutes: false,
    requestTimeout: connections.requestTimeoutMs,
    keepAliveTimeout: connections.keepAliveTimeoutMs,
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    ...transportOf(options),
    routerOptions: { maxParamLength: 16_384, querystringParser: keepRaw },
    rewriteUrl: takeTarget,
    frameworkErrors: (error, request, reply) => {
      requests.countUnrouted(reply.raw);
      // Before a route is found, no hook runs.
      void reply.header('x-request-id', request.id);
      answerKnown(options.gate, request, {
        error,
        answer: (reason) => sendProblem(toCommanderError(reason, maxValueBytes), request, reply),
      });
    },
    clientErrorHandler: (error, socket) => {
      order.afterAnswers(socket, () => answerClientError(error, socket, nextRequestId));
    },
  });

  // Before all other hooks: what they refuse counts too.
  const requests = registerRequestMetrics(app, context.metrics, (response, request) =>
    settleCharges(pressure, response, request),
  );
  registerBodyReader(app, { pressure, maxValueBytes, countBody: requests.countBody });
  options.tracing?.traceRequests(app);
  const order = registerConnectionOrder(app);
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id);
    if (context.shutdown.begun) reply.header('connection', 'close');
    try {
      if (isHeld(payload)) chargeAnswer(pressure, reply.raw, payload.length);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, payload);
  });
  const sendProblem = registerErrorAnswers(app, { log: options.log, maxValueBytes, pressure });
  registerConnectionAnswers(app, nextRequestId);
  registerUnreadAnswers(app, pressure);
  registerConnectionLimits(app, connections, nextRequestId);
  registerAccess(app, options.gate);
  if (options.rateLimit !== undefined) registerRateLimit(app, options.rateLimit);
  registerRequestGuard(app, { loopbackOnly: options.loopbackOnly, shed: pressure.shed });
  options.registerDocs?.(app);
  registerOpenapi(app, context.version);
  registerAbout(app, context);
  registerStoreMetrics(context.metrics, context);
  if (context.storage !== undefined) registerStorageMetrics(context.metrics, context.storage);
  registerMetrics(app, context.metrics);
  registerLogLevel(app, options.log);
  if (options.debug !== undefined) registerDebug(app, options.debug);
  registerValues(app, context);
  registerList(app, context);
  registerBatch(app, context, sendProblem);
  registerRemoval(app, context);
  registerNames(app, context);
  if (context.testingClock !== undefined) registerTesting(app, context.testingClock);
  return app;
}

/** An answer that lies in memory whole, and not only for a moment. */
function isHeld(payload: unknown): payload is string | Buffer {
  return (typeof payload === 'string' || Buffer.isBuffer(payload)) && payload.length > uncountedBytes;
}

/** How often the platform looks for requests whose time is over. */
const longestCheckMs = 5_000;

/** What the framework hands to the platform's server, of either kind. */
function transportOf({ tls, connections }: AppOptions): { readonly http: ServerOptions } {
  const { requestTimeoutMs: requestTimeout } = connections;
  const headersTimeout = Math.min(connections.headersTimeoutMs, requestTimeout);
  const transport = {
    // Node answers a missing Host without a body; the request guard answers it with a problem document.
    requireHostHeader: false,
    requestTimeout,
    headersTimeout,
    connectionsCheckingInterval: Math.min(longestCheckMs, headersTimeout / 2),
  };
  if (tls === undefined) return { http: transport };
  // The framework's types tell the two servers apart; nothing here does.
  return { https: { ...transport, ...tls, handshakeTimeout: headersTimeout } } as unknown as { http: ServerOptions };
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
