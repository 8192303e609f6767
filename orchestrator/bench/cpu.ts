/** Processor time and memory, as Linux tells it in /proc; elsewhere they are null. */

import { readFileSync } from 'node:fs';

/** /proc counts in USER_HZ, which is 100 on every Linux that Node supports (proc(5)). */
const msPerTick = 10;

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Processor time of all threads of these processes so far, user and system. */
export function processCpuMs(pids: readonly number[]): number | null {
  let ticks = 0;
  for (const pid of pids) {
    const stat = readText(`/proc/${pid}/stat`);
    if (stat === undefined) return null;
    // utime and stime are fields 14 and 15; the name in parentheses is field 2 and may hold spaces.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * msPerTick;
}

/** Memory that no file stands behind, in bytes: what a small machine has to find (proc(5), RssAnon). */
export function anonymousBytes(pids: readonly number[]): number | null {
  let kilobytes = 0;
  for (const pid of pids) {
    const found = /^RssAnon:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1];
    if (found === undefined) return null;
    kilobytes += Number(found);
  }
  return kilobytes * 1024;
}

/** What the core has spent on anything at all, time stolen by the hypervisor included. */
export function coreBusyMs(core: number): number | null {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readText('/proc/stat') ?? '')?.[1];
  if (line === undefined) return null;
  const [user = 0, nice = 0, system = 0, _idle, _iowait, irq = 0, softirq = 0, steal = 0] = line.split(' ').map(Number);
  return (user + nice + system + irq + softirq + steal) * msPerTick;
}
