import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

export interface ServerExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface FinishedServer extends ServerExit {
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnedServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** What stdout held when the server got ready. */
  readonly readyOutput: string;
  /** What it has written to stderr so far. */
  log(): string;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<ServerExit>;
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

const bin = fileURLToPath(new URL('../bin.mjs', import.meta.url));
const startTimeoutMs = 15_000;

/** Starts `commander serve` on a free port and resolves when it is ready. */
export async function spawnServer(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<SpawnedServer> {
  return whenReady(startChild(serving(args), environment));
}

/** As `spawnServer`, in a shell that first runs `setUp`, such as a bound on itself, and with flags for Node. */
export async function spawnServerIn(
  { setUp, nodeFlags = [] }: { readonly setUp: string; readonly nodeFlags?: readonly string[] },
  args: readonly string[],
): Promise<SpawnedServer> {
  const command = [process.execPath, ...nodeFlags, bin, ...serving(args)];
  return whenReady(
    spawn('sh', ['-c', `${setUp} && exec "$@"`, 'sh', ...command], { env: {}, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
}

function serving(args: readonly string[]): readonly string[] {
  return ['serve', '--ready-json', '--port', '0', ...args];
}

async function whenReady(child: Child): Promise<SpawnedServer> {
  const output = collect(child);
  const exited = exitOf(child);
  const ready = new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Not ready in time: ${output.stderr()}`)), startTimeoutMs);
    child.stdout.on('data', () => output.stdout().includes('\n') && resolve());
    void exited.then(({ code }) => reject(new Error(`The server ended with ${code}: ${output.stderr()}`)));
    void exited.finally(() => clearTimeout(timer));
    child.stdout.once('data', () => clearTimeout(timer));
  });
  try {
    await ready;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const { url, port, pid } = JSON.parse(output.stdout()) as { url: string; port: number; pid: number };
  return {
    url,
    port,
    pid,
    readyOutput: output.stdout(),
    log: output.stderr,
    kill: (signal) => void child.kill(signal),
    exited,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs the command line until it ends by itself; one that does not is killed and rejects. */
export async function runCommander(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<FinishedServer> {
  const child = startChild(args, environment);
  const output = collect(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  const exit = await exitOf(child);
  clearTimeout(timer);
  if (exit.signal !== null) throw new Error(`commander ${args.join(' ')} did not end: ${output.stderr()}`);
  return { ...exit, stdout: output.stdout(), stderr: output.stderr() };
}

/** As `runCommander`, in a shell whose children may not make a file longer than nothing. */
export async function runWithoutRoom(args: readonly string[]): Promise<ServerExit> {
  const child = spawn('sh', ['-c', 'ulimit -f 0; exec "$@"', 'sh', process.execPath, bin, ...args], {
    env: {},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), startTimeoutMs);
  const exit = await exitOf(child);
  clearTimeout(timer);
  return exit;
}

function startChild(args: readonly string[], environment: Readonly<Record<string, string>>): Child {
  return spawn(process.execPath, [bin, ...args], { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
}

function collect(child: Child): { stdout(): string; stderr(): string } {
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  return { stdout: () => stdout, stderr: () => stderr };
}

function exitOf(child: Child): Promise<ServerExit> {
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal })));
}
