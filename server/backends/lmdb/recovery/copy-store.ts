/** Takes a checked copy of a store, in use or not, in a process of its own. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CopyFailure } from '../../copy-failure.ts';
import type { FileCheck, SoundFile } from './check-file.ts';
import { flush, lackOfSpace } from './files.ts';
import { unfinishedPrefix } from './snapshot-files.ts';

/** In a clone, in the bundle beside it, and in the bundle from one of its chunks. */
const places = ['./copy-process.ts', './copy-process.js', '../copy-process.js'];

export interface StoreCopy extends SoundFile {
  readonly path: string;
  /** Everything acknowledged before is in it. */
  readonly takenAtMs: number;
}

/**
 * `nameOf` says where it goes once it is known to be sound. Throws CopyFailure; nothing is left behind then. A kill may
 * leave a folder that begins with `unfinishedPrefix`.
 */
export async function copyStore(
  folder: string,
  into: string,
  options: { readonly nameOf: (copy: StoreCopy) => string; readonly signal?: AbortSignal },
): Promise<StoreCopy> {
  const { size } = await stat(join(folder, 'data.mdb'));
  const lack = await lackOfSpace(into, size);
  if (lack !== undefined) throw new CopyFailure(`the disk has no room for it: ${lack}`);
  const unfinished = await mkdtemp(join(into, unfinishedPrefix));
  try {
    const takenAtMs = Date.now();
    const check = await runCopy(folder, unfinished, options.signal);
    if (!check.sound) throw new CopyFailure(`the copy is damaged: ${check.fault}`);
    const copy = { ...check, path: '', takenAtMs };
    const path = options.nameOf(copy);
    await rename(join(unfinished, 'data.mdb'), path);
    await flush(dirname(path));
    return { ...copy, path };
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function runCopy(folder: string, target: string, signal: AbortSignal | undefined): Promise<FileCheck> {
  const program = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(path));
  if (program === undefined) throw new Error('the program that copies is not installed');
  const flags = ['--max-semi-space-size=1', '--disable-warning=ExperimentalWarning'];
  const child = spawn(process.execPath, [...flags, program, folder, target], {
    stdio: ['pipe', 'pipe', 'pipe'],
    ...(signal === undefined ? {} : { signal, killSignal: 'SIGKILL' as const }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr = (stderr + chunk.toString()).slice(-2_000);
  });
  const { code, death } = await new Promise<{ code: number | null; death: string | null }>((resolve, reject) => {
    child.once('error', reject).once('close', (exit, killed) => resolve({ code: exit, death: killed }));
  });
  if (code === 0) return JSON.parse(stdout) as FileCheck;
  const [reason = ''] = stderr.split('\n').filter((line) => /error/i.test(line));
  throw new CopyFailure(`the process that copies ended with ${death ?? code}: ${reason.trim() || 'it said nothing'}`);
}
