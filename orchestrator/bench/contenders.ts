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

type Method = LoadJob['method'];

/** What is asked for in a ladder; the same for each of its rungs. */
export interface Load {
  readonly method: Method;
  readonly connections: number;
  readonly valueBytes: number;
  readonly keys: number;
  /** What a rung holds that is about a large collection. */
  readonly manyKeys: number;
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
export type Paths = Readonly<Record<'GET' | 'PUT', string>> & { readonly POST?: string };

const startTimeoutMs = 30_000;
const collectionPath = '/api/v1/kv/bench/values';
const resourcePath = `${collectionPath}/{key}`;
const pagePath = `${collectionPath}?limit=100&after={key}`;
/** Many keys are written by many connections: they share flushes. */
const fillConnections = 64;
const present = (): undefined => undefined;

interface HttpServer {
  readonly port: number;
  readonly processes: readonly TrackedProcess[];
  readonly paths: Paths;
  /** Default: what GET of a value answers, 200 with as many bytes. */
  readonly pages?: boolean;
  /** What it is measured with, where that is not the method of the ladder. */
  readonly method?: Method;
  /** Sets in one POST of a batch. */
  readonly batchOf?: number;
  /** Processes that the server stands on; they end with it. */
  readonly beside?: readonly TrackedProcess[];
  /** Keys that are written, where these are not those of the load. */
  readonly keysOf?: (load: Load) => number;
}

/** Processes that answer HTTP on a port, measured by the generator. */
export function httpContender(stage: Stage, server: HttpServer): Contender {
  const { generator } = stage;
  const pids = server.processes.map(({ pid }) => pid);
  const expectationOf = (method: Method, { valueBytes }: Load): LoadJob['expect'] => {
    if (method === 'PUT') return { statuses: [200, 201] };
    return method === 'POST' || server.pages === true
      ? { statuses: [200] }
      : { statuses: [200], bodyBytes: valueBytes };
  };
  const job = (load: Load, method: Method, seconds: number | undefined): LoadJob => ({
    ...load,
    method,
    port: server.port,
    path: server.paths[method] ?? '',
    bodyBytes: method === 'GET' ? 0 : load.valueBytes,
    batchOf: method === 'POST' ? (server.batchOf ?? 1) : undefined,
    seconds,
    expect: expectationOf(method, load),
    serverPids: pids,
  });
  const { keysOf = ({ keys }: Load) => keys } = server;
  return {
    pids,
    async fill(load) {
      const filling = { ...load, keys: keysOf(load), connections: Math.max(load.connections, fillConnections) };
      await generator.ask(job(filling, 'PUT', undefined));
    },
    measure: (load, seconds) => generator.ask(job(load, server.method ?? load.method, seconds)),
    async [Symbol.asyncDispose]() {
      for (const process of server.processes) await process.stop(stopGraceMs);
    },
  };
}

/** Starts a program of ours that says `{"port":N}` in its first line of output. */
export async function startServer(
  stage: Stage,
  name: string,
  { line, beside = [], ...use }: { readonly line: readonly string[] } & Partial<HttpServer>,
): Promise<Contender> {
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
  return httpContender(stage, {
    paths: { GET: resourcePath, PUT: resourcePath },
    ...use,
    port,
    processes: [started, ...beside],
  });
}

/** Its arguments: the platform, and a port or nothing for a free one. */
export const bareProgram = fileURLToPath(new URL('bare-server.ts', import.meta.url));

/** A constant answer: the ceiling of what a server on this platform can give. */
export function bareServer(title: string, platform: 'http' | 'fastify'): ContenderKind {
  return {
    title,
    absence: present,
    start: (stage, name) => startServer(stage, name, { line: [bareProgram, platform] }),
  };
}

/** Pages of a collection, from anywhere in it, in the place of single values. */
export function commanderPages(title: string, keysOf: (load: Load) => number): ContenderKind {
  return commander(title, 'lmdb', { paths: { GET: pagePath, PUT: resourcePath }, pages: true, keysOf });
}

/** Batches of sets in the place of single writes; what is counted is the sets. */
export function commanderBatches(title: string, batchOf: number): ContenderKind {
  const paths = { GET: resourcePath, PUT: resourcePath, POST: '/api/v1/kv/batch' };
  return commander(title, 'lmdb', { paths, batchOf });
}

const entry = [join(packageRoot, 'server', 'bin.mjs')];

/** What stands behind the node program. */
export function commanderLine(store: readonly string[], program: readonly string[] = entry): readonly string[] {
  return [...program, 'serve', ...store, '--host', '127.0.0.1', '--port', '0', '--ready-json', '--log-level', 'warn'];
}

/** The server with every read answered from one record in memory: what a route costs without its store. */
export function commanderWithoutStore(title: string): ContenderKind {
  const program = join(packageRoot, 'suites', 'defects', 'serve.ts');
  return commander(title, 'memory', {}, [program, 'cache-has-one-entry']);
}

export function commander(
  title: string,
  backend: 'lmdb' | 'memory',
  use: Pick<Partial<HttpServer>, 'paths' | 'pages' | 'method' | 'batchOf' | 'keysOf'> = {},
  program?: readonly string[],
): ContenderKind {
  return {
    title,
    absence: present,
    async start(stage, name) {
      const data = join(stage.workFolder, name);
      mkdirSync(data, { recursive: true });
      return startServer(stage, name, { ...use, line: commanderLine(['--backend', backend, '--data', data], program) });
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
