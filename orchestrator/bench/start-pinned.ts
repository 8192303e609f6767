/** Processes on a core of their own: the server's on one, the generator's on another. */

import type { StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Environment } from '../environment.ts';
import type { Ledger } from '../ledger.ts';
import { findProgram } from '../programs.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { startTracked } from '../tracked-process.ts';

export type Side = 'server' | 'generator';

export type Pinning =
  | { readonly kind: 'pinned'; readonly taskset: string; readonly cores: Readonly<Record<Side, number>> }
  | { readonly kind: 'unpinned'; readonly reason: string };

/** What every process of a run is started with. */
export interface Launch {
  readonly ledger: Ledger;
  readonly environment: Environment;
  readonly pinning: Pinning;
}

/** What a process may take to end after SIGTERM. */
export const stopGraceMs = 5_000;

/** `0-2,5` in proc(5)'s status file -> 0, 1, 2, 5 */
function allowedCores(): readonly number[] {
  let status: string;
  try {
    status = readFileSync('/proc/self/status', 'utf8');
  } catch {
    return [];
  }
  const list = /^Cpus_allowed_list:\s*(\S+)/m.exec(status)?.[1] ?? '';
  return list.split(',').flatMap((range) => {
    const [from = Number.NaN, to = from] = range.split('-').map(Number);
    return Number.isInteger(from) ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [];
  });
}

/** The first two cores that this process may use. */
export function choosePinning(environment: Environment): Pinning {
  const taskset = findProgram('taskset', environment);
  if (taskset === undefined) return { kind: 'unpinned', reason: 'taskset is not on PATH' };
  const [server, generator] = allowedCores();
  if (server === undefined || generator === undefined) {
    return { kind: 'unpinned', reason: 'there are no two cores for server and generator' };
  }
  return { kind: 'pinned', taskset, cores: { server, generator } };
}

export interface PinnedOptions extends Launch {
  readonly side: Side;
  readonly stdio: StdioOptions;
  readonly what: string;
}

/** taskset becomes the program that it starts, so the pid is the program's own. */
export function startPinned(line: readonly string[], options: PinnedOptions): Promise<TrackedProcess> {
  const { pinning, side, environment, stdio, ledger, what } = options;
  const pin = pinning.kind === 'pinned' ? [pinning.taskset, '-c', String(pinning.cores[side])] : [];
  const [command = '', ...args] = [...pin, ...line];
  return startTracked({ command, arguments: args, environment, stdio, ledger, what: `bench: ${what}` });
}
