/** Redis and MongoDB for the tests: as containers, else as processes of programs found on PATH. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GenericContainer, Wait } from 'testcontainers';
import { environment } from './environment.ts';

/** A store that runs for the tests alone. Nothing of it is left when it is disposed. */
export interface Store extends AsyncDisposable {
  /** Where it came from, for the test's title. */
  readonly origin: string;
  /** On loopback; may change with a restart. */
  readonly port: () => number;
  /** Kills it and starts it again on the same data. */
  restart(): Promise<void>;
}

interface Recipe {
  readonly image: string;
  readonly containerPort: number;
  readonly containerArguments: readonly string[];
  readonly readyLog: RegExp;
  readonly program: string;
  readonly programArguments: (port: number, folder: string) => readonly string[];
}

const startTimeoutMs = 60_000;

export function startRedis(): Promise<Store> {
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', ''];
  return startStore({
    image: environment.redisImage,
    containerPort: 6379,
    containerArguments: durable,
    readyLog: /Ready to accept connections/,
    program: 'redis-server',
    programArguments: (port, folder) => ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, ...durable],
  });
}

export function startMongodb(): Promise<Store> {
  const image = environment.mongodbImage;
  return startStore({
    image,
    containerPort: 27_017,
    // An image that only speaks the protocol may know no replica sets.
    containerArguments: /(^|\/)mongo(:|@|$)/.test(image) ? ['--replSet', 'contract', '--bind_ip_all'] : [],
    readyLog: /mongodb ready|Waiting for connections/,
    program: 'mongod',
    programArguments: (port, folder) => [
      ...['--port', `${port}`, '--bind_ip', '127.0.0.1', '--dbpath', folder, '--replSet', 'contract'],
    ],
  });
}

/** Rejects with the reasons when neither way works. */
async function startStore(recipe: Recipe): Promise<Store> {
  try {
    return await startContainer(recipe);
  } catch (error) {
    const reason = `no container of ${recipe.image}: ${firstLine(error)}`;
    try {
      return await startProgram(recipe);
    } catch (second) {
      throw new Error(`${reason}; no ${recipe.program}: ${firstLine(second)}`, { cause: error });
    }
  }
}

async function startContainer(recipe: Recipe): Promise<Store> {
  const container = await new GenericContainer(recipe.image)
    .withExposedPorts(recipe.containerPort)
    .withCommand([...recipe.containerArguments])
    .withLabels({ 'commander.contract': `${process.pid}` })
    .withWaitStrategy(Wait.forLogMessage(recipe.readyLog))
    .withStartupTimeout(startTimeoutMs)
    .start();
  return {
    origin: `container of ${recipe.image}`,
    port: () => container.getMappedPort(recipe.containerPort),
    restart: () => container.restart({ timeout: 0 }),
    async [Symbol.asyncDispose]() {
      await container.stop({ timeout: 0, remove: true, removeVolumes: true });
    },
  };
}

async function startProgram(recipe: Recipe): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), 'commander-contract-'));
  const port = await freePort();
  const run = async (): Promise<ChildProcess> => {
    const started = spawn(recipe.program, recipe.programArguments(port, folder), { stdio: 'ignore' });
    await once(started, 'spawn');
    await accepts(started, port);
    return started;
  };
  const kill = async (running: ChildProcess): Promise<void> => {
    if (running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  try {
    let child = await run();
    return {
      origin: `${recipe.program} on PATH`,
      port: () => port,
      async restart() {
        await kill(child);
        child = await run();
      },
      async [Symbol.asyncDispose]() {
        await kill(child);
        await rm(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
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

async function accepts(child: ChildProcess, port: number): Promise<void> {
  const endsAt = performance.now() + startTimeoutMs;
  while (child.exitCode === null && performance.now() < endsAt) {
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`it did not listen on port ${port}`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n', 1)[0] ?? '';
}
