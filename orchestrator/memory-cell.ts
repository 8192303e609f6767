/**
 * A limit to the memory of a process, swap included, kept by the kernel: a control group of version 1 or 2. The process
 * enters it before it becomes the program, so that not a byte is counted elsewhere and the pid is the program's.
 */

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Probe } from '../reports/schema.ts';
import type { Ledger } from './ledger.ts';
import type { MemoryUse } from './providers/provider.ts';
import { waitFor } from './wait.ts';

export interface Program {
  readonly command: string;
  readonly arguments: readonly string[];
}

export interface MemoryCell extends AsyncDisposable {
  readonly path: string;
  /** The command that starts the program inside. */
  inside(program: Program): Program;
  /** Whether that process is in it. */
  holds(pid: number): boolean;
  use(): MemoryUse;
}

/** Where cells can be made. */
export interface CellParent {
  readonly path: string;
  readonly version: 1 | 2;
}

const removeTimeoutMs = 5_000;
const trialBytes = 64_000_000;

/** Files of a group, by version (Documentation/admin-guide/cgroup-v1/memory.rst, cgroup-v2.rst). */
const files = {
  1: {
    limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
    peaks: ['memory.max_usage_in_bytes'],
    kills: ['memory.oom_control', /^oom_kill (\d+)$/m],
  },
  2: {
    limits: ['memory.max'],
    // The first since Linux 5.19; the second is only what is used now.
    peaks: ['memory.peak', 'memory.current'],
    kills: ['memory.events', /^oom_kill (\d+)$/m],
  },
} as const;

let made = 0;

/** Throws where `probeMemoryCell` says that there is none. Disposing it removes it, once its processes are gone. */
export function openMemoryCell(
  limitBytes: number,
  ledger: Pick<Ledger, 'id' | 'enter'>,
  parent = findCellParent(),
): MemoryCell {
  if (parent === undefined) throw new Error('no control group of memory can be made here');
  const { version } = parent;
  made += 1;
  const path = join(parent.path, `commander-${ledger.id}-${process.pid}-${made}`);
  const leave = ledger.enter({ kind: 'cgroup', path });
  mkdirSync(path);
  const read = (file: string): string => readFileSync(join(path, file), 'utf8').trim();
  const [limitFile, ...more] = files[version].limits;
  try {
    writeFileSync(join(path, limitFile), String(limitBytes));
    for (const file of more) writeOptional(join(path, file), String(limitBytes));
    if (version === 2) writeOptional(join(path, 'memory.swap.max'), '0');
  } catch (error) {
    rmdirSync(path);
    leave();
    throw error;
  }
  return {
    path,
    inside: (program) => ({
      command: '/bin/sh',
      arguments: [
        '-c',
        'echo $$ > "$0" && exec "$@"',
        join(path, 'cgroup.procs'),
        program.command,
        ...program.arguments,
      ],
    }),
    holds: (pid) => read('cgroup.procs').split('\n').includes(String(pid)),
    use() {
      const [killFile, pattern] = files[version].kills;
      return {
        limitBytes: Number(read(limitFile)),
        peakBytes: Number(read(files[version].peaks.find((file) => existsSync(join(path, file))) ?? '')),
        kills: Number(pattern.exec(read(killFile))?.[1] ?? 0),
      };
    },
    async [Symbol.asyncDispose]() {
      await removeCell(path);
      leave();
    },
  };
}

/** Kernels without accounting of swap have no such file; then there is no swap to hide in either, or no limit to it. */
function writeOptional(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    if (!['ENOENT', 'EACCES'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

/** The kernel lets go of a group a moment after the death of its last process. */
export async function removeCell(path: string): Promise<void> {
  const remove = async (): Promise<true> => {
    try {
      rmdirSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    return true;
  };
  await waitFor(`the control group ${path} to be empty`, remove, { timeoutMs: removeTimeoutMs, intervalMs: 20 });
}

const cellMend =
  'run as root, or under a group of your own that takes controllers of memory: `systemd-run --user --scope -p Delegate=yes`';

/** Whether a process can be started in a cell: one is made, entered and removed. */
export async function probeMemoryCell(): Promise<Omit<Probe, 'name'>> {
  const parent = findCellParent();
  if (parent === undefined) {
    return { available: false, reason: 'no control group of memory can be made below our own', mend: cellMend };
  }
  const unrecorded: Pick<Ledger, 'id' | 'enter'> = { id: 'probe', enter: () => () => undefined };
  try {
    await using cell = openMemoryCell(trialBytes, unrecorded, parent);
    const trial = cell.inside({ command: '/bin/sh', arguments: ['-c', 'exit 0'] });
    await promisify(execFile)(trial.command, trial.arguments, { timeout: 5_000 });
    return { available: true, reason: `control groups, version ${parent.version}, below ${parent.path}`, mend: null };
  } catch (error) {
    return { available: false, reason: error instanceof Error ? error.message : String(error), mend: cellMend };
  }
}

/** The nearest group to our own in which groups with a limit to memory can be made; undefined where there is none. */
export function findCellParent(root = '/sys/fs/cgroup', self = '/proc/self/cgroup'): CellParent | undefined {
  const lines = readText(self).split('\n');
  const of = (pattern: RegExp): string | undefined => lines.flatMap((line) => pattern.exec(line)?.[1] ?? [])[0];
  const first = of(/^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/);
  if (first !== undefined) return nearest(join(root, 'memory'), first, 1);
  const second = of(/^0::(.*)$/);
  return second === undefined ? undefined : nearest(root, second, 2);
}

function nearest(root: string, own: string, version: 1 | 2): CellParent | undefined {
  // Of version 2 our own group holds processes, so that its children cannot have controllers: it begins above.
  for (let path = version === 1 ? join(root, own) : dirname(join(root, own)); ; path = dirname(path)) {
    if (takesCells(path, version)) return { path, version };
    if (path === root || !path.startsWith(root)) return undefined;
  }
}

function takesCells(path: string, version: 1 | 2): boolean {
  if (version === 2 && !readText(join(path, 'cgroup.subtree_control')).split(/\s+/).includes('memory')) return false;
  const trial = join(path, `commander-trial-${process.pid}`);
  try {
    mkdirSync(trial);
    const [limit] = files[version].limits;
    readFileSync(join(trial, limit));
    return true;
  } catch {
    return false;
  } finally {
    try {
      rmdirSync(trial);
    } catch {
      // It was never made.
    }
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
