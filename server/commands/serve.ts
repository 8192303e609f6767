/** `commander serve`: one server over one store, until a signal ends it. */

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type DestinationStream, destination, pino } from 'pino';
import { createApp } from '../app.ts';
import type { Backend } from '../backends/backend.ts';
import type { CreateEntries } from '../backends/cache/entries.ts';
import { awaitLateWrites } from '../backends/late-writes.ts';
import { measureBackend } from '../backends/measured.ts';
import { damagePolicies, openBackend } from '../backends/registry.ts';
import type { StorageState } from '../backends/storage-state.ts';
import { createSystemClock, createTestingClock, type TestingClock } from '../clock.ts';
import { type ConfigSources, resolveSettings, type ServeSettings, serveOptions, unknownVariables } from '../config.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { registerClockMetrics } from '../metrics/clock.ts';
import { registerConnectionMetrics } from '../metrics/connections.ts';
import { watchProcess } from '../metrics/process.ts';
import { createRegistry, type MetricsRegistry } from '../metrics/registry.ts';
import { createPressure, type PressureLimits } from '../pressure/pressure.ts';
import { createRevisionClock } from '../revision.ts';
import { openTracing, type Tracing, type TracingOptions } from '../tracing/tracing.ts';
import { build, version } from '../version.ts';
import { closeApp, trackConnections } from './close-app.ts';
import { learnTime } from './learn-time.ts';
import { openEdge } from './open-edge.ts';

/** Where a program that composes the server anew puts itself; `commander serve` uses none of them. */
export interface ServeSeams {
  /** The store, beneath all else. */
  readonly openBackend: typeof openBackend;
  /** What the routes work with, the cache included. */
  readonly decorateBackend: (backend: Backend) => Backend;
  /** What the cache keeps its entries in; undefined: by the policy. */
  readonly createEntries: CreateEntries | undefined;
  /** Told of the app before it listens. */
  readonly decorateApp: (app: FastifyInstance) => void;
}

const noSeams: ServeSeams = {
  openBackend,
  decorateBackend: (backend) => backend,
  createEntries: undefined,
  decorateApp: () => undefined,
};

export interface ServeInput {
  readonly flags: ConfigSources['flags'];
  /** Path of a YAML file with the same options. */
  readonly configFile: string | undefined;
  readonly environment: ConfigSources['environment'];
  readonly stdout: NodeJS.WritableStream;
  /** Aborts when the server should end. */
  readonly stop: AbortSignal;
  /** Told once what to do whenever files are to be read again; not told when there are none. */
  readonly onHangup?: (reload: () => void) => void;
  readonly seams?: Partial<ServeSeams>;
  /** Ends the process at once: the store has failed and does not let go of it. */
  readonly abandon?: () => void;
}

/** The store has failed in a way that only another process mends; a supervisor starts it. */
const brokenExitCode = 1;
/** What the store may take to close, after the requests. */
const closingMs = 8_000;

/** Serves until `stop`, or until the store breaks; resolves with the exit code. Throws ConfigurationError before it listens. */
export async function serve(input: ServeInput): Promise<number> {
  const seams = { ...noSeams, ...input.seams };
  const file = input.configFile === undefined ? undefined : await readConfigFile(input.configFile);
  const settings = resolveSettings({ flags: input.flags, environment: input.environment, file });
  const log = pino({ level: settings['log-level'], base: null }, logDestination());
  for (const name of unknownVariables(input.environment)) log.warn({}, `No option is called ${name}`);

  const edge = await openEdge(settings, input.environment, log);
  const registerDocs = settings.docs ? await (await import('../docs/open-docs.ts')).openDocs() : undefined;

  const testingClock = settings.testing ? openTestingClock(settings) : undefined;
  const clock = testingClock ?? createSystemClock();
  const seeded = settings['testing-seed'] !== 0;
  const node = seeded ? seededNode(settings['testing-seed']) : randomBytes(8);
  const revisions = createRevisionClock({ now: clock.now, node });
  await using tracing = await openTracingIfAsked({ url: settings['otlp-url'], version, log });
  const metrics = createRegistry();
  const pressure = createPressure({ limits: pressureLimits(settings), metrics, log });
  using _watched = watchProcess(metrics, { version, build, engine: settings.backend }, { onLook: pressure.look });
  const broken = new AbortController();
  let storage: (() => StorageState) | undefined;
  await using backend = await seams.openBackend(settings.backend, backendSettings(settings), {
    now: clock.now,
    revisions,
    log,
    watchConnections: (count) => registerConnectionMetrics(metrics, count),
    watchStorage(state) {
      storage = state;
    },
    watchSpace: pressure.watchSpace,
    onBroken() {
      broken.abort();
      // What is broken may not close either.
      setTimeout(() => input.abandon?.(), settings['shutdown-timeout-ms'] + closingMs).unref();
    },
  });
  registerClockMetrics(metrics, clock);
  // A clock that stands still has its time from the state file alone.
  const ordered = awaitLateWrites(backend);
  const timed = seeded ? ordered : await learnTime(ordered, { clock, settings, log });
  const measured = measureBackend(timed, metrics);
  const traced = tracing === undefined ? measured : tracing.traceBackend(measured);
  const cached = settings['cache-bytes'] > 0;
  const shutdown = { begun: false };
  const app = createApp({
    context: {
      backend: seams.decorateBackend(
        cached ? await openCache(traced, settings, { metrics, createEntries: seams.createEntries }) : traced,
      ),
      cached,
      clock,
      testingClock,
      limits: {
        maxValueBytes: settings['max-value-bytes'],
        storeTimeoutMs: settings['store-timeout-ms'],
        idempotencyTtlMs: settings['idempotency-ttl-ms'],
      },
      metrics,
      pressure,
      storage,
      dataFolder: settings.data,
      version,
      build,
      shutdown,
    },
    log,
    debug: settings['debug-routes'] ? {} : undefined,
    tracing,
    ...edge.options,
    registerDocs,
    nextRequestId: createRequestIds(seeded ? 'seeded' : randomBytes(6).toString('base64url')),
  });
  seams.decorateApp(app);
  const connections = trackConnections(app.server);
  const { reload } = edge;
  if (reload !== undefined) input.onHangup?.(() => void reload(app.server));
  const url = await listen(app, settings);
  log.info({ backend: settings.backend, version }, 'Serving');
  if (settings['ready-json']) {
    const { hostname, port } = new URL(url);
    const ready = { ready: true, url, host: hostname, port: Number(port), pid: process.pid, version };
    input.stdout.write(`${JSON.stringify(ready)}\n`);
  }

  await aborted(AbortSignal.any([input.stop, broken.signal]));
  shutdown.begun = true;
  log.info({}, 'Shutting down: no new connection, requests in flight are finished');
  await closeApp(app, {
    connections,
    timeoutMs: settings['shutdown-timeout-ms'],
    onCut: (left) => log.warn({ left }, 'Connections were cut: their requests did not finish in time'),
  });
  // To close what is broken may never return, on the main thread at that.
  if (broken.signal.aborted) input.abandon?.();
  return broken.signal.aborted ? brokenExitCode : 0;
}

async function openTracingIfAsked(options: TracingOptions): Promise<Tracing | undefined> {
  return options.url === '' ? undefined : openTracing(options);
}

/** stderr, so that stdout stays machine-readable. Synchronous: no line is lost when the process ends. */
function logDestination(): DestinationStream {
  return destination({ fd: 2, sync: true });
}

async function readConfigFile(path: string): Promise<unknown> {
  try {
    const text = await readFile(path, 'utf8');
    const { parse } = await import('yaml');
    return parse(text);
  } catch (cause) {
    // The YAML parser goes on with an excerpt of the file, on lines of its own.
    const [reason = ''] = reasonOf(cause).split('\n', 1);
    throw new ConfigurationError(`The configuration file ${path} cannot be read: ${reason.replace(/:$/, '')}.`, {
      cause,
    });
  }
}

function openTestingClock(settings: ServeSettings): TestingClock {
  // A store elsewhere has no folder of ours unless one is named.
  const named = settings.data !== serveOptions.data.default;
  const keepsData = settings.backend === 'lmdb' || named;
  try {
    if (keepsData) mkdirSync(settings.data, { recursive: true, mode: 0o700 });
    return createTestingClock({
      stateFile: keepsData ? join(settings.data, 'testing-clock') : undefined,
      frozen: settings['testing-seed'] !== 0,
    });
  } catch (cause) {
    throw new ConfigurationError(`The data folder ${settings.data} cannot be used: ${reasonOf(cause)}.`, { cause });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function backendSettings(settings: ServeSettings): Parameters<typeof openBackend>[1] {
  return {
    data: settings.data,
    diskReserveBytes: settings['disk-reserve-bytes'],
    onDamage: damagePolicies.find((policy) => policy === settings['on-damage']) ?? 'restore',
    snapshotFolder: settings['snapshot-folder'] || undefined,
    snapshotIntervalMs: settings['snapshot-interval-ms'],
    snapshotKeep: settings['snapshot-keep'],
    redisUrl: settings['redis-url'],
    redisPrefix: settings['redis-prefix'],
    redisConnections: settings['redis-connections'],
    mongodbUrl: settings['mongodb-url'],
    mongodbDatabase: settings['mongodb-database'],
    mongodbConnections: settings['mongodb-connections'],
    maxCalls: settings['store-max-calls'],
  };
}

function pressureLimits(settings: ServeSettings): PressureLimits {
  return {
    bodyBudgetBytes: settings['body-budget-bytes'],
    answerBudgetBytes: settings['answer-budget-bytes'],
    answerTimeoutMs: settings['answer-timeout-ms'],
    memoryLimitBytes: settings['memory-limit-bytes'],
    maxEventLoopLagMs: settings['max-event-loop-lag-ms'],
  };
}

/** Loaded only where it is used. */
async function openCache(
  backend: Backend,
  settings: ServeSettings,
  { metrics, createEntries }: { readonly metrics: MetricsRegistry } & Pick<ServeSeams, 'createEntries'>,
): Promise<Backend> {
  const [{ createCache }, { registerCacheMetrics }] = await Promise.all([
    import('../backends/cache/cache.ts'),
    import('../metrics/cache.ts'),
  ]);
  const maxStalenessMs = settings['cache-max-staleness-ms'];
  const cache = createCache(backend, {
    maxBytes: settings['cache-bytes'],
    policy: settings['cache-policy'] === 'lfu' ? 'lfu' : 'lru',
    maxStalenessMs: maxStalenessMs === 0 ? undefined : maxStalenessMs,
    createEntries,
  });
  registerCacheMetrics(metrics, cache.cacheCounts);
  return cache;
}

function seededNode(seed: number): Buffer {
  const node = Buffer.alloc(8);
  node.writeUInt32BE(seed, 4);
  return node;
}

/** Unique across processes by the prefix, within one by the counter. */
function createRequestIds(prefix: string): () => string {
  let count = 0;
  return () => {
    count += 1;
    return `${prefix}-${count.toString(36)}`;
  };
}

async function listen(app: FastifyInstance, settings: ServeSettings): Promise<string> {
  const { host, port } = settings;
  try {
    return await app.listen({ host, port, listenTextResolver: (address) => `Listening on ${address}` });
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: `Port ${port} on ${host} is taken. Choose another with --port, or 0 for a free one.`,
      EACCES: `Port ${port} on ${host} needs more rights. Choose one above 1023.`,
      EADDRNOTAVAIL: `${host} is no address of this machine.`,
      ENOTFOUND: `${host} is no address of this machine.`,
    };
    const message = reasons[String(code)] ?? `The server cannot listen on ${host}:${port}: ${String(cause)}`;
    throw new ConfigurationError(message, { cause });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
