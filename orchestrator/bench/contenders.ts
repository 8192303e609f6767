/** What the ladder's rungs stand on: each starts processes of its own on the server's core and can be measured. */

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../environment.ts';
import { lastLines } from '../log-file.ts';
import { packageRoot } from '../package-root.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { within } from '../wait.ts';
import type { FlushJob } from './flush-floor.ts';
import type { LoadJob, Round } from './load-job.ts';
import type { Launch } from './start-pinned.ts';
import { startPinned, stopGraceMs } from './start-pinned.ts';
import type { Worker } from './worker.ts';
import { startWorker } from './worker.ts';

/** What is asked for in a ladder; the same for each of its rungs. */
export interface Load {
  readonly method: 'GET' | 'PUT';
  readonly connections: number;
  readonly valueBytes: number;
  readonly keys: number;
  readonly seed: number;
}

export interface Stage extends Launch {
  /** Deleted at the end of the run. */
  readonly workFolder: string;
  readonly generator: Worker<LoadJob, Round>;
}

export interface Contender extends AsyncDisposable {
  readonly pids: readonly number[];
  /** Writes every key once. */
  fill(load: Load): Promise<void>;
  measure(load: Load, seconds: number): Promise<Round>;
}

export interface ContenderKind {
  readonly title: string;
  /** Why it cannot be had on this machine; undefined when it can. */
  absence(environment: Environment): string | undefined;
  start(stage: Stage, name: string): Promise<Contender>;
}

/** Paths with `{key}`, by method. */
export type Paths = Readonly<Record<Load['method'], string>>;

const startTimeoutMs = 30_000;
const resourcePath = '/api/v1/kv/bench/values/{key}';
const present = (): undefined => undefined;

/** Processes that answer HTTP on a port, measured by the generator. */
export function httpContender(
  stage: Stage,
  server: { readonly port: number; readonly processes: readonly TrackedProcess[]; readonly paths: Paths },
): Contender {
  const { generator } = stage;
  const pids = server.processes.map(({ pid }) => pid);
  const job = (load: Load, method: Load['method'], seconds: number | undefined): LoadJob => ({
    ...load,
    method,
    port: server.port,
    path: server.paths[method],
    bodyBytes: method === 'PUT' ? load.valueBytes : 0,
    seconds,
    expect: method === 'PUT' ? { statuses: [200, 201] } : { statuses: [200], bodyBytes: load.valueBytes },
    serverPids: pids,
  });
  return {
    pids,
    fill: async (load) => void (await generator.ask(job(load, 'PUT', undefined))),
    measure: (load, seconds) => generator.ask(job(load, load.method, seconds)),
    async [Symbol.asyncDispose]() {
      for (const process of server.processes) await process.stop(stopGraceMs);
    },
  };
}

/** Starts a program of ours that says `{"port":N}` in its first line of output. */
async function startServer(stage: Stage, name: string, line: readonly string[]): Promise<Contender> {
  const logFile = join(stage.workFolder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const started = await startPinned([process.execPath, ...line], {
    ...stage,
    side: 'server',
    stdio: ['ignore', 'pipe', log],
    what: name,
  }).finally(() => closeSync(log));
  const lines = createInterface({ input: started.child.stdout as Readable });
  const first = new Promise<string>((resolve) => lines.once('line', resolve));
  const ended = started.exited.then(() => undefined);
  const ready = await within(startTimeoutMs, Promise.race([first, ended]), undefined);
  if (ready === undefined) {
    await started.kill();
    throw new Error(`${name} did not start:\n${lastLines(logFile, 5).join('\n')}`);
  }
  const { port } = JSON.parse(ready) as { readonly port: number };
  return httpContender(stage, { port, processes: [started], paths: { GET: resourcePath, PUT: resourcePath } });
}

/** A constant answer: the ceiling of what a server on this platform can give. */
export function bareServer(title: string, platform: 'http' | 'fastify'): ContenderKind {
  const program = fileURLToPath(new URL('bare-server.ts', import.meta.url));
  return { title, absence: present, start: (stage, name) => startServer(stage, name, [program, platform]) };
}

export function commander(title: string, backend: 'lmdb' | 'memory'): ContenderKind {
  return {
    title,
    absence: present,
    async start(stage, name) {
      const data = join(stage.workFolder, name);
      mkdirSync(data, { recursive: true });
      const entry = join(packageRoot, 'server', 'bin.mjs');
      const place = ['--backend', backend, '--data', data, '--host', '127.0.0.1', '--port', '0'];
      return startServer(stage, name, [entry, 'serve', ...place, '--ready-json', '--log-level', 'warn']);
    },
  };
}

/** One append and one flush for each operation: what a durable write costs a program that does not share flushes. */
export const flushFloor: ContenderKind = {
  title: 'append + fdatasync, one by one',
  absence: present,
  async start(stage, name) {
    const program = new URL('flush-floor.ts', import.meta.url);
    const worker = await startWorker<FlushJob, Round>(program, { ...stage, side: 'server' });
    return {
      pids: [worker.pid],
      fill: async () => undefined,
      measure: ({ valueBytes }, seconds) =>
        worker.ask({ file: join(stage.workFolder, `${name}.floor`), bytes: valueBytes, seconds }),
      [Symbol.asyncDispose]: () => worker[Symbol.asyncDispose](),
    };
  },
};
