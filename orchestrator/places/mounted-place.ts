/** Places that root mounts: every process sees them, containers too. */

import { chmodSync, existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Ledger } from '../ledger.ts';
import { runProgram } from '../programs.ts';
import { waitFor } from '../wait.ts';
import { detachLoops, unmount } from './mounts.ts';
import type { Place, PlaceContext } from './place.ts';

interface Mounting {
  readonly folder: string;
  readonly ledger: Ledger;
  readonly mount: () => Promise<unknown>;
  readonly unmount: () => Promise<void>;
}

/** Mounts, with an entry in the ledger from before it until after the end. */
async function enterMount({ folder, ledger, mount, unmount: undo }: Mounting): Promise<() => Promise<void>> {
  const leave = ledger.enter({ kind: 'mount', path: folder });
  try {
    await mount();
  } catch (error) {
    leave();
    throw error;
  }
  return async () => {
    await undo();
    leave();
  };
}

function openData(root: string): string {
  const data = join(root, 'data');
  mkdirSync(data);
  // Images run their store as users of their own.
  chmodSync(data, 0o777);
  return data;
}

export async function openTmpfs(folder: string, bytes: number, context: PlaceContext): Promise<Place> {
  const { ledger, environment } = context;
  mkdirSync(folder, { recursive: true });
  const close = await enterMount({
    folder,
    ledger,
    mount: () => runProgram('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], environment),
    unmount: () => unmount(folder, environment),
  });
  return {
    kind: 'tmpfs',
    folder: openData(folder),
    root: folder,
    enter: [],
    endCommands: [`umount '${folder}'`],
    disk: undefined,
    [Symbol.asyncDispose]: close,
  };
}

async function openLoop(file: string, bytes: number, { ledger, environment }: PlaceContext) {
  writeFileSync(file, '');
  truncateSync(file, bytes);
  await runProgram('mkfs.ext4', ['-q', '-F', '-m', '0', file], environment);
  const leave = ledger.enter({ kind: 'loop', file });
  const close = async (): Promise<void> => {
    await detachLoops(file, environment);
    leave();
    rmSync(file, { force: true });
  };
  try {
    const device = (await runProgram('losetup', ['--find', '--show', file], environment)).trim();
    return { device, close };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function openExt4(folder: string, bytes: number, context: PlaceContext): Promise<Place> {
  const { ledger, environment } = context;
  mkdirSync(folder, { recursive: true });
  await using stack = new AsyncDisposableStack();
  const loop = await openLoop(`${folder}.ext4`, bytes, context);
  stack.defer(loop.close);
  const { device } = loop;
  const mount = (): Promise<unknown> => runProgram('mount', ['-t', 'ext4', device, folder], environment);
  const end = async (): Promise<void> => {
    await unmount(folder, environment);
    // A copy of the mount in another namespace keeps the file system; mounted again it would be the same one.
    const gone = async (): Promise<true | undefined> =>
      existsSync(`/sys/fs/ext4/${basename(device)}`) ? undefined : true;
    await waitFor(`the file system of ${device} to be let go`, gone, { timeoutMs: 10_000, intervalMs: 20 });
  };
  stack.defer(await enterMount({ folder, ledger, mount, unmount: end }));
  const data = openData(folder);
  const owned = stack.move();
  return {
    kind: 'ext4',
    folder: data,
    root: folder,
    enter: [],
    endCommands: [`umount '${folder}'`, `losetup -d ${device}`],
    disk: {
      sync: async () => void (await runProgram('sync', ['--file-system', folder], environment)),
      unmount: end,
      mount: async () => void (await mount()),
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
