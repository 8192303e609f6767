/** Traces through OpenTelemetry. Without --otlp-url nothing of it is loaded, and nothing happens for a request. */

import type { FastifyInstance } from 'fastify';
import type { Backend } from '../backends/backend.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { Logger } from '../log.ts';

export interface Tracing extends AsyncDisposable {
  /** One span a request, a child of the client's where it sends a `traceparent`. To be called before other hooks. */
  traceRequests(app: FastifyInstance): void;
  /** One child span for each call of the store. */
  traceBackend(backend: Backend): Backend;
}

export interface TracingOptions {
  /** Of the collector; spans go to `v1/traces` below it. */
  readonly url: string;
  readonly version: string;
  readonly log: Logger;
}

/** Throws ConfigurationError for an address that is none, and when the optional packages are not installed. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  checkUrl(options.url);
  try {
    const { createTracing } = await import('./open-telemetry.ts');
    return createTracing(options);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    const packages = ['api', 'core', 'exporter-trace-otlp-http', 'resources', 'sdk-trace'];
    throw new ConfigurationError(
      '--otlp-url needs packages that are not installed: ' +
        `npm install ${packages.map((name) => `@opentelemetry/${name}`).join(' ')}`,
      { cause },
    );
  }
}

function checkUrl(url: string): void {
  if (/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return;
  throw new ConfigurationError(`--otlp-url is the address of a collector, such as http://127.0.0.1:4318, got ${url}.`);
}
