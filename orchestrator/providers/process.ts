import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { findProgram, firstLine } from '../programs.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { startTracked } from '../tracked-process.ts';
import type { StoreEngine } from './engines/engine.ts';
import type { ProbeContext, Provider, ProviderContext, Store } from './provider.ts';
import { waitReady } from './wait-ready.ts';

async function probe(engine: StoreEngine, context: ProbeContext): ReturnType<Provider['probe']> {
  const name = `${engine.backend} by process`;
  const { name: program } = engine.program;
  const path = findProgram(program, context.environment);
  const mend = `install ${program} so that it is on PATH`;
  if (path === undefined) return { name, available: false, reason: `${program} is not on PATH`, mend };
  try {
    return { name, available: true, reason: `${path}: ${await firstLine(path, ['--version'])}`, mend: null };
  } catch (error) {
    return { name, available: false, reason: `${path} --version fails: ${(error as Error).message}`, mend };
  }
}

async function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer();
  server.once('error', reject);
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}

async function begin(
  engine: StoreEngine,
  folder: string,
  port: number,
  context: ProviderContext,
): Promise<TrackedProcess> {
  const path = findProgram(engine.program.name, context.environment);
  if (path === undefined) throw new Error(`${engine.program.name} is not on PATH`);
  const log = openSync(join(context.logsFolder, `${engine.backend}-store.log`), 'a');
  try {
    return await startTracked({
      command: path,
      arguments: engine.program.arguments({ port, folder }),
      environment: context.environment,
      stdio: ['ignore', log, log],
      ledger: context.ledger,
      what: engine.program.name,
    });
  } finally {
    closeSync(log);
  }
}

async function startOnce(engine: StoreEngine, context: ProviderContext): Promise<Store> {
  // Neither program takes port 0, so another process may be faster on the port: the caller tries again.
  const port = await freePort();
  const folder = join(context.workFolder, `${engine.backend}-store-${port}`);
  mkdirSync(folder, { recursive: true });
  const running = await begin(engine, folder, port, context);
  const url = engine.url('127.0.0.1', port);
  const dispose = async (): Promise<void> => {
    await running.stop(5000);
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const ended = async (): Promise<string | undefined> =>
      running.exit === undefined ? undefined : `exit code ${running.exit.code}`;
    await waitReady(engine, { url, ownAddress: `127.0.0.1:${port}`, ended, signal: context.signal });
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    provider: 'process',
    image: null,
    durability: engine.durability,
    endCommands: [`kill ${running.pid}`, `rm -rf '${folder}'`],
    part: (name) => engine.part(url, name),
    [Symbol.asyncDispose]: dispose,
  };
}

/** A program on PATH, with a data folder of its own. */
export const processProvider: Provider = {
  name: 'process',
  probe,
  prepare: probe,
  async start(engine, context) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await startOnce(engine, context);
      } catch (error) {
        if (attempt === 3 || context.signal.aborted) throw error;
      }
    }
  },
};
