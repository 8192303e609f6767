import { access, open, readFile, rename, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

export async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A file or a folder, with what was written to it before. */
export async function flush(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}

/** In one step: there is the old file or the whole new one, whatever happens. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const unfinished = `${path}.unfinished`;
  {
    await using file = await open(unfinished, 'w', 0o600);
    await file.writeFile(text);
    await file.sync();
  }
  await rename(unfinished, path);
  await flush(dirname(path));
}

/** Why `bytes` more do not fit on the disk of `folder`; undefined when they do, and leave some room for others. */
export async function lackOfSpace(folder: string, bytes: number): Promise<string | undefined> {
  const { bavail, bsize } = await statfs(folder);
  const needed = bytes + Math.max(leastSpareBytes, bytes / 10);
  const free = bavail * bsize;
  return free >= needed ? undefined : `it needs ${inMegabytes(needed)} MB and ${inMegabytes(free)} MB are free`;
}

const leastSpareBytes = 16 * 1024 * 1024;

function inMegabytes(bytes: number): number {
  return Math.ceil(bytes / 1_000_000);
}
