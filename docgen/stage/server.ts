/** A server as a reader starts it: by a command line, in a terminal of its own. Never imported. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { DocsError } from '../docs-error.ts';

export interface ServerProcess extends AsyncDisposable {
  /** Host and port it really listens on. */
  readonly address: string;
  /** Ctrl-C. Rejects with DocsError when it does not end with exit code 0. */
  interrupt(): Promise<void>;
}

export interface ServerOptions {
  readonly command: string;
  readonly folder: string;
  /** Makes the server write its ready line: COMMANDER_READY_JSON. */
  readonly environment: Readonly<Record<string, string>>;
  /** Aborts the wait for the ready line. */
  readonly signal: AbortSignal;
}

const readyTimeoutMs = 30_000;
const endTimeoutMs = 15_000;

/** Resolves once the server has written its ready line. Rejects with DocsError and what it said instead. */
export async function startServer(options: ServerOptions): Promise<ServerProcess> {
  const { command, signal } = options;
  const child = spawn('bash', ['-c', `exec env ${command}`], {
    cwd: options.folder,
    env: options.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, killedBy) => resolve(String(code ?? killedBy)));
  });
  const killGroup = (): void => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid, 'SIGKILL');
  };
  const failed = (how: string): DocsError => new DocsError(`\`${command}\` ${how}:\n${log}`);

  const lines = createInterface({ input: child.stdout });
  const settled = new AbortController();
  const waiting = AbortSignal.any([signal, settled.signal, AbortSignal.timeout(readyTimeoutMs)]);
  const firstLine = once(lines, 'line', { signal: waiting }).then(
    ([line]) => String(line),
    () => undefined,
  );
  const line = await Promise.race([firstLine, exited.then(() => undefined)]);
  settled.abort();
  if (line === undefined) {
    killGroup();
    throw failed('did not get ready');
  }
  const ready = readReadyLine(line);
  let ending: Promise<void> | undefined;

  const end = async (): Promise<void> => {
    // To the server itself: a wrapper such as npx may pass a signal on or not.
    process.kill(ready.pid, 'SIGINT');
    const late = setTimeout(killGroup, endTimeoutMs);
    const how = await exited;
    clearTimeout(late);
    if (how !== '0') throw failed(`ended with ${how}`);
  };
  const interrupt = (): Promise<void> => {
    ending ??= end();
    return ending;
  };
  return { address: ready.address, interrupt, [Symbol.asyncDispose]: interrupt };
}

function readReadyLine(line: string): { readonly address: string; readonly pid: number } {
  const ready: unknown = JSON.parse(line);
  if (typeof ready !== 'object' || ready === null || !('url' in ready) || !('pid' in ready)) {
    throw new DocsError(`This is no ready line: ${line}`);
  }
  return { address: new URL(String(ready.url)).host, pid: Number(ready.pid) };
}
