/** The only file that knows OpenTelemetry; imported when tracing is on. Names follow its semantic conventions 1.x. */

import { AsyncLocalStorage } from 'node:async_hooks';
import {
  type Context,
  DiagLogLevel,
  defaultTextMapGetter,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Backend } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Tracing, TracingOptions } from './tracing.ts';

/** What is not sent by then when the server ends is lost. */
const shutdownTimeoutMs = 3_000;

export function createTracing({ url, version, log }: TracingOptions): Tracing {
  reportTo(log);
  const exporter = new OTLPTraceExporter({ url: new URL('v1/traces', url.replace(/\/?$/, '/')).href });
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'commander', 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor({ exporter })],
  });
  const tracer = provider.getTracer('commander', version);
  /** The span of the request that a handler answers. */
  const current = new AsyncLocalStorage<Context>();
  return {
    traceRequests: (app) => traceRequests(app, tracer, current),
    traceBackend: (backend) => traceBackend(backend, tracer, current),
    [Symbol.asyncDispose]: async () => {
      const late = new Promise<void>((resolve) => setTimeout(resolve, shutdownTimeoutMs).unref());
      await Promise.race([provider.shutdown(), late]);
    },
  };
}

/** A collector that is away costs spans, never requests; the log says so. */
function reportTo(log: Logger): void {
  const nothing = (): void => undefined;
  const warn = (message: string): void => log.warn({}, `Traces: ${message}`);
  diag.setLogger(
    { error: warn, warn, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}

function traceRequests(app: FastifyInstance, tracer: Tracer, current: AsyncLocalStorage<Context>): void {
  const propagator = new W3CTraceContextPropagator();
  const contexts = new WeakMap<FastifyRequest, Context>();

  app.addHook('onRequest', (request, reply, done) => {
    const { url: route } = request.routeOptions;
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const method = route === undefined ? '_OTHER' : request.method;
    const span = tracer.startSpan(
      route === undefined ? 'HTTP' : `${method} ${route}`,
      {
        kind: SpanKind.SERVER,
        attributes: {
          'http.request.method': method,
          ...(route === undefined ? {} : { 'http.route': route }),
          'commander.request_id': request.id,
        },
      },
      parent,
    );
    contexts.set(request, trace.setSpan(parent, span));
    reply.raw.on('close', () => {
      if (reply.raw.headersSent) span.setAttribute('http.response.status_code', reply.raw.statusCode);
      if (reply.raw.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
    done();
  });
  // Right before the handler, whatever the hooks and the reading of the body before it do to the context.
  app.addHook('preHandler', (request, _reply, done) => {
    const context = contexts.get(request);
    if (context === undefined) done();
    else current.run(context, done);
  });
}

function traceBackend(backend: Backend, tracer: Tracer, current: AsyncLocalStorage<Context>): Backend {
  const start = (operation: string): Span | undefined => {
    const parent = current.getStore();
    if (parent === undefined) return undefined;
    const attributes = { 'db.operation.name': operation };
    return tracer.startSpan(`store ${operation}`, { kind: SpanKind.CLIENT, attributes }, parent);
  };
  const traced =
    <A extends readonly unknown[], T>(operation: string, run: (...args: A) => Promise<T> | T) =>
    async (...args: A): Promise<T> => {
      const span = start(operation);
      try {
        return await run(...args);
      } catch (error) {
        span?.setAttribute('error.type', error instanceof CommanderError ? error.code : 'internal_error');
        span?.setStatus({ code: SpanStatusCode.ERROR });
        throw error;
      } finally {
        span?.end();
      }
    };
  return {
    get: traced('get', backend.get),
    head: traced('head', backend.head),
    set: traced('set', backend.set),
    touch: traced('touch', backend.touch),
    delete: traced('delete', backend.delete),
    batch: traced('batch', backend.batch),
    list: traced('list', backend.list),
    deletePrefix: traced('deletePrefix', backend.deletePrefix),
    drop: traced('drop', backend.drop),
    namespaces: traced('namespaces', backend.namespaces),
    collections: traced('collections', backend.collections),
    stats: traced('stats', backend.stats),
    ping: traced('ping', backend.ping),
    capabilities: traced('capabilities', backend.capabilities),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}
