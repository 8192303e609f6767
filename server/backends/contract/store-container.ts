import { connect } from 'node:net';
import { GenericContainer, getContainerRuntimeClient, ImageName, Wait } from 'testcontainers';
import { until } from './contract-case.ts';
import type { FoundStore, Recipe, Store } from './stores.ts';

const startTimeoutMs = 60_000;

/** Fetches the image when it is not here. Rejects when there is no container engine or no image. */
export async function findImage(recipe: Recipe): Promise<FoundStore> {
  const { image } = await getContainerRuntimeClient();
  const name = ImageName.fromString(recipe.image);
  if (!(await image.exists(name))) await image.pull(name);
  return { origin: `container of ${recipe.image}`, start: () => startContainer(recipe) };
}

async function startContainer(recipe: Recipe): Promise<Store> {
  const container = await new GenericContainer(recipe.image)
    .withExposedPorts(recipe.containerPort)
    .withCommand([...recipe.containerArguments])
    .withLabels({ 'commander.contract': `${process.pid}` })
    .withWaitStrategy(Wait.forLogMessage(recipe.readyLog))
    .withStartupTimeout(startTimeoutMs)
    .start();
  const { container: engine } = await getContainerRuntimeClient();
  const handle = engine.getById(container.getId());
  let port = container.getMappedPort(recipe.containerPort);
  return {
    port: () => port,
    async restart() {
      const died = handle.wait();
      await handle.kill({ signal: 'SIGKILL' });
      await died;
      await handle.start();
      await until(async () => {
        const { State, NetworkSettings } = await handle.inspect();
        // What a supervisor does for a store that dies again while it recovers.
        if (!State.Running) await handle.start();
        port = Number(NetworkSettings.Ports[`${recipe.containerPort}/tcp`]?.[0]?.HostPort);
        return State.Running && (await staysOpen(port));
      }, 'a store that is up again');
    },
    async [Symbol.asyncDispose]() {
      await container.stop({ timeout: 0, remove: true, removeVolumes: true });
    },
  };
}

/** Whether somebody listens: the engine takes every connection, and ends at once one that the store does not take. */
function staysOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const timer = setTimeout(() => {
      resolve(true);
      socket.destroy();
    }, 150);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
