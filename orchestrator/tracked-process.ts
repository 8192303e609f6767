/** A child process that is in the ledger from before its start until after its death. */

import type { ChildProcess, StdioOptions } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import { identifyProcess, runMarker } from './process-identity.ts';
import { within } from './wait.ts';

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `signal ${exit.signal}`;
}

export interface TrackedProcess {
  readonly pid: number;
  readonly child: ChildProcess;
  /** Undefined while it lives. */
  readonly exit: Exit | undefined;
  /** Resolves when it has ended, however. */
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL once `graceMs` have passed; resolves at the death. */
  stop(graceMs: number): Promise<Exit>;
  /** SIGKILL; resolves at the death. */
  kill(): Promise<Exit>;
}

export interface TrackedProcessOptions {
  readonly command: string;
  readonly arguments: readonly string[];
  readonly environment: Environment;
  readonly stdio: StdioOptions;
  readonly ledger: Ledger;
  /** For people who read the ledger. */
  readonly what: string;
}

/**
 * The process gets a group of its own, so that Ctrl-C in a terminal reaches the runner alone, which then ends its
 * children in order. Rejects when the program cannot be started.
 */
export async function startTracked(options: TrackedProcessOptions): Promise<TrackedProcess> {
  const { ledger, what } = options;
  const leaveIntent = ledger.enter({ kind: 'process', what, identity: null });
  const child = spawn(options.command, options.arguments, {
    detached: true,
    stdio: options.stdio,
    env: { ...options.environment, [runMarker]: ledger.id },
  });
  const pid = child.pid;
  if (pid === undefined) {
    leaveIntent();
    const [error] = (await once(child, 'error')) as [Error];
    throw new Error(`${options.command} did not start: ${error.message}`, { cause: error });
  }
  const leave = ledger.enter({ kind: 'process', what, identity: identifyProcess(pid) ?? null });
  leaveIntent();

  let exit: Exit | undefined;
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      exit = { code, signal };
      leave();
      resolve(exit);
    });
  });
  // Sent by the child object: it knows when the pid is no longer its own.
  const kill = async (): Promise<Exit> => {
    if (exit === undefined) child.kill('SIGKILL');
    return exited;
  };
  return {
    pid,
    child,
    get exit() {
      return exit;
    },
    exited,
    kill,
    async stop(graceMs) {
      if (exit === undefined) child.kill('SIGTERM');
      return (await within(graceMs, exited, undefined)) ?? kill();
    },
  };
}
