/**
 * strace as a means: it attaches to living processes, tampers with one of their system calls (strace(1), --inject) and
 * lets them go unharmed. It counts calls in each thread by itself. It cannot filter by seccomp where it attaches, so
 * every call stops twice while it is there: it comes when the fault begins and goes when it heals.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Probe } from '../../reports/schema.ts';
import type { DiskCall } from '../../suites/fault.ts';
import type { Environment } from '../environment.ts';
import type { Ledger } from '../ledger.ts';
import { findProgram, firstLine } from '../programs.ts';
import { startTracked } from '../tracked-process.ts';
import { waitFor, within } from '../wait.ts';

export interface Tracer {
  /** Lines that show a call which was tampered with. */
  readonly struck: number;
  /** Lines that show the call, whatever became of it. */
  readonly calls: number;
  /** The last line that shows one which was tampered with, or that it ended a process. */
  readonly witness: string | undefined;
  /** Whether a signal of its own ended a process. */
  readonly killed: boolean;
  /** Lets the processes go; resolves when it has ended. A traced process is wholly dead only then. */
  detach(): Promise<void>;
}

export interface TracerOptions {
  readonly pids: readonly number[];
  readonly call: DiskCall;
  /** What is done to the call, as strace takes it: `error=EIO`, `delay_enter=50000`. */
  readonly tampering: string;
  readonly ledger: Ledger;
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

const attachTimeoutMs = 10_000;
const detachGraceMs = 5_000;
/** After SIGKILL of all that it traced there is nothing to let go of; now and then strace waits for it for ever. */
const deadGraceMs = 200;

/** Resolves once it is attached to every process that is still there. Lets go by itself when the signal aborts. */
export async function attachTracer(options: TracerOptions): Promise<Tracer> {
  const { pids, call, tampering, ledger, environment, signal } = options;
  const program = findProgram('strace', environment);
  if (program === undefined) throw new Error('strace is not on PATH');
  const tracked = await startTracked({
    command: program,
    arguments: ['-f', `--trace=${call}`, `--inject=${call}:${tampering}`, ...pids.flatMap((pid) => ['-p', `${pid}`])],
    environment: { PATH: environment.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
    ledger,
    what: `strace on process ${pids.join(', ')}`,
  });
  const seen = readTrace(tracked.child.stderr, call);
  const detach = async (): Promise<void> => void (await tracked.stop(seen.killed ? deadGraceMs : detachGraceMs));
  const onAbort = (): void => void detach();
  signal.addEventListener('abort', onAbort, { once: true });
  void tracked.exited.then(() => signal.removeEventListener('abort', onAbort));
  const attached = async (): Promise<boolean | undefined> => {
    if (seen.attached.size > 0 && pids.every((pid) => seen.attached.has(pid) || seen.gone.has(pid))) return true;
    return tracked.exit === undefined ? undefined : false;
  };
  try {
    const wait = { timeoutMs: attachTimeoutMs, intervalMs: 10, signal };
    const ready = await waitFor(`strace to attach to process ${pids.join(', ')}`, attached, wait);
    if (!ready) throw new Error(`strace ended before it was attached: ${seen.complaints.join('; ')}`);
  } catch (error) {
    await detach();
    throw error;
  }
  return {
    get struck() {
      return seen.struck;
    },
    get calls() {
      return seen.calls;
    },
    get witness() {
      return seen.witness;
    },
    get killed() {
      return seen.killed;
    },
    async detach() {
      await detach();
      // Its last lines may still be in the pipe.
      await within(1000, seen.ended, undefined);
    },
  };
}

interface Trace {
  readonly attached: Set<number>;
  /** Ended before they could be traced: stores come and go with their workers. */
  readonly gone: Set<number>;
  /** What it says of itself beside the trace. */
  readonly complaints: string[];
  readonly ended: Promise<unknown>;
  struck: number;
  calls: number;
  witness: string | undefined;
  killed: boolean;
}

function readTrace(stderr: NodeJS.ReadableStream | null, call: DiskCall): Trace {
  if (stderr === null) throw new Error('strace has no standard error');
  const lines = createInterface({ input: stderr });
  const trace: Trace = {
    attached: new Set(),
    gone: new Set(),
    complaints: [],
    ended: once(lines, 'close'),
    struck: 0,
    calls: 0,
    witness: undefined,
    killed: false,
  };
  lines.on('line', (line) => readLine(line, call, trace));
  return trace;
}

/** Lines of a traced process are `[pid 7] fdatasync(22) = -1 EIO (Input/output error) (INJECTED)`. */
function readLine(line: string, call: DiskCall, trace: Trace): void {
  // It speaks of itself by the path that it was started by.
  const [, said] = /^(?:\S*\/)?strace: (.*)$/.exec(line) ?? [];
  const attached = /^Process (\d+) attached/.exec(said ?? '');
  const [, gone] = /^attach: ptrace\(\w+, (\d+)\): No such process/.exec(said ?? '') ?? [];
  if (gone !== undefined) trace.gone.add(Number(gone));
  if (attached !== null) trace.attached.add(Number(attached[1]));
  else if (said !== undefined) trace.complaints.push(said.slice(0, 300));
  if (line.includes(`${call}(`)) trace.calls += 1;
  const killed = line.includes('+++ killed by SIGKILL +++');
  if (line.includes('(INJECTED)') || line.includes('(DELAYED)')) trace.struck += 1;
  else if (!killed) return;
  trace.killed ||= killed;
  trace.witness = line.trim();
}

/** The process and all below it, as this machine sees them. */
export function processTree(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(processTree)];
}

/** Each thread has the processes that it has started (proc(5)). */
function childrenOf(pid: number): number[] {
  return readThreads(pid).flatMap((thread) =>
    readChildren(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function readThreads(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function readChildren(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

const rootMend = 'run as root, or allow it by `sysctl kernel.yama.ptrace_scope=0`';

/** Whether strace may attach to a process that the harness starts. */
export async function probeTracer(environment: Environment): Promise<Omit<Probe, 'name'>> {
  if (process.platform !== 'linux') {
    return { available: false, reason: 'strace is for Linux', mend: 'run the harness on Linux' };
  }
  const program = findProgram('strace', environment);
  if (program === undefined) {
    return { available: false, reason: 'strace is not on PATH', mend: 'install strace (apt-get install strace)' };
  }
  const version = await firstLine(program, ['--version']).catch(() => program);
  const complaint = await tryToAttach(program);
  if (complaint !== undefined) return { available: false, reason: complaint, mend: rootMend };
  return { available: true, reason: version, mend: null };
}

/** What strace complains of when it attaches to a child of this process; undefined when it does not. */
async function tryToAttach(program: string): Promise<string | undefined> {
  // A child that ends by itself and with its standard input, which is ours.
  const victim = spawn('cat', { stdio: ['pipe', 'ignore', 'ignore'] });
  try {
    await once(victim, 'spawn');
    const tracer = spawn(program, ['-f', '--inject=fdatasync:error=EIO', '-p', `${victim.pid}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const lines = createInterface({ input: tracer.stderr });
    const first = await within(5000, Promise.race([once(lines, 'line'), once(tracer, 'exit')]), ['no answer in 5 s']);
    tracer.kill('SIGTERM');
    const said = String(first[0]);
    return /attached/.test(said) ? undefined : said;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    victim.kill('SIGKILL');
  }
}
