/**
 * Memory as a file system without root: mounted in a mount namespace of its own by a process that then only waits.
 * What is to see it enters that namespace (nsenter(1)); with the process the mount is gone, so it needs no entry of its
 * own in the ledger.
 */

import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findSystemProgram } from '../programs.ts';
import { startTracked } from '../tracked-process.ts';
import { waitFor } from '../wait.ts';
import type { Place, PlaceContext } from './place.ts';

const script = 'mount -t tmpfs -o size="$1" tmpfs "$2" && mkdir -m 777 "$2/data" && exec sleep 2147483647';

export async function openPrivateTmpfs(folder: string, bytes: number, context: PlaceContext): Promise<Place> {
  const { ledger, environment } = context;
  mkdirSync(folder, { recursive: true });
  const holder = await startTracked({
    command: findSystemProgram('unshare', environment) ?? 'unshare',
    arguments: ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', String(bytes), folder],
    environment,
    stdio: 'ignore',
    ledger,
    what: `the mount namespace of ${folder}`,
  });
  const root = join(`/proc/${holder.pid}/root`, folder);
  const look = async (): Promise<boolean | undefined> =>
    holder.exit === undefined ? existsSync(join(root, 'data')) || undefined : false;
  const ready = await waitFor('the mount of a namespace of its own', look, { timeoutMs: 10_000 }).catch(() => false);
  if (!ready) {
    await holder.kill();
    throw new Error(`no tmpfs could be mounted in a namespace of its own`);
  }
  const into = ['--target', String(holder.pid), '--user', '--mount', '--preserve-credentials', '--'];
  return {
    kind: 'tmpfs',
    folder: join(folder, 'data'),
    root,
    enter: [findSystemProgram('nsenter', environment) ?? 'nsenter', ...into],
    endCommands: [`kill ${holder.pid}`],
    disk: undefined,
    async [Symbol.asyncDispose]() {
      await holder.kill();
    },
  };
}
