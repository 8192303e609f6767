/** Redis behind webdis, the thinnest HTTP front that Redis has, and behind our server: both with the same durability. */

import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Environment } from '../environment.ts';
import { freePort } from '../free-port.ts';
import { findProgram } from '../programs.ts';
import { redisEngine } from '../providers/engines/redis.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { waitFor } from '../wait.ts';
import type { ContenderKind, Stage } from './contenders.ts';
import { commanderLine, httpContender, startServer } from './contenders.ts';
import { startPinned } from './start-pinned.ts';

const startTimeoutMs = 10_000;

async function waitUntilOpen(port: number, started: TrackedProcess, what: string): Promise<void> {
  const look = async (): Promise<boolean> => {
    if (started.exit !== undefined) return false;
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', reject);
    return promise.finally(() => socket.destroy());
  };
  const open = await waitFor(`${what} to listen`, look, { timeoutMs: startTimeoutMs, intervalMs: 20 });
  if (!open) throw new Error(`${what} ended while it started`);
}

async function startProgram(stage: Stage, line: readonly string[], port: number): Promise<TrackedProcess> {
  const [what = ''] = line;
  const log = openSync(join(stage.workFolder, `${what}-${port}.log`), 'a');
  const program = findProgram(what, stage.environment) ?? what;
  const started = await startPinned([program, ...line.slice(1)], {
    ...stage,
    side: 'server',
    stdio: ['ignore', log, log],
    what,
  }).finally(() => closeSync(log));
  await waitUntilOpen(port, started, what);
  return started;
}

function absenceOf(programs: readonly string[], environment: Environment): string | undefined {
  const missing = programs.filter((name) => findProgram(name, environment) === undefined);
  return missing.length === 0 ? undefined : `${missing.join(' and ')} not on PATH`;
}

interface StartedRedis {
  readonly folder: string;
  readonly redis: TrackedProcess;
  readonly redisPort: number;
}

async function startRedis(stage: Stage, name: string): Promise<StartedRedis> {
  const folder = join(stage.workFolder, name);
  mkdirSync(folder, { recursive: true });
  const redisPort = await freePort();
  const line = ['redis-server', ...redisEngine.program.arguments({ port: redisPort, folder }, 'declared')];
  return { folder, redisPort, redis: await startProgram(stage, line, redisPort) };
}

export const commanderOnRedis: ContenderKind = {
  title: 'Commander on Redis, appendfsync always',
  absence: (environment) => absenceOf(['redis-server'], environment),
  async start(stage, name) {
    const { redis, redisPort } = await startRedis(stage, name);
    const place = ['--backend', 'redis', '--redis-url', `redis://127.0.0.1:${redisPort}`];
    return startServer(stage, `${name}-server`, { line: commanderLine(place), beside: [redis] });
  },
};

export const redisBehindWebdis: ContenderKind = {
  title: 'webdis + redis, appendfsync always',
  absence: (environment) => absenceOf(['webdis', 'redis-server'], environment),
  async start(stage, name) {
    const { folder, redis, redisPort } = await startRedis(stage, name);
    const port = await freePort();
    const config = join(folder, 'webdis.json');
    const settings = { redis_host: '127.0.0.1', redis_port: redisPort, http_host: '127.0.0.1', http_port: port };
    writeFileSync(config, JSON.stringify({ ...settings, threads: 1, daemonize: false, verbosity: 0 }));
    const webdis = await startProgram(stage, ['webdis', config], port);
    // The extension asks for the plain value instead of JSON.
    return httpContender(stage, {
      port,
      processes: [webdis, redis],
      paths: { GET: '/GET/{key}.txt', PUT: '/SET/{key}' },
    });
  },
};
