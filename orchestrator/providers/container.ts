import { createWriteStream, existsSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { GenericContainer, StartedTestContainer, WaitStrategy } from 'testcontainers';
import type { Probe } from '../../reports/schema.ts';
import type { Environment } from '../environment.ts';
import { freePort } from '../free-port.ts';
import { containerLabel } from '../ledger.ts';
import type { Place } from '../places/place.ts';
import {
  connectEngine,
  inspectImage,
  loadTestcontainers,
  probeContainerEngine,
  removeContainer,
} from './container-engine.ts';
import { createContainerNetwork } from './container-network.ts';
import type { StoreEngine } from './engines/engine.ts';
import type { MemoryUse, ProbeContext, Provider, ProviderContext, StoreControl, StoreDemands } from './provider.ts';
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
  const { PortBindings: bindings } = hostConfigOf(container);
  for (const binding of Object.values(bindings ?? {}).flat()) binding.HostIp = '127.0.0.1';
}

/** What testcontainers hands to the engine. */
interface HostConfig {
  PortBindings?: Record<string, { HostIp?: string }[]>;
  Memory?: number;
  /** Memory and swap together. */
  MemorySwap?: number;
}

function hostConfigOf(container: GenericContainer): HostConfig {
  return (container as unknown as { readonly hostConfig: HostConfig }).hostConfig;
}

/** testcontainers limits memory in whole gigabytes, and no swap. */
function limitMemory(container: GenericContainer, bytes: number | undefined): void {
  if (bytes !== undefined) Object.assign(hostConfigOf(container), { Memory: bytes, MemorySwap: bytes });
}

async function begin(
  engine: StoreEngine,
  context: ProviderContext,
  { durability, fixedPort, memoryBytes, place }: StoreDemands,
): Promise<StartedTestContainer> {
  const image = context.images[engine.backend];
  const testcontainers = await loadTestcontainers();
  const facts = await inspectImage(image);
  if (facts === undefined) throw new Error(`the image ${image} is not on this machine`);
  const container = new testcontainers.GenericContainer(image)
    .withExposedPorts(fixedPort ? { container: engine.image.port, host: await freePort() } : engine.image.port)
    .withLabels({ [containerLabel]: context.ledger.id })
    .withWaitStrategy(noWait)
    .withLogConsumer((stream: Readable) => {
      const log = createWriteStream(join(context.logsFolder, `${engine.backend}-store.log`), { flags: 'a' });
      log.on('error', () => undefined);
      stream.on('error', () => undefined).pipe(log);
    });
  publishOnLoopback(container, context.environment);
  limitMemory(container, memoryBytes);
  if (place !== undefined) {
    const target = engine.image.dataFolder(facts.volumes);
    container.withBindMounts([{ source: place.folder, target, mode: 'rw' }]);
  }
  const commandLine = engine.image.arguments(facts.runs, durability, memoryBytes);
  return (commandLine === undefined ? container : container.withCommand(commandLine)).start();
}

/** Seconds that it has after SIGTERM. */
const stopGraceS = 20;

/** Makes it as weak as the demands say, where its arguments cannot. */
async function relax(
  engine: StoreEngine,
  container: StartedTestContainer,
  imageRuns: readonly string[],
  durability: StoreDemands['durability'],
): Promise<void> {
  const how = engine.image.relax(imageRuns, durability);
  if (how === undefined) return;
  if ('refused' in how) throw new Error(`${engine.title} cannot be ${durability}: ${how.refused}`);
  const { output, exitCode } = await container.exec([...how.command]);
  if (exitCode === 0 && how.prints.test(output)) return;
  throw new Error(`${engine.title} did not become ${durability}: exit code ${exitCode}, ${output.trim().slice(-300)}`);
}

/** An engine in another machine, container or mount namespace binds a folder of its own by that path. */
function demandOnPlace(place: Place, image: string): void {
  if (readdirSync(place.folder).length > 0) return;
  throw new Error(`${image} does not write into ${place.folder}: the engine sees other folders than this process does`);
}

/** Looks at it again and again while it starts: what ends is started anew, as a supervisor would. */
function createControl(id: string, ready: () => Promise<void>): StoreControl {
  const find = async () => (await connectEngine()).container.dockerode.getContainer(id);
  return {
    name: `container ${id.slice(0, 12)}`,
    ended: () => endOf(id),
    async kill() {
      const container = await find();
      // The engine answers before the death.
      const death = container.wait();
      await container.kill({ signal: 'SIGKILL' }).catch((error: { readonly statusCode?: number }) => {
        // Something else was faster, or it has just ended by itself.
        if (error.statusCode !== 409) throw error;
      });
      const { StatusCode: code } = (await death) as { StatusCode: number };
      return `exit code ${code}`;
    },
    async stop() {
      const container = await find();
      await container.stop({ t: stopGraceS });
      return (await endOf(id)) ?? 'still running';
    },
    async start() {
      const container = await find();
      for (let attempt = 1; ; attempt += 1) {
        await container.start();
        try {
          return await ready();
        } catch (error) {
          // Some images end while they recover.
          if (attempt === 3 || (await endOf(id)) === undefined) throw error;
        }
      }
    },
    async pid() {
      const { State: state } = await (await find()).inspect();
      return state.Pid;
    },
    network: createContainerNetwork(id, ready),
    async pause() {
      const container = await find();
      await container.pause();
      const { State: state } = await container.inspect();
      if (!state.Paused) throw new Error('the engine did not pause the container');
      return `the engine had it paused`;
    },
    resume: async () => void (await (await find()).unpause()),
    running: async () => (await endOf(id)) === undefined,
    memory: async () => memoryOf(id),
  };
}

async function endOf(id: string): Promise<string | undefined> {
  const { container } = await connectEngine();
  const { State: state } = await container.dockerode.getContainer(id).inspect();
  return state.Running ? undefined : `exit code ${state.ExitCode}`;
}

/** `max_usage` is told by engines on control groups of version 1; elsewhere the peak is what is used now. */
async function memoryOf(id: string): Promise<MemoryUse | undefined> {
  const { container } = await connectEngine();
  const found = container.dockerode.getContainer(id);
  const { HostConfig: config, State: state } = await found.inspect();
  const limitBytes = config.Memory ?? 0;
  if (limitBytes === 0) return undefined;
  const { memory_stats: stats } = await found.stats({ stream: false, 'one-shot': true });
  const peakBytes = Math.max(stats?.max_usage ?? 0, stats?.usage ?? 0);
  return { limitBytes, peakBytes, kills: state.OOMKilled ? 1 : 0 };
}

export const containerProvider: Provider = {
  name: 'container',
  probe,
  prepare,
  async start(engine, context, demands) {
    const image = context.images[engine.backend];
    const leave = context.ledger.enter({ kind: 'container', what: `${engine.backend} from ${image}` });
    const container = await begin(engine, context, demands);
    const id = container.getId();
    const dispose = async (): Promise<void> => {
      await removeContainer(id);
      leave();
    };
    try {
      const port = container.getMappedPort(engine.image.port);
      const address = { host: await hostOf(container, port, context), port };
      const url = engine.url(address.host, address.port);
      const ownAddress = `127.0.0.1:${engine.image.port}`;
      const ready = (): Promise<void> =>
        waitReady(engine, { url, ownAddress, ended: () => endOf(id), signal: context.signal });
      await ready();
      if (demands.place !== undefined) demandOnPlace(demands.place, image);
      const facts = await inspectImage(image);
      await relax(engine, container, facts?.runs ?? [], demands.durability);
      const configured = engine.image.arguments(facts?.runs ?? [], demands.durability) !== undefined;
      return {
        provider: 'container',
        image: { name: image, digest: facts?.digest ?? null },
        durability:
          configured || demands.durability !== 'declared'
            ? engine.durability[demands.durability]
            : 'as the image is configured',
        endCommands: [`docker rm -f -v ${id.slice(0, 12)}`],
        control: createControl(id, ready),
        address,
        part: (name, through = address) => engine.part(engine.url(through.host, through.port), name),
        [Symbol.asyncDispose]: dispose,
      };
    } catch (error) {
      await dispose();
      throw error;
    }
  },
};
