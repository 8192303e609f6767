/**
 * Several connections to one server. A large answer holds up what comes behind it on its connection; with a second
 * one, twice as many small reads get through beside reads of 8 MB. Without large values one connection is the fastest:
 * what travels together costs fewer system calls.
 */

import type { ConnectionCounts } from '../connection-counts.ts';
import { type ConnectionOptions, type OneServer, openConnection, type RedisConnection } from './connection.ts';

export async function openConnections(
  target: OneServer,
  options: ConnectionOptions & { readonly connections: number },
): Promise<RedisConnection> {
  const all = await Promise.all(Array.from({ length: options.connections }, () => openConnection(target, options)));
  const [first] = all;
  if (first === undefined) throw new RangeError('at least one connection is needed');
  if (all.length === 1) return first;
  const load = (): number | undefined => leastOf(all);
  return {
    load,
    send: (call, what, command) => {
      const least = load();
      return (all.find((one) => one.load() === least) ?? first).send(call, what, command);
    },
    count: () => all.map((one) => one.count()).reduce(sumOf),
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}

/** Undefined when none is ready. */
function leastOf(connections: readonly RedisConnection[]): number | undefined {
  const loads = connections.map((one) => one.load()).filter((load) => load !== undefined);
  return loads.length === 0 ? undefined : Math.min(...loads);
}

function sumOf(a: ConnectionCounts, b: ConnectionCounts): ConnectionCounts {
  return {
    inUse: a.inUse + b.inUse,
    idle: a.idle + b.idle,
    waiting: a.waiting + b.waiting,
    created: a.created + b.created,
    failed: a.failed + b.failed,
  };
}
