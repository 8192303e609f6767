/**
 * One connection that comes back by itself. Nothing is queued while it is down, nothing is sent twice, and every
 * command ends at its call's deadline.
 */

import type { Socket } from 'node:net';
import { Redis } from 'ioredis';
import { CommanderError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import type { Call } from '../backend.ts';
import { noConnection, translateRedisError } from './errors.ts';
import type { RedisTarget } from './redis-target.ts';
import { type ScriptedRedis, scripts } from './scripts.ts';

export interface RedisConnection extends AsyncDisposable {
  /** Runs one command within the call's deadline. `what` names it in the message of a time-out. */
  send<T>(call: Call, what: string, command: RedisCommand<T>): Promise<T>;
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

const connectTimeoutMs = 2_000;
/** From the open socket to the first answered command; a store that loads its data is asked again. */
const handshakeTimeoutMs = 2_000;
const maxReconnectDelayMs = 1_000;
const firstContactTimeoutMs = 1_000;
/** A command that went unanswered for so long, on a connection where nothing else arrived, condemns the connection. */
const minSilenceMs = 400;
/** Sending that much may rightly take longer than a small command's whole deadline. */
const largePayloadBytes = 1_000_000;

/** Resolves when Redis is there, or is known not to be, or after a second; never rejects. */
export async function openConnection(target: RedisTarget, options: ConnectionOptions): Promise<RedisConnection> {
  const client = createClient(target);
  const failure = watchConnection(client, target, options);
  await firstContact(client);
  const corkTurn = createCork();
  let largeInFlight = 0;

  /**
   * Closes a connection that is dead without having said so. What it still had to send is dropped with it, so that
   * a write which was answered 503 does not land minutes later.
   */
  const dropIfSilent = (stream: Socket, heardBytes: number, sentAtMs: number): void => {
    const silent = stream.bytesRead === heardBytes && performance.now() - sentAtMs >= minSilenceMs;
    if (silent && largeInFlight === 0) stream.destroy(new Error('Redis fell silent'));
  };

  return {
    async send(call, what, command) {
      call.deadline.check(what);
      if (client.status !== 'ready') throw noConnection(failure());
      const { stream } = client;
      const heardBytes = stream.bytesRead;
      const sentAtMs = performance.now();
      const large = (command.payloadBytes ?? 0) >= largePayloadBytes ? 1 : 0;
      largeInFlight += large;
      corkTurn(stream);
      let timedOut = false;
      try {
        return await call.deadline.bound(command.run(client), what);
      } catch (error) {
        timedOut = error instanceof CommanderError;
        throw translateRedisError(error);
      } finally {
        largeInFlight -= large;
        if (timedOut) dropIfSilent(stream, heardBytes, sentAtMs);
      }
    },

    async [Symbol.asyncDispose]() {
      if (client.status === 'end') return;
      client.disconnect();
      client.stream?.destroy();
    },
  };
}

function createClient(target: RedisTarget): ScriptedRedis {
  return new Redis({
    host: target.host,
    port: target.port,
    db: target.database,
    ...(target.username === undefined ? {} : { username: target.username }),
    ...(target.password === undefined ? {} : { password: target.password }),
    ...(target.tls ? { tls: { servername: target.host } } : {}),
    protocol: 2,
    disableClientInfo: true,
    connectTimeout: connectTimeoutMs,
    // A socket that is gone already is waited for so long at the end.
    disconnectTimeout: 100,
    retryStrategy: (attempt) => Math.min(2 ** attempt * 25, maxReconnectDelayMs) + Math.random() * 50,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // 0: commands in flight reject as soon as the connection closes; with 1 they stay pending over the reconnect.
    maxRetriesPerRequest: 0,
    // A demoted master: the address may lead to the new one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    scripts,
  }) as ScriptedRedis;
}

/** Logs what becomes of the connection, once per change. Returns the reason why there is none now. */
function watchConnection(client: ScriptedRedis, target: RedisTarget, options: ConnectionOptions): () => Error {
  const { log, onReady } = options;
  const { host, port } = target;
  let failure: Error | undefined;
  let announced = false;
  let handshake: NodeJS.Timeout | undefined;
  client.on('error', (error: Error) => {
    failure = error;
  });
  client.on('connect', () => {
    handshake = setTimeout(() => client.stream.destroy(new Error('Redis did not get ready')), handshakeTimeoutMs);
  });
  client.on('ready', () => {
    clearTimeout(handshake);
    failure = undefined;
    announced = false;
    log.info({ host, port }, 'Redis is connected');
    onReady(client);
  });
  client.on('close', () => {
    clearTimeout(handshake);
    // `end`: closed by us.
    if (announced || client.status === 'end') return;
    announced = true;
    log.warn({ host, port, reason: failure?.message }, 'Redis is not connected; trying again');
  });
  return () => failure ?? new Error('not connected yet');
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
