import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from './environment.ts';

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a program; undefined when PATH has none of that name. */
export function findProgram(name: string, environment: Environment): string | undefined {
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

const run = promisify(execFile);

/** First line that the program prints; rejects when it fails or takes longer than 10 s. */
export async function firstLine(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, args, { timeout: 10_000, encoding: 'utf8' });
  return stdout.split('\n', 1)[0]?.trim() ?? '';
}
