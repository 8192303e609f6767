import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A cgroup with a bound on memory, swap included. */
export interface MemoryCell extends AsyncDisposable {
  /** What a shell runs to enter it. */
  readonly enter: string;
  /** Processes of it that the kernel has killed for want of memory. */
  killed(): number;
}

interface Version {
  readonly root: string;
  readonly limits: readonly string[];
  readonly events: string;
}

const versions: readonly Version[] = [
  {
    root: '/sys/fs/cgroup/memory',
    limits: ['memory.limit_in_bytes', 'memory.memsw.limit_in_bytes'],
    events: 'memory.oom_control',
  },
  { root: '/sys/fs/cgroup', limits: ['memory.max', 'memory.swap.max'], events: 'memory.events' },
];

let cells = 0;

/** Why no cell can be made here; undefined when one can. */
export function whyNoMemoryCell(): string | undefined {
  try {
    const { folder } = makeFolder();
    rmdirSync(folder);
    return undefined;
  } catch (error) {
    return `no cgroup with a memory limit can be made here: ${error instanceof Error ? error.message : error}`;
  }
}

export function openMemoryCell(limitBytes: number): MemoryCell {
  const { folder, version } = makeFolder();
  const [memory = '', withSwap = ''] = version.limits;
  writeFileSync(join(folder, memory), String(limitBytes));
  // Of the second version it is a bound on swap alone. A kernel that does not count swap has no such file.
  const swap = version.root.endsWith('memory') ? limitBytes : 0;
  if (existsSync(join(folder, withSwap))) writeFileSync(join(folder, withSwap), String(swap));
  return {
    enter: `echo $$ > ${join(folder, 'cgroup.procs')}`,
    killed: () => Number(/oom_kill (\d+)/.exec(readFileSync(join(folder, version.events), 'utf8'))?.[1]),
    [Symbol.asyncDispose]: async () => {
      // The kernel takes a moment to let a process go that has ended.
      for (let left = 50; left > 0; left -= 1) {
        try {
          rmdirSync(folder);
          return;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
      }
      rmdirSync(folder);
    },
  };
}

function makeFolder(): { readonly folder: string; readonly version: Version } {
  const version = versions.find(({ root }) => existsSync(join(root, 'cgroup.procs')));
  if (version === undefined) throw new Error('there is no cgroup file system');
  cells += 1;
  const folder = join(version.root, `commander-test-${process.pid}-${cells}-${Date.now()}`);
  mkdirSync(folder);
  if (existsSync(join(folder, version.limits[0] ?? ''))) return { folder, version };
  rmdirSync(folder);
  throw new Error('the memory controller is not delegated');
}
