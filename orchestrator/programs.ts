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

/** As findProgram; also where systems keep what only root runs and what the PATH of others leaves out. */
export function findSystemProgram(name: string, environment: Environment): string | undefined {
  const path = [environment.PATH ?? '', '/usr/sbin', '/sbin'].join(delimiter);
  return findProgram(name, { PATH: path });
}

const run = promisify(execFile);

/** First line that the program prints; rejects when it fails or takes longer than 10 s. */
export async function firstLine(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await run(program, args, { timeout: 10_000, encoding: 'utf8' });
  return stdout.split('\n', 1)[0]?.trim() ?? '';
}

/** What a program of the system prints; rejects with what it says when it fails or takes longer than 20 s. */
export async function runProgram(name: string, args: readonly string[], environment: Environment): Promise<string> {
  const path = findSystemProgram(name, environment);
  if (path === undefined) throw new Error(`${name} is not on this machine`);
  try {
    const { stdout } = await run(path, args, { timeout: 20_000, encoding: 'utf8' });
    return stdout;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new Error(`${name} ${args.join(' ')}: ${said || (error as Error).message}`, { cause: error });
  }
}
