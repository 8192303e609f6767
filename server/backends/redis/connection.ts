/**
 * One connection that comes back by itself. Nothing is queued while it is down, nothing is sent twice, and every
 * command ends at its call's deadline.
 */

import type { Socket } from 'node:net';
import { Redis } from 'ioredis';
import { CommanderError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Call } from '../backend.ts';
import type { ConnectionCounts } from '../connection-counts.ts';
import { CommandsUnderWay, minSilenceMs } from './commands-under-way.ts';
import { noConnection, translateRedisError } from './errors.ts';
import { describeTarget, type RedisTarget } from './redis-target.ts';
import { type ScriptedRedis, scripts } from './scripts.ts';

export interface RedisConnection extends AsyncDisposable {
  /** Runs one command within the call's deadline. `what` names it in the message of a time-out. */
  send<T>(call: Call, what: string, command: RedisCommand<T>): Promise<T>;
  count(): ConnectionCounts;
  /** Commands under way; undefined while there is no connection. */
  load(): number | undefined;
}

export interface RedisCommand<T> {
  readonly run: (client: ScriptedRedis) => Promise<T>;
  /** Bytes the command carries to Redis. */
  readonly payloadBytes?: number;
}

export interface ConnectionOptions {
  readonly log: Logger;
  /** Called at first contact and after every reconnect. */
  readonly onReady: (client: ScriptedRedis) => void;
}

/** One server, or the master that sentinels tell of. */
export type OneServer = Exclude<RedisTarget, { readonly kind: 'cluster' }>;

export const connectTimeoutMs = 2_000;
/** From the open socket to the first answered command; a store that loads its data is asked again. */
const handshakeTimeoutMs = 2_000;
const maxReconnectDelayMs = 1_000;
export const reconnectDelayMs = (attempt: number): number =>
  Math.min(2 ** attempt * 25, maxReconnectDelayMs) + Math.random() * 50;
export const firstContactTimeoutMs = 1_000;

interface Since {
  readonly heardBytes: number;
  readonly sentAtMs: number;
}

/** Resolves when Redis is there, or is known not to be, or after a second; never rejects. */
export async function openConnection(target: OneServer, options: ConnectionOptions): Promise<RedisConnection> {
  const client = createClient(target);
  const { failure, count } = watchConnection(client, target, options);
  const reviver = reviveAtEnd(client);
  await firstContact(client);
  const corkTurn = createCork();
  const commands = new CommandsUnderWay();

  /**
   * Closes a connection that is dead without having said so. What it still had to send is dropped with it, so that
   * a write which was answered 503 does not land minutes later.
   */
  const dropIfSilent = (stream: Socket, number: number, since: Since): void => {
    const silent = stream.bytesRead === since.heardBytes && performance.now() - since.sentAtMs >= minSilenceMs;
    if (silent && !commands.waitsForLargePayload(number)) stream.destroy(new Error('Redis fell silent'));
  };

  return {
    async send(call, what, command) {
      call.deadline.check(what);
      if (client.status !== 'ready') throw noConnection(failure());
      const { stream } = client;
      const since = { heardBytes: stream.bytesRead, sentAtMs: performance.now() };
      const number = commands.begin(command.payloadBytes);
      corkTurn(stream);
      try {
        return await call.deadline.bound(command.run(client), what);
      } catch (error) {
        if (error instanceof CommanderError) dropIfSilent(stream, number, since);
        throw translateRedisError(error);
      } finally {
        commands.end(number);
      }
    },

    load: () => (client.status === 'ready' ? commands.count : undefined),

    count: () => {
      const ready = client.status === 'ready' ? 1 : 0;
      // Calls share the one connection; none waits for it.
      const inUse = commands.count > 0 ? ready : 0;
      return { inUse, idle: ready - inUse, waiting: 0, ...count() };
    },

    async [Symbol.asyncDispose]() {
      reviver[Symbol.dispose]();
      if (client.status === 'end') return;
      client.disconnect();
      client.stream?.destroy();
    },
  };
}

function createClient(target: OneServer): ScriptedRedis {
  return new Redis({
    ...(target.kind === 'server' ? { host: target.host, port: target.port } : bySentinels(target)),
    db: target.database,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: target.kind === 'server' ? { servername: target.host } : {} } : {}),
    protocol: 2,
    disableClientInfo: true,
    connectTimeout: connectTimeoutMs,
    // A socket that is gone already is waited for so long at the end.
    disconnectTimeout: 100,
    retryStrategy: reconnectDelayMs,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // 0: commands in flight reject as soon as the connection closes; with 1 they stay pending over the reconnect.
    maxRetriesPerRequest: 0,
    // A demoted master: the address may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    scripts,
  }) as ScriptedRedis;
}

/** Asked anew at every attempt to connect; one that tells of a new master ends the connection to the old one. */
function bySentinels(target: Extract<RedisTarget, { readonly kind: 'sentinel' }>) {
  return {
    sentinels: [...target.nodes],
    name: target.masterName,
    failoverDetector: true,
    sentinelCommandTimeout: connectTimeoutMs,
    sentinelRetryStrategy: reconnectDelayMs,
    ...(target.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  };
}

interface Watched {
  /** Why there is no connection now. */
  readonly failure: () => Error;
  readonly count: () => Pick<ConnectionCounts, 'created' | 'failed'>;
}

/** Logs what becomes of the connection, once per change. */
function watchConnection(client: ScriptedRedis, target: OneServer, options: ConnectionOptions): Watched {
  const { log, onReady } = options;
  const where = describeTarget(target);
  let created = 0;
  let failed = 0;
  let failure: Error | undefined;
  let announced = false;
  let handshake: NodeJS.Timeout | undefined;
  client.on('error', (error: Error) => {
    failure = error;
  });
  client.on('connect', () => {
    created += 1;
    handshake = setTimeout(() => client.stream.destroy(new Error('Redis did not get ready')), handshakeTimeoutMs);
  });
  client.on('ready', () => {
    clearTimeout(handshake);
    failure = undefined;
    announced = false;
    log.info(where, 'Redis is connected');
    onReady(client);
  });
  client.on('close', () => {
    clearTimeout(handshake);
    if (client.status !== 'end') failed += 1;
    // `end`: closed by us.
    if (announced || client.status === 'end') return;
    announced = true;
    log.warn({ ...where, reason: failure?.message }, 'Redis is not connected; trying again');
  });
  return {
    failure: () => failure ?? new Error('not connected yet'),
    count: () => ({ created, failed }),
  };
}

/**
 * The driver takes a sentinel's news of a new master, when it comes while a connection is being made, for our wish to
 * end, and tries no more.
 */
function reviveAtEnd(client: Redis): Disposable {
  let timer: NodeJS.Timeout | undefined;
  const revive = (): void => {
    timer = setTimeout(() => void client.connect().catch(() => undefined), reconnectDelayMs(1));
  };
  client.on('end', revive);
  return {
    [Symbol.dispose]: () => {
      client.off('end', revive);
      clearTimeout(timer);
    },
  };
}

function firstContact(client: Redis): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, firstContactTimeoutMs);
    const settle = (): void => {
      clearTimeout(timer);
      resolve();
    };
    client.once('ready', settle);
    client.once('close', settle);
  });
}

/**
 * Commands of one turn of the event loop leave in one system call: twice the throughput of a write each at 32
 * callers, at half the CPU of the driver's automatic pipelines, and every command keeps its own answer and error.
 */
function createCork(): (stream: Socket) => void {
  let corked: Socket | undefined;
  return (stream) => {
    if (corked === stream) return;
    corked = stream;
    stream.cork();
    process.nextTick(() => {
      if (corked === stream) corked = undefined;
      stream.uncork();
    });
  };
}
