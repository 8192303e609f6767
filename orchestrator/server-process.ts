/** The server under test as a process: started through its command line, never imported. */

import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { ServerHandle } from '../suites/suite.ts';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import { lastLines } from './log-file.ts';
import type { MemoryCell } from './memory-cell.ts';
import { createMemorySampler } from './metrics.ts';
import { packageRoot } from './package-root.ts';
import type { ServerSettings } from './providers/engines/engine.ts';
import type { Exit, TrackedProcess } from './tracked-process.ts';
import { describeExit, startTracked } from './tracked-process.ts';
import { waitFor, within } from './wait.ts';

export interface ServerOptions {
  readonly backend: string;
  /** Which part of the store it uses. */
  readonly settings: ServerSettings;
  /** Further command-line flags. */
  readonly flags: readonly string[];
  readonly dataFolder: string;
  /** Command and arguments that stand before Node's; they must become it, not start it. */
  readonly enter?: readonly string[];
  readonly credentialsFile?: string | undefined;
  readonly logFile: string;
  readonly ledger: Ledger;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Told at every start where the server listens, before anything else is asked of it. */
  readonly listening?: (url: string) => Promise<void>;
  /** Another program than the server, with what comes before its flags: one that has a defect. */
  readonly program?: readonly string[];
  /** A tracer will count its calls, which it does in each thread by itself: one thread writes. */
  readonly traced?: boolean | undefined;
  /** It is started inside. */
  readonly cell?: MemoryCell | undefined;
}

/** A death that nobody asked for. */
export interface Death {
  readonly exit: Exit;
  readonly lastLogLines: readonly string[];
}

export interface ServerProcess extends AsyncDisposable {
  readonly handle: ServerHandle;
  /** How often it has died unasked. */
  readonly deaths: readonly Death[];
  readonly running: boolean;
  /** Until the result is called, its death is none of `deaths`: a fault may end it. The result says how it did. */
  excuseDeath(): () => Exit | undefined;
  /** Begins a window for `handle.peakRssBytes()`; the result reads the peak of this window alone. */
  watchMemory(exclusive: boolean): () => number;
}

const readyTimeoutMs = 30_000;
const stopGraceMs = 15_000;

/** What a server must not inherit: settings of its own kind that the user has in the environment. */
function cleanEnvironment({ environment, settings, traced }: ServerOptions): Environment {
  const kept = Object.entries(environment).filter(([name]) => !/^(COMMANDER|ORCHESTRATOR)_/.test(name));
  const threads = traced === true ? { UV_THREADPOOL_SIZE: '1' } : {};
  return { ...Object.fromEntries(kept), ...settings.environment, ...threads };
}

interface ReadyLine {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
}

/** The first line of standard output, which says where the server listens. Rejects when it ends before. */
async function readReadyLine(started: TrackedProcess, options: ServerOptions): Promise<ReadyLine> {
  const lines = createInterface({ input: started.child.stdout as Readable });
  const first = new Promise<string>((resolve) => lines.once('line', resolve));
  const ended = started.exited.then((exit) => exit);
  const late = { late: true } as const;
  const came = await within(readyTimeoutMs, Promise.race([first, ended]), late);
  lines.close();
  started.child.stdout?.resume();
  if (typeof came === 'string') return JSON.parse(came) as ReadyLine;
  const log = lastLines(options.logFile, 5).join('\n');
  if ('late' in came) throw new Error(`the server did not say that it is ready within ${readyTimeoutMs} ms\n${log}`);
  throw new Error(`the server ended before it was ready (${describeExit(came)})\n${log}`);
}

async function launch(options: ServerOptions, port: number): Promise<{ started: TrackedProcess; ready: ReadyLine }> {
  const program = options.program ?? [join(packageRoot, 'server', 'bin.mjs')];
  const place = ['--backend', options.backend, '--data', options.dataFolder, '--host', '127.0.0.1'];
  const log = openSync(options.logFile, 'a');
  let started: TrackedProcess;
  try {
    const node = [
      process.execPath,
      ...(options.settings.nodeFlags ?? []),
      ...(options.nodeFlags ?? []),
      ...[...program, 'serve', ...place, '--port', String(port), '--testing', '--ready-json'],
      ...options.settings.flags,
      ...(options.credentialsFile === undefined ? [] : ['--credentials-file', options.credentialsFile]),
      ...options.flags,
    ];
    const [command = process.execPath, ...args] = [...(options.enter ?? []), ...node];
    const server = { command, arguments: args };
    started = await startTracked({
      ...(options.cell?.inside(server) ?? server),
      environment: cleanEnvironment(options),
      stdio: ['ignore', 'pipe', log],
      ledger: options.ledger,
      what: `server on ${options.backend}`,
    });
  } finally {
    closeSync(log);
  }
  try {
    const ready = await readReadyLine(started, options);
    // Signals go to the child: behind a wrapper they would not reach the server.
    if (ready.pid !== started.pid) throw new Error(`started process ${started.pid}, but ${ready.pid} says it is ready`);
    await options.listening?.(ready.url);
    return { started, ready };
  } catch (error) {
    await started.kill();
    throw error;
  }
}

/** The server listens before its store answers; cases begin once it says that it is ready. */
async function waitUntilReady(url: string, started: TrackedProcess, signal: AbortSignal): Promise<void> {
  const look = async (): Promise<boolean | undefined> => {
    if (started.exit !== undefined) return false;
    const answer = await fetch(`${url}/health/ready`, { headers: { connection: 'close' }, signal });
    const text = await answer.text();
    if (answer.status === 200) return true;
    throw new Error(`${answer.status} ${text.slice(0, 300)}`);
  };
  const ready = await waitFor('/health/ready to answer 200', look, { timeoutMs: readyTimeoutMs, signal });
  if (!ready) throw new Error('the server ended before it was ready');
}

/** Starts a server and waits until its store answers. Rejects with the end of its log when that does not happen. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  let current = await launch(options, 0);
  let askedToEnd = false;
  const deaths: Death[] = [];
  /** Called with deaths that are excused. */
  let excused: ((exit: Exit) => void) | undefined;
  const memory = createMemorySampler(current.ready.pid);
  let windowStart = memory.mark(false);

  const follow = ({ started }: { started: TrackedProcess }): void => {
    void started.exited.then((exit) => {
      if (askedToEnd) return;
      if (excused !== undefined) excused(exit);
      else deaths.push({ exit, lastLogLines: lastLines(options.logFile, 20) });
    });
  };
  const end = async (how: (started: TrackedProcess) => Promise<Exit>): Promise<Exit> => {
    askedToEnd = true;
    return how(current.started);
  };
  const stop = (): Promise<Exit> => end((started) => started.stop(stopGraceMs));

  follow(current);
  try {
    await waitUntilReady(current.ready.url, current.started, options.signal);
  } catch (error) {
    memory.stop();
    await end((started) => started.kill());
    const log = lastLines(options.logFile, 3).join('\n');
    throw new Error(`${(error as Error).message}\n${log}`, { cause: error });
  }

  return {
    handle: {
      get baseUrl() {
        return current.ready.url;
      },
      get pid() {
        return current.ready.pid;
      },
      logFile: options.logFile,
      credentialsFile: options.credentialsFile,
      stop: async () => (await stop()).code,
      kill: async () => void (await end((started) => started.kill())),
      async restart() {
        await stop();
        current = await launch(options, 0);
        askedToEnd = false;
        excused = undefined;
        memory.follow(current.ready.pid);
        follow(current);
        await waitUntilReady(current.ready.url, current.started, options.signal);
      },
      peakRssBytes: () => memory.peakSince(windowStart),
    },
    deaths,
    get running() {
      return current.started.exit === undefined;
    },
    excuseDeath() {
      let ended: Exit | undefined;
      const take = (exit: Exit): void => {
        ended = exit;
      };
      excused = take;
      return () => {
        if (excused === take) excused = undefined;
        return ended;
      };
    },
    watchMemory(exclusive) {
      const start = memory.mark(exclusive);
      windowStart = start;
      return () => memory.peakSince(start);
    },
    async [Symbol.asyncDispose]() {
      memory.stop();
      await stop();
    },
  };
}
