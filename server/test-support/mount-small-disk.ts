import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Why this process cannot mount a file system; undefined when it can try. */
export const noMount = process.getuid?.() === 0 ? undefined : 'only root may mount a file system';

/** A file system of so many megabytes in memory, at a path that is made; undefined where none can be mounted. */
export function mountSmallDisk(path: string, megabytes: number): Disposable | undefined {
  mkdirSync(path);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path]);
  if (mounted.status !== 0) return undefined;
  return { [Symbol.dispose]: () => void spawnSync('umount', ['-l', path]) };
}
