/**
 * Redis Cluster: a connection to each node, made and ended by the driver, which follows the slots. The keys of a
 * collection share a slot, so every command goes to one node. What a node answers with MOVED, ASK, TRYAGAIN or
 * CLUSTERDOWN it has not done, and the driver sends it again; a command whose connection broke may have been done, and
 * is not.
 */

import { Cluster, type Redis } from 'ioredis';
import { CommanderError } from '../../errors.ts';
import { CommandsUnderWay, minSilenceMs } from './commands-under-way.ts';
import {
  type ConnectionOptions,
  connectTimeoutMs,
  firstContactTimeoutMs,
  type RedisConnection,
  reconnectDelayMs,
} from './connection.ts';
import { noConnection, translateRedisError } from './errors.ts';
import { describeTarget, type RedisTarget } from './redis-target.ts';
import { type ScriptedRedis, scripts } from './scripts.ts';

type ClusterTarget = Extract<RedisTarget, { readonly kind: 'cluster' }>;

/** A slot may move twice while a command is under way, and a node be elected for a second. */
const maxRedirections = 12;
/** How long a new master of a slot may stay unknown, when no answer tells of it. */
const slotsRefreshMs = 2_000;

/** Resolves when the cluster is there, or is known not to be, or after a second; never rejects. */
export async function openCluster(target: ClusterTarget, options: ConnectionOptions): Promise<RedisConnection> {
  const { log, onReady } = options;
  const where = describeTarget(target);
  const cluster = createCluster(target);
  // The driver gives a cluster the same commands, those of the scripts among them.
  const client = cluster as unknown as ScriptedRedis;
  let failure = new Error('not connected yet');
  let announced = false;
  let created = 0;
  let failed = 0;
  const commands = new CommandsUnderWay();

  cluster.on('node error', (error: Error) => {
    failed += 1;
    failure = error;
  });
  cluster.on('error', (error: Error) => {
    failure = error;
  });
  cluster.on('+node', (node: Redis) => {
    node.on('connect', () => {
      created += 1;
    });
    // After a failover there is another node, which may know less.
    node.on('ready', () => {
      if (cluster.status === 'ready') onReady(client);
    });
  });
  cluster.on('ready', () => {
    announced = false;
    log.info(where, 'The Redis Cluster is connected');
    onReady(client);
  });
  cluster.on('close', () => {
    if (announced || cluster.status === 'end') return;
    announced = true;
    log.warn({ ...where, reason: failure.message }, 'The Redis Cluster is not connected; trying again');
  });
  await firstContact(cluster);

  /**
   * Ends the connections on which a command waits and nothing arrives, so that it does not land much later. A large
   * payload is waited for, to whichever node it goes.
   */
  const dropSilent = (number: number): void => {
    for (const node of cluster.nodes('all')) {
      const { stream } = node;
      if (stream === undefined || pendingOn(node) === 0) continue;
      const heardBytes = stream.bytesRead;
      const look = (): void => {
        const silent = stream.bytesRead === heardBytes && pendingOn(node) > 0;
        if (silent && !commands.waitsForLargePayload(number)) stream.destroy(new Error('Redis fell silent'));
      };
      setTimeout(look, minSilenceMs).unref();
    }
  };

  return {
    async send(call, what, command) {
      call.deadline.check(what);
      if (cluster.status !== 'ready') throw noConnection(failure);
      const number = commands.begin(command.payloadBytes);
      try {
        return await call.deadline.bound(command.run(client), what);
      } catch (error) {
        if (error instanceof CommanderError) dropSilent(number);
        throw translateRedisError(error);
      } finally {
        commands.end(number);
      }
    },

    load: () => (cluster.status === 'ready' ? commands.count : undefined),

    count: () => {
      const ready = cluster.nodes('all').filter(({ status }) => status === 'ready').length;
      const inUse = Math.min(ready, commands.count);
      return { inUse, idle: ready - inUse, waiting: 0, created, failed };
    },

    async [Symbol.asyncDispose]() {
      const nodes = cluster.nodes('all');
      cluster.disconnect();
      for (const node of nodes) node.stream?.destroy();
    },
  };
}

function createCluster({ nodes, username, password, tls }: ClusterTarget): Cluster {
  return new Cluster([...nodes], {
    scripts,
    maxRedirections,
    // 0: what a broken connection took with it is never sent a second time.
    retryDelayOnFailover: 0,
    slotsRefreshInterval: slotsRefreshMs,
    slotsRefreshTimeout: connectTimeoutMs,
    clusterRetryStrategy: reconnectDelayMs,
    redisOptions: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(tls ? { tls: {} } : {}),
      protocol: 2,
      disableClientInfo: true,
      connectTimeout: connectTimeoutMs,
      disconnectTimeout: 100,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
    },
  });
}

interface DriverQueues {
  /** Sent, and without an answer. */
  readonly commandQueue?: { readonly length: number };
  /** Kept until the connection, which is being made, is ready. */
  readonly offlineQueue?: { readonly length: number };
}

/** Commands that wait on this connection: by fields of the driver that it does not declare. */
function pendingOn(node: Redis): number {
  const { commandQueue, offlineQueue } = node as unknown as DriverQueues;
  return (commandQueue?.length ?? 0) + (offlineQueue?.length ?? 0);
}

function firstContact(cluster: Cluster): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, firstContactTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    cluster.once('ready', settle);
    cluster.once('close', settle);
  });
}
