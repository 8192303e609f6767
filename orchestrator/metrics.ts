/** Resident memory of a process, sampled. */

import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

const sampleEveryMs = 100;

function statusKb(pid: number, field: 'VmRSS' | 'VmHWM'): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function psBytes(pid: number, use: (bytes: number) => void): void {
  execFile('ps', ['-o', 'rss=', '-p', String(pid)], (error, stdout) => {
    if (error === null) use(Number(stdout.trim()) * 1024);
  });
}

export interface MemorySampler {
  /** Largest resident memory in bytes since `mark` was taken; 0 where it cannot be read. */
  peakSince(mark: number): number;
  /** A point in time for `peakSince`; `exclusive` also restarts the kernel's own high-water mark. */
  mark(exclusive: boolean): number;
  /** Goes on with another process, after a restart. */
  follow(pid: number): void;
  stop(): void;
}

/**
 * Samples while something runs on the server. The kernel's high-water mark (proc(5): writing 5 to clear_refs resets
 * it) is exact, but belongs to the process: it counts only where one case has the server to itself.
 */
export function createMemorySampler(firstPid: number): MemorySampler {
  let pid = firstPid;
  const samples: { readonly at: number; readonly bytes: number }[] = [];
  let exclusiveSince: number | undefined;
  const linux = process.platform === 'linux';
  const add = (bytes: number): void => {
    if (bytes > 0) samples.push({ at: performance.now(), bytes });
  };
  const sample = (): void => {
    if (linux) add(statusKb(pid, exclusiveSince === undefined ? 'VmRSS' : 'VmHWM') * 1024);
    else psBytes(pid, add);
  };
  const timer = setInterval(sample, linux ? sampleEveryMs : sampleEveryMs * 10);
  timer.unref();
  return {
    mark(exclusive) {
      if (exclusive && linux) {
        try {
          writeFileSync(`/proc/${pid}/clear_refs`, '5');
          exclusiveSince = performance.now();
        } catch {
          exclusiveSince = undefined;
        }
      }
      const now = performance.now();
      sample();
      return now;
    },
    peakSince(mark) {
      sample();
      return samples.reduce((peak, { at, bytes }) => (at >= mark && bytes > peak ? bytes : peak), 0);
    },
    follow(nextPid) {
      pid = nextPid;
    },
    stop: () => clearInterval(timer),
  };
}
