/**
 * A pid alone does not name a process: numbers are used again. The start time in clock ticks since boot does
 * (proc(5), /proc/pid/stat field 22), together with the boot id.
 */

import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessIdentity {
  readonly pid: number;
  /** What the system says of its start; the same for as long as it lives. */
  readonly startTime: string;
}

/** The variable that every process of a run carries; its value is the run's id. */
export const runMarker = 'KV_HARNESS_RUN';

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

const hasProc = readText('/proc/self/stat') !== undefined;

function identityFromPs(pid: number): ProcessIdentity | undefined {
  const said = spawnSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', timeout: 5000 });
  const [state, ...started] = (said.stdout ?? '').trim().split(/\s+/);
  if (state === undefined || state === '' || state.startsWith('Z')) return undefined;
  return { pid, startTime: started.join(' ') };
}

/** Undefined when there is no such process, or only its exit status is left. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (!hasProc) return identityFromPs(pid);
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  // The name in parentheses may hold spaces and parentheses: the fields begin behind the last one.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  const startTime = fields[19];
  if (startTime === undefined || state === 'Z' || state === 'X') return undefined;
  return { pid, startTime };
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime;
}

/** Changes with every boot; null where the system does not tell. */
export function readBootId(): string | null {
  return readText('/proc/sys/kernel/random/boot_id')?.trim() ?? null;
}

/** Living processes that carry the marker of the run, found by their environment; empty where there is no /proc. */
export function processesOfRun(runId: string): ProcessIdentity[] {
  if (!hasProc) return [];
  const wanted = `${runMarker}=${runId}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => readText(`/proc/${name}/environ`)?.split('\0').includes(wanted) === true)
    .flatMap((name) => identifyProcess(Number(name)) ?? []);
}

/** Sends the signal to that process and no other. False when it is gone or not ours. */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isAlive(identity)) return false;
  try {
    return process.kill(identity.pid, signal);
  } catch {
    return false;
  }
}
