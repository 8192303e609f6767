import { createWriteStream, existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { GenericContainer, StartedTestContainer, WaitStrategy } from 'testcontainers';
import type { Probe } from '../../reports/schema.ts';
import type { Environment } from '../environment.ts';
import { containerLabel } from '../ledger.ts';
import {
  connectEngine,
  inspectImage,
  loadTestcontainers,
  probeContainerEngine,
  removeContainer,
} from './container-engine.ts';
import type { StoreEngine } from './engines/engine.ts';
import type { ProbeContext, Provider, ProviderContext } from './provider.ts';
import { pullImage } from './pull-image.ts';
import { waitReady } from './wait-ready.ts';

/** Readiness is the store's own answer through the mapped port, not what an image's shell can tell. */
const noWait: WaitStrategy = {
  waitUntilReady: async () => undefined,
  withStartupTimeout: () => noWait,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 60_000,
};

function imageMend(engine: StoreEngine, image: string): string {
  const variable = `${engine.backend.toUpperCase()}_IMAGE`;
  return `docker pull ${image}, or name an image that is there by ${variable}, or install ${engine.program.name}, or set ${engine.urlVariable}`;
}

async function probe(engine: StoreEngine, context: ProbeContext): Promise<Probe> {
  const name = `${engine.backend} by container`;
  const machine = await probeContainerEngine();
  if (!machine.available) {
    const mend = `${machine.mend}; or install ${engine.program.name}, or set ${engine.urlVariable}`;
    return { name, available: false, reason: machine.reason, mend };
  }
  const image = context.images[engine.backend];
  if ((await inspectImage(image)) !== undefined) {
    return { name, available: true, reason: `${image} on engine ${machine.reason}`, mend: null };
  }
  const reason = `${image} is not here yet and would be fetched by engine ${machine.reason}`;
  return { name, available: true, reason, mend: imageMend(engine, image) };
}

async function prepare(engine: StoreEngine, context: ProbeContext): Promise<Probe> {
  const found = await probe(engine, context);
  if (!found.available || found.mend === null) return found;
  const image = context.images[engine.backend];
  context.tell(`fetching the image ${image}, once. To avoid it: ${imageMend(engine, image)}`);
  try {
    await pullImage(image, context.tell);
    return await probe(engine, context);
  } catch (error) {
    const reason = `the image ${image} is not here and cannot be fetched: ${error instanceof Error ? error.message : error}`;
    return { ...found, available: false, reason };
  }
}

function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host, port, timeout: 1000 });
  const end = (answered: boolean): void => {
    socket.destroy();
    resolve(answered);
  };
  socket.once('connect', () => end(true));
  socket.once('error', () => end(false));
  socket.once('timeout', () => end(false));
  return promise;
}

/**
 * Where the mapped port answers. Inside a container testcontainers names the gateway although loopback works when
 * both share a network; a remote engine is never looked for on loopback.
 */
async function hostOf(container: StartedTestContainer, port: number, context: ProviderContext): Promise<string> {
  const { TESTCONTAINERS_HOST_OVERRIDE: override, DOCKER_HOST: engineUrl } = context.environment;
  if (override !== undefined) return override;
  const local = engineUrl === undefined || engineUrl.startsWith('unix:');
  return local && (await answers('127.0.0.1', port)) ? '127.0.0.1' : container.getHost();
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/**
 * The store has no password, so its port belongs on the loopback address wherever this process can reach that: not
 * inside a container, whose loopback is another one. testcontainers has no setting for it.
 */
function publishOnLoopback(container: GenericContainer, environment: Environment): void {
  const { TESTCONTAINERS_HOST_OVERRIDE: override, DOCKER_HOST: engineUrl } = environment;
  const local = engineUrl === undefined || engineUrl.startsWith('unix:');
  if (!local || (override === undefined ? existsSync('/.dockerenv') : !isLoopback(override))) return;
  const { hostConfig } = container as unknown as {
    hostConfig: { PortBindings?: Record<string, { HostIp?: string }[]> };
  };
  for (const binding of Object.values(hostConfig.PortBindings ?? {}).flat()) binding.HostIp = '127.0.0.1';
}

async function begin(engine: StoreEngine, image: string, context: ProviderContext): Promise<StartedTestContainer> {
  const testcontainers = await loadTestcontainers();
  const facts = await inspectImage(image);
  if (facts === undefined) throw new Error(`the image ${image} is not on this machine`);
  const container = new testcontainers.GenericContainer(image)
    .withExposedPorts(engine.image.port)
    .withLabels({ [containerLabel]: context.ledger.id })
    .withWaitStrategy(noWait)
    .withLogConsumer((stream: Readable) => {
      const log = createWriteStream(join(context.logsFolder, `${engine.backend}-store.log`), { flags: 'a' });
      log.on('error', () => undefined);
      stream.on('error', () => undefined).pipe(log);
    });
  publishOnLoopback(container, context.environment);
  const commandLine = engine.image.arguments(facts.runs);
  return (commandLine === undefined ? container : container.withCommand(commandLine)).start();
}

async function endOf(id: string): Promise<string | undefined> {
  const { container } = await connectEngine();
  const { State: state } = await container.dockerode.getContainer(id).inspect();
  return state.Running ? undefined : `exit code ${state.ExitCode}`;
}

export const containerProvider: Provider = {
  name: 'container',
  probe,
  prepare,
  async start(engine, context) {
    const image = context.images[engine.backend];
    const leave = context.ledger.enter({ kind: 'container', what: `${engine.backend} from ${image}` });
    const container = await begin(engine, image, context);
    const id = container.getId();
    const dispose = async (): Promise<void> => {
      await removeContainer(id);
      leave();
    };
    try {
      const port = container.getMappedPort(engine.image.port);
      const url = engine.url(await hostOf(container, port, context), port);
      const ownAddress = `127.0.0.1:${engine.image.port}`;
      await waitReady(engine, { url, ownAddress, ended: () => endOf(id), signal: context.signal });
      const facts = await inspectImage(image);
      const configured = engine.image.arguments(facts?.runs ?? []) !== undefined;
      return {
        provider: 'container',
        image: { name: image, digest: facts?.digest ?? null },
        durability: configured ? engine.durability : 'as the image is configured',
        endCommands: [`docker rm -f -v ${id.slice(0, 12)}`],
        part: (name) => engine.part(url, name),
        [Symbol.asyncDispose]: dispose,
      };
    } catch (error) {
      await dispose();
      throw error;
    }
  },
};
