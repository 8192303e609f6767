import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { createApp } from '../app.ts';
import type { Backend, BackendContext } from '../backends/backend.ts';
import { measureBackend } from '../backends/measured.ts';
import { openMemory } from '../backends/memory.ts';
import { createTestingClock } from '../clock.ts';
import type { ServerContext } from '../http/context.ts';
import type { Problem } from '../http/problem.ts';
import { registerClockMetrics } from '../metrics/clock.ts';
import { watchProcess } from '../metrics/process.ts';
import { createRegistry } from '../metrics/registry.ts';
import type { Gate } from '../plugins/access.ts';
import type { ConnectionLimits } from '../plugins/connection-limits.ts';
import type { RateLimit } from '../plugins/rate-limit.ts';
import { createPressure, type PressureLimits } from '../pressure/pressure.ts';
import { createRevisionClock } from '../revision.ts';
import type { DebugOptions } from '../routes/debug.ts';

export interface ComposeOptions {
  /** The memory backend when absent. */
  readonly openBackend?: (context: BackendContext) => Backend;
  readonly maxValueBytes?: number;
  readonly storeTimeoutMs?: number;
  /** Default true: the routes of --testing are there. */
  readonly testing?: boolean;
  /** Default true: foreign hosts are refused. */
  readonly loopbackOnly?: boolean;
  /** Default false: the backend is no cache, and answers say nothing of one. */
  readonly cached?: boolean;
  /** Absent: the routes of --debug-routes are there. */
  readonly debug?: DebugOptions | 'off';
  /** Absent: budgets and limits that no test comes near. */
  readonly pressure?: Partial<PressureLimits>;
  /** Bytes that the process holds, by a test's word. */
  readonly readUsedBytes?: () => number;
  /** What a store that keeps files of its own says of them. */
  readonly storage?: ServerContext['storage'];
  /** Folder whose disk the metrics show. */
  readonly dataFolder?: string;
  /** Who knows the credentials; without, everybody may do everything. */
  readonly gate?: Gate;
  readonly connections?: Partial<ConnectionLimits>;
  readonly rateLimit?: RateLimit;
  readonly tls?: SecureContextOptions;
  /** Adds the routes of --docs. */
  readonly registerDocs?: (app: FastifyInstance) => void;
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

const usualConnections: ConnectionLimits = {
  maxConnections: 1_000,
  maxRequests: 0,
  requestTimeoutMs: 600_000,
  headersTimeoutMs: 20_000,
  keepAliveTimeoutMs: 72_000,
};

const usualPressure: PressureLimits = {
  bodyBudgetBytes: 0,
  answerBudgetBytes: 0,
  answerTimeoutMs: 60_000,
  memoryLimitBytes: 0,
  maxEventLoopLagMs: 0,
};

/** The real app around a backend of the test's choice. */
export function composeApp(options: ComposeOptions = {}): ComposedApp {
  const log: string[] = [];
  const logger = pino({ level: 'debug', base: null }, { write: (line: string) => void log.push(line) });
  const clock = createTestingClock({ stateFile: undefined, frozen: false });
  const revisions = createRevisionClock({ now: clock.now, node: randomBytes(8) });
  const metrics = createRegistry();
  const { readUsedBytes } = options;
  const pressure = createPressure({
    limits: { ...usualPressure, ...options.pressure },
    metrics,
    log: logger,
    ...(readUsedBytes === undefined ? {} : { readUsedBytes }),
  });
  const facts = { version: '1.2.3', build: 'test', engine: 'memory' };
  const watched = watchProcess(metrics, facts, { onLook: pressure.look });
  registerClockMetrics(metrics, clock);
  const opened = (options.openBackend ?? openMemory)({
    now: clock.now,
    revisions,
    log: logger,
    watchSpace: pressure.watchSpace,
  });
  const backend = measureBackend(opened, metrics);
  const context = {
    backend,
    cached: options.cached ?? false,
    clock,
    testingClock: options.testing === false ? undefined : clock,
    limits: {
      maxValueBytes: options.maxValueBytes ?? 1_000,
      storeTimeoutMs: options.storeTimeoutMs ?? 2_000,
      idempotencyTtlMs: 86_400_000,
    },
    metrics,
    pressure,
    storage: options.storage,
    dataFolder: options.dataFolder,
    version: '1.2.3',
    build: 'test',
    shutdown: { begun: false },
  };
  let requests = 0;
  const app = createApp({
    context,
    log: logger,
    gate: options.gate,
    tls: options.tls,
    rateLimit: options.rateLimit,
    registerDocs: options.registerDocs,
    connections: { ...usualConnections, ...options.connections },
    loopbackOnly: options.loopbackOnly ?? true,
    debug: options.debug === 'off' ? undefined : (options.debug ?? {}),
    tracing: undefined,
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
      watched[Symbol.dispose]();
      await backend[Symbol.asyncDispose]();
    },
  };
}

function problemOf(body: Buffer): Problem | undefined {
  return body.length === 0 ? undefined : (JSON.parse(body.toString()) as Problem);
}
