/**
 * The janitor: a small process in a group of its own that outlives the runner. Its standard input is a pipe that only
 * the runner holds, so its end is the runner's end, kill -9 included. Whatever the ledger still names is then undone.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import { orphanedLedgers, readLedger } from './ledger.ts';
import { packageRoot } from './package-root.ts';
import type { Leftover } from './undo.ts';
import { undo } from './undo.ts';
import { within } from './wait.ts';

/** The hidden first argument by which the command line starts a janitor instead of a command. */
export const janitorArgument = 'janitor-of';

/** Undoes one ledger and deletes it when nothing is left. */
async function settle(file: string, environment: Environment): Promise<Leftover[]> {
  const content = readLedger(file);
  if (content === undefined) return [];
  const leftovers = await undo(content, environment);
  if (leftovers.length === 0) rmSync(file, { force: true });
  return leftovers;
}

/** The janitor's whole life. */
export async function keepWatch(ledgerFile: string, environment: Environment): Promise<number> {
  process.stdin.resume();
  await once(process.stdin, 'close');
  return (await settle(ledgerFile, environment)).length === 0 ? 0 : 1;
}

/** Undoes what runs left that died with their janitors; resolves with what could not be undone. */
export async function sweep(ledgersFolder: string, environment: Environment): Promise<Leftover[]> {
  const leftovers: Leftover[] = [];
  for (const file of orphanedLedgers(ledgersFolder)) leftovers.push(...(await settle(file, environment)));
  return leftovers;
}

export interface Janitor {
  /** Lets it go, and waits a moment for its end. */
  dismiss(): Promise<void>;
}

export function startJanitor(ledger: Ledger, entry: string = join(packageRoot, 'orchestrator', 'bin.mjs')): Janitor {
  const child: ChildProcess = spawn(process.execPath, [entry, janitorArgument, ledger.file], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const ended = once(child, 'exit').catch(() => undefined);
  child.unref();
  // The pipe must not keep the runner alive either; a runner that ends is what the janitor waits for.
  const pipe = child.stdin as (NodeJS.WritableStream & { unref?: () => void }) | null;
  pipe?.unref?.();
  pipe?.on('error', () => undefined);
  return {
    async dismiss() {
      pipe?.end();
      await within(3000, ended, undefined);
    },
  };
}
