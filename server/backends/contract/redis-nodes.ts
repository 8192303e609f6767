/**
 * Several Redis servers that know of one another, for tests of a cluster and of sentinels: containers in the network of
 * this machine, so that the addresses they tell each other and a client are the same.
 */

import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { GenericContainer, getContainerRuntimeClient, ImageName } from 'testcontainers';
import { until } from './contract-case.ts';
import { environment } from './environment.ts';

const host = '127.0.0.1';

export interface RedisNodes extends AsyncDisposable {
  readonly url: string;
  /** Of the servers, those of the data, in the order of their start. */
  readonly ports: readonly number[];
  /** SIGKILL to the server with that number. */
  kill(index: number): Promise<void>;
}

interface Node extends AsyncDisposable {
  readonly port: number;
  kill(): Promise<void>;
}

/** Rejects with the reason where such servers cannot be had. */
export async function findRedisImage(): Promise<string> {
  const { image, info } = await getContainerRuntimeClient();
  const name = ImageName.fromString(environment.redisImage);
  if (!(await image.exists(name))) await image.pull(name);
  if (process.platform !== 'linux') throw new Error('containers share the network of this machine on Linux alone');
  return `containers of ${environment.redisImage} on ${info.containerRuntime.operatingSystem}`;
}

const noSnapshots = ['--save', '', '--bind', host, '--protected-mode', 'no'];
const durable = ['--appendonly', 'yes', '--appendfsync', 'always'];

/** Longer than a busy machine lets a node wait for its turn: nodes that take each other for dead elect nobody. */
const nodeTimeoutMs = 3_000;

/** Three masters, and a replica of the first if one is wanted. Resolves when all of them agree. */
export async function startCluster(replicas: 0 | 1): Promise<RedisNodes> {
  await using resources = new AsyncDisposableStack();
  const nodes: Node[] = [];
  const busPorts: number[] = [];
  for (let index = 0; index < 3 + replicas; index += 1) {
    const busPort = await freePort();
    busPorts.push(busPort);
    const timing = ['--cluster-node-timeout', String(nodeTimeoutMs)];
    const flags = ['--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, ...timing];
    nodes.push(resources.use(await startNode([...noSnapshots, ...durable, ...flags])));
  }
  const ports = nodes.map(({ port }) => port);
  const clients = ports.map((port) => resources.adopt(new Redis({ host, port }), (client) => client.disconnect()));
  const [first] = clients;
  if (first === undefined) throw new Error('a cluster has nodes');
  const ranges = [
    [0, 5_460],
    [5_461, 10_922],
    [10_923, 16_383],
  ] as const;
  for (const [index, range] of ranges.entries()) await clients[index]?.call('CLUSTER', 'ADDSLOTSRANGE', ...range);
  for (const [index, port] of ports.entries()) {
    if (index > 0) await first.call('CLUSTER', 'MEET', host, port, busPorts[index] ?? 0);
  }
  const agree = async (): Promise<boolean> => {
    const infos = await Promise.all(clients.map((client) => client.call('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes(`cluster_known_nodes:${ports.length}\r`));
  };
  await until(agree, 'a cluster that knows its nodes');
  if (replicas === 1) await clients[3]?.call('CLUSTER', 'REPLICATE', String(await first.call('CLUSTER', 'MYID')));
  const ready = async (): Promise<boolean> => {
    const infos = await Promise.all(clients.map((client) => client.call('CLUSTER', 'INFO')));
    return infos.every((info) => String(info).includes('cluster_state:ok'));
  };
  await until(ready, 'a cluster that serves');
  if (replicas === 1) await until(() => replicates(first), 'a replica that follows');
  for (const client of clients) client.disconnect();
  return own(resources.move(), nodes, `redis+cluster://${ports.map((port) => `${host}:${port}`).join(',')}`);
}

/** A master, its replica, and a sentinel that replaces the one by the other within seconds. */
export async function startSentinel(): Promise<RedisNodes> {
  await using resources = new AsyncDisposableStack();
  const master = resources.use(await startNode([...noSnapshots, ...durable]));
  const replicaOf = ['--replicaof', host, `${master.port}`];
  const replica = resources.use(await startNode([...noSnapshots, ...durable, ...replicaOf]));
  const client = resources.adopt(new Redis({ host, port: master.port }), (one) => one.disconnect());
  await until(() => replicates(client), 'a replica that follows');
  const port = await freePort();
  const lines = [
    `port ${port}`,
    `bind ${host}`,
    'protected-mode no',
    `sentinel monitor main ${host} ${master.port} 1`,
    'sentinel down-after-milliseconds main 1000',
    'sentinel failover-timeout main 3000',
  ];
  resources.use(await startSentinelNode(port, `${lines.join('\n')}\n`));
  const sentinel = resources.adopt(new Redis({ host, port }), (one) => one.disconnect());
  const knows = async (): Promise<boolean> => String(await sentinel.info('sentinel')).includes('slaves=1');
  await until(knows, 'a sentinel that knows the replica');
  client.disconnect();
  sentinel.disconnect();
  return own(resources.move(), [master, replica], `redis+sentinel://${host}:${port}/main`);
}

/**
 * A replica that is linked may still wait for the first write. The key lies in a slot of the first of three masters.
 */
async function replicates(master: Redis): Promise<boolean> {
  await master.set('bar', '');
  const followers = await master.wait(1, 500);
  await master.del('bar');
  return followers === 1;
}

function own(resources: AsyncDisposableStack, nodes: readonly Node[], url: string): RedisNodes {
  return {
    url,
    ports: nodes.map(({ port }) => port),
    kill: async (index) => nodes[index]?.kill(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}

async function startNode(flags: readonly string[]): Promise<Node> {
  const port = await freePort();
  return start(port, new GenericContainer(environment.redisImage).withCommand(['--port', `${port}`, ...flags]));
}

/** A sentinel writes what it finds out into its configuration. */
function startSentinelNode(port: number, content: string): Promise<Node> {
  const container = new GenericContainer(environment.redisImage)
    .withCopyContentToContainer([{ content, target: '/tmp/sentinel.conf', mode: 0o666 }])
    .withEntrypoint(['redis-server', '/tmp/sentinel.conf', '--sentinel']);
  return start(port, container);
}

async function start(port: number, container: GenericContainer): Promise<Node> {
  const started = await container
    .withNetworkMode('host')
    .withLabels({ 'commander.contract': `${process.pid}` })
    .start();
  const node = {
    port,
    async kill() {
      const { container: engine } = await getContainerRuntimeClient();
      const handle = engine.getById(started.getId());
      const died = handle.wait();
      await handle.kill({ signal: 'SIGKILL' });
      await died;
    },
    async [Symbol.asyncDispose]() {
      await started.stop({ timeout: 0, remove: true, removeVolumes: true });
    },
  };
  const client = new Redis({ host, port, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  try {
    await until(async () => (await client.ping()) === 'PONG', `a Redis on port ${port}`);
    return node;
  } catch (error) {
    await node[Symbol.asyncDispose]();
    throw error;
  } finally {
    client.disconnect();
  }
}

/** The servers cannot bind port 0 and say which it became. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
