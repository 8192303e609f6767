import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { createApp } from '../app.ts';
import type { Backend, BackendContext } from '../backends/backend.ts';
import { openMemory } from '../backends/memory.ts';
import { createTestingClock } from '../clock.ts';
import type { ServerContext } from '../http/context.ts';
import type { Problem } from '../http/problem.ts';
import { createRevisionClock } from '../revision.ts';

export interface ComposeOptions {
  /** The memory backend when absent. */
  readonly openBackend?: (context: BackendContext) => Backend;
  readonly maxValueBytes?: number;
  readonly storeTimeoutMs?: number;
  /** Default true: the routes of --testing are there. */
  readonly testing?: boolean;
  /** Default true: foreign hosts are refused. */
  readonly loopbackOnly?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
  /** The problem document of an answer above 399. */
  readonly problem: Problem | undefined;
}

export interface ComposedApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly context: ServerContext & { readonly shutdown: { begun: boolean } };
  readonly backend: Backend;
  /** All lines of the log, at level debug. */
  readonly log: readonly string[];
  /** One request without a socket; `host` is loopback unless given. */
  send(method: string, url: string, options?: Pick<InjectOptions, 'headers' | 'payload'>): Promise<Answer>;
  /** Resolves with the port on 127.0.0.1. */
  listen(): Promise<number>;
}

/** The real app around a backend of the test's choice. */
export function composeApp(options: ComposeOptions = {}): ComposedApp {
  const log: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void log.push(line) });
  const clock = createTestingClock({ stateFile: undefined, frozen: false });
  const revisions = createRevisionClock({ now: clock.now, node: randomBytes(8) });
  const backend = (options.openBackend ?? openMemory)({ now: clock.now, revisions, log: logger });
  const context = {
    backend,
    clock,
    testingClock: options.testing === false ? undefined : clock,
    limits: { maxValueBytes: options.maxValueBytes ?? 1_000, storeTimeoutMs: options.storeTimeoutMs ?? 2_000 },
    version: '1.2.3',
    build: 'test',
    shutdown: { begun: false },
  };
  let requests = 0;
  const app = createApp({
    context,
    log: logger,
    loopbackOnly: options.loopbackOnly ?? true,
    nextRequestId: () => {
      requests += 1;
      return `request-${requests}`;
    },
  });
  return {
    app,
    context,
    backend,
    log,
    send: async (method, url, { headers = {}, payload } = {}) => {
      const answer = await app.inject({
        method: method as 'GET',
        url,
        headers: { host: '127.0.0.1', ...headers },
        ...(payload === undefined ? {} : { payload }),
      });
      return {
        status: answer.statusCode,
        headers: answer.headers,
        body: answer.rawPayload,
        problem: answer.statusCode > 399 ? problemOf(answer.rawPayload) : undefined,
      };
    },
    listen: async () => {
      await app.listen({ port: 0, host: '127.0.0.1' });
      return (app.server.address() as AddressInfo).port;
    },
    [Symbol.asyncDispose]: async () => {
      app.server.closeAllConnections();
      await app.close();
      await backend[Symbol.asyncDispose]();
    },
  };
}

function problemOf(body: Buffer): Problem | undefined {
  return body.length === 0 ? undefined : (JSON.parse(body.toString()) as Problem);
}
