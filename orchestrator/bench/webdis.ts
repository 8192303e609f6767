/** Redis behind webdis, the thinnest HTTP front that Redis has: what the same machine does without Node. */

import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { findProgram } from '../programs.ts';
import { redisEngine } from '../providers/engines/redis.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { waitFor } from '../wait.ts';
import type { ContenderKind, Stage } from './contenders.ts';
import { httpContender } from './contenders.ts';
import { startPinned } from './start-pinned.ts';

const programs = ['webdis', 'redis-server'] as const;
const startTimeoutMs = 10_000;

/** Neither program takes port 0 and tells which port it got. */
async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
  });
  return promise;
}

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

export const redisBehindWebdis: ContenderKind = {
  title: 'webdis + redis, appendfsync always',
  absence(environment) {
    const missing = programs.filter((name) => findProgram(name, environment) === undefined);
    return missing.length === 0 ? undefined : `${missing.join(' and ')} not on PATH`;
  },
  async start(stage, name) {
    const folder = join(stage.workFolder, name);
    mkdirSync(folder, { recursive: true });
    const redisPort = await freePort();
    const redisLine = ['redis-server', ...redisEngine.program.arguments({ port: redisPort, folder })];
    const redis = await startProgram(stage, redisLine, redisPort);
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
