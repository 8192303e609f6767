import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, statfsSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTemporaryFolder } from './temporary-folder.ts';

/** A small disk of its own. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  freeBytes(): number;
  /** Takes all that is left, as somebody else on the machine would. */
  fill(): void;
  /** Gives it back. */
  empty(): Promise<void>;
}

let reason: string | undefined | null = null;

/** Why no tmpfs can be mounted here; undefined when one can. */
export function whyNoMount(): string | undefined {
  if (reason !== null) return reason;
  try {
    const place = mkdtempSync(join(tmpdir(), 'commander-test-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', place], { stdio: 'pipe' });
    execFileSync('umount', [place]);
    rmdirSync(place);
    reason = undefined;
  } catch {
    reason = 'no tmpfs can be mounted here: it takes root';
  }
  return reason;
}

export async function mountTmpfs(megabytes: number): Promise<SmallDisk> {
  const folder = await createTemporaryFolder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder.path]);
  const ballast = join(folder.path, 'ballast');
  return {
    path: folder.path,
    freeBytes: () => {
      const { bavail, bsize } = statfsSync(folder.path);
      return bavail * bsize;
    },
    fill: () => fillWith(ballast),
    empty: () => rm(ballast, { force: true }),
    [Symbol.asyncDispose]: async () => {
      execFileSync('umount', ['--lazy', folder.path]);
      await folder[Symbol.asyncDispose]();
    },
  };
}

function fillWith(path: string): void {
  const file = openSync(path, 'a');
  for (const size of [1_048_576, 4_096]) {
    const block = Buffer.alloc(size);
    try {
      for (;;) writeSync(file, block);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    }
  }
  closeSync(file);
}
