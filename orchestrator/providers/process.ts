import { closeSync, mkdirSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Durability } from '../../suites/suite.ts';
import { freePort } from '../free-port.ts';
import type { Place } from '../places/place.ts';
import { identifyProcess, type ProcessIdentity, signalProcess } from '../process-identity.ts';
import { findProgram, firstLine } from '../programs.ts';
import { stopProcess } from '../stop-process.ts';
import type { TrackedProcess } from '../tracked-process.ts';
import { describeExit, startTracked } from '../tracked-process.ts';
import type { StoreEngine } from './engines/engine.ts';
import type { ProbeContext, Provider, ProviderContext, Store, StoreDemands } from './provider.ts';
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

function identityOf({ pid }: TrackedProcess): ProcessIdentity {
  const identity = identifyProcess(pid);
  if (identity === undefined) throw new Error(`process ${pid} has ended`);
  return identity;
}

interface Beginning {
  readonly context: ProviderContext;
  readonly durability: Durability;
  readonly place: Place | undefined;
}

async function begin(
  engine: StoreEngine,
  folder: string,
  port: number,
  { context, durability, place }: Beginning,
): Promise<TrackedProcess> {
  const path = findProgram(engine.program.name, context.environment);
  if (path === undefined) throw new Error(`${engine.program.name} is not on PATH`);
  const [enter, ...before] = place?.enter ?? [];
  const log = openSync(join(context.logsFolder, `${engine.backend}-store.log`), 'a');
  try {
    return await startTracked({
      command: enter ?? path,
      arguments: [
        ...(enter === undefined ? [] : [...before, path]),
        ...engine.program.arguments({ port, folder }, durability),
      ],
      environment: context.environment,
      stdio: ['ignore', log, log],
      ledger: context.ledger,
      what: engine.program.name,
    });
  } finally {
    closeSync(log);
  }
}

const stopGraceMs = 10_000;

async function startOnce(engine: StoreEngine, context: ProviderContext, demands: StoreDemands): Promise<Store> {
  const { durability, place } = demands;
  // Neither program takes port 0, so another process may be faster on the port: the caller tries again.
  const port = await freePort();
  const folder = place?.folder ?? join(context.workFolder, `${engine.backend}-store-${port}`);
  if (place === undefined) mkdirSync(folder, { recursive: true });
  const launch = (): Promise<TrackedProcess> => begin(engine, folder, port, { context, durability, place });
  let running = await launch();
  const address = { host: '127.0.0.1', port };
  const url = engine.url(address.host, port);
  const dispose = async (): Promise<void> => {
    await running.stop(5000);
    if (place === undefined) await rm(folder, { recursive: true, force: true });
  };
  const ended = async (): Promise<string | undefined> =>
    running.exit === undefined ? undefined : describeExit(running.exit);
  const ready = (): Promise<void> =>
    waitReady(engine, { url, ownAddress: `127.0.0.1:${port}`, ended, signal: context.signal });
  try {
    await ready();
  } catch (error) {
    await dispose();
    throw error;
  }
  return {
    provider: 'process',
    image: null,
    durability: engine.durability[durability],
    get endCommands() {
      return [`kill ${running.pid}`, `rm -rf '${folder}'`];
    },
    control: {
      get name() {
        return `process ${running.pid}`;
      },
      kill: async () => describeExit(await running.kill()),
      stop: async () => describeExit(await running.stop(stopGraceMs)),
      ended,
      async start() {
        running = await launch();
        await ready();
      },
      pid: async () => running.pid,
      network: undefined,
      pause: () => stopProcess(identityOf(running)),
      resume: async () => void signalProcess(identityOf(running), 'SIGCONT'),
      running: async () => running.exit === undefined,
      memory: async () => undefined,
    },
    address,
    part: (name, through = address) => engine.part(engine.url(through.host, through.port), name),
    [Symbol.asyncDispose]: dispose,
  };
}

/** A program on PATH, with a data folder of its own. */
export const processProvider: Provider = {
  name: 'process',
  probe,
  prepare: probe,
  async start(engine, context, demands) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await startOnce(engine, context, demands);
      } catch (error) {
        if (attempt === 3 || context.signal.aborted) throw error;
      }
    }
  },
};
