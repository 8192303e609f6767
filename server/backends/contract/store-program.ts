import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { FoundStore, Recipe, Store } from './stores.ts';

const startTimeoutMs = 30_000;

/** Rejects when the program is not on PATH. */
export async function findProgram(recipe: Recipe): Promise<FoundStore> {
  const { program } = recipe;
  await promisify(execFile)(program, ['--version']).catch((error: unknown) => {
    throw new Error(`no ${program} on PATH`, { cause: error });
  });
  return { origin: `${program} on PATH`, start: () => startProgram(recipe) };
}

async function startProgram(recipe: Recipe): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'commander-contract-'));
  const removeFolder = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const port = await freePort();
  const run = (): Promise<ChildProcess> => runProgram(recipe, port, folder);
  try {
    let child = await run();
    return {
      port: () => port,
      async restart() {
        await kill(child);
        child = await run();
      },
      async [Symbol.asyncDispose]() {
        await kill(child);
        await removeFolder();
      },
    };
  } catch (error) {
    await removeFolder();
    throw error;
  }
}

/** Resolves when the program accepts connections. */
async function runProgram(recipe: Recipe, port: number, folder: string): Promise<ChildProcess> {
  const child = spawn(recipe.program, recipe.programArguments(port, folder), { stdio: 'ignore' });
  await once(child, 'spawn');
  const endsAt = performance.now() + startTimeoutMs;
  while (child.exitCode === null && performance.now() < endsAt) {
    if (await accepts(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await kill(child);
  throw new Error(`${recipe.program} did not listen on port ${port}`);
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

/** The programs cannot bind port 0 and say which it became. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
