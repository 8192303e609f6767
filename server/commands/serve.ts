/** `commander serve`: one server over one store, until a signal ends it. */

import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type DestinationStream, destination, pino } from 'pino';
import { parse as parseYaml } from 'yaml';
import { createApp } from '../app.ts';
import { openBackend } from '../backends/registry.ts';
import { createSystemClock, createTestingClock, type TestingClock } from '../clock.ts';
import {
  type ConfigSources,
  isLoopbackAddress,
  resolveSettings,
  type ServeSettings,
  serveOptions,
  unknownVariables,
} from '../config.ts';
import { ConfigurationError } from '../configuration-error.ts';
import { createRevisionClock } from '../revision.ts';
import { version } from '../version.ts';
import { closeApp, trackConnections } from './close-app.ts';

export interface ServeInput {
  readonly flags: ConfigSources['flags'];
  /** Path of a YAML file with the same options. */
  readonly configFile: string | undefined;
  readonly environment: ConfigSources['environment'];
  readonly stdout: NodeJS.WritableStream;
  /** Aborts when the server should end. */
  readonly stop: AbortSignal;
}

/** Serves until `stop`; resolves with the exit code. Throws ConfigurationError before it listens. */
export async function serve(input: ServeInput): Promise<number> {
  const file = input.configFile === undefined ? undefined : await readConfigFile(input.configFile);
  const settings = resolveSettings({ flags: input.flags, environment: input.environment, file });
  const log = pino({ level: settings['log-level'], base: null }, logDestination());
  for (const name of unknownVariables(input.environment)) log.warn({}, `No option is called ${name}`);

  const testingClock = settings.testing ? openTestingClock(settings) : undefined;
  const clock = testingClock ?? createSystemClock();
  const seeded = settings['testing-seed'] !== 0;
  const node = seeded ? seededNode(settings['testing-seed']) : randomBytes(8);
  const revisions = createRevisionClock({ now: clock.now, node });
  await using backend = await openBackend(settings.backend, backendSettings(settings), {
    now: clock.now,
    revisions,
    log,
  });
  const shutdown = { begun: false };
  const app = createApp({
    context: {
      backend,
      clock,
      testingClock,
      limits: { maxValueBytes: settings['max-value-bytes'], storeTimeoutMs: settings['store-timeout-ms'] },
      version,
      build: 'source',
      shutdown,
    },
    log,
    loopbackOnly: isLoopbackAddress(settings.host),
    nextRequestId: createRequestIds(seeded ? 'seeded' : randomBytes(6).toString('base64url')),
  });
  const connections = trackConnections(app.server);
  const url = await listen(app, settings);
  log.info({ backend: settings.backend, version }, 'Serving');
  if (settings['ready-json']) {
    const { hostname, port } = new URL(url);
    const ready = { ready: true, url, host: hostname, port: Number(port), pid: process.pid, version };
    input.stdout.write(`${JSON.stringify(ready)}\n`);
  }

  await aborted(input.stop);
  shutdown.begun = true;
  log.info({}, 'Shutting down: no new connection, requests in flight are finished');
  await closeApp(app, {
    connections,
    timeoutMs: settings['shutdown-timeout-ms'],
    onCut: (left) => log.warn({ left }, 'Connections were cut: their requests did not finish in time'),
  });
  return 0;
}

/** stderr, so that stdout stays machine-readable. Synchronous: no line is lost when the process ends. */
function logDestination(): DestinationStream {
  return destination({ fd: 2, sync: true });
}

async function readConfigFile(path: string): Promise<unknown> {
  try {
    return parseYaml(await readFile(path, 'utf8'));
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
    redisUrl: settings['redis-url'],
    redisPrefix: settings['redis-prefix'],
    mongodbUrl: settings['mongodb-url'],
    mongodbDatabase: settings['mongodb-database'],
  };
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
