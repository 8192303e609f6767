import type { ServerResponse } from 'node:http';
import { Server, type Socket } from 'node:net';
import { setImmediate as afterReading, setTimeout as wait } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

export interface CloseOptions {
  /** From `trackConnections`. */
  readonly connections: ReadonlySet<Socket>;
  /** What requests in flight may still take. */
  readonly timeoutMs: number;
  /** Called with the number of connections whose time is over. */
  readonly onCut: (left: number) => void;
}

const lookEveryMs = 20;

/** The open connections of a server; to be called before it listens. */
export function trackConnections(server: Server): ReadonlySet<Socket> {
  const connections = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  return connections;
}

/**
 * Takes no new connection and ends each open one once what it asked for is answered. The platform's own close cuts
 * answers that are written but not sent yet, and waits for connections that never asked.
 *
 * A client that goes on asking is told to close by its next answer. A connection that is idle is closed from here once
 * nothing has arrived on any for a while: a request that comes just then would be lost.
 */
export async function closeApp(app: FastifyInstance, options: CloseOptions): Promise<void> {
  const { connections, timeoutMs } = options;
  const endsAt = performance.now() + timeoutMs;
  Server.prototype.close.call(app.server);
  app.server.prependListener('request', (_request, response: ServerResponse) => {
    response.shouldKeepAlive = false;
  });
  let before = Number.NaN;
  while (connections.size > 0 && performance.now() < endsAt) {
    await wait(Math.min(lookEveryMs, Math.max(0, endsAt - performance.now())));
    // Timers come before the reading of what arrived while the process was busy.
    await afterReading();
    const read = bytesRead(connections);
    if (read === before) closeIdle(app, connections);
    before = read;
  }
  if (connections.size > 0) options.onCut(connections.size);
  for (const socket of connections) socket.destroy();
  await app.close();
}

function bytesRead(connections: ReadonlySet<Socket>): number {
  let sum = 0;
  for (const socket of connections) sum += socket.bytesRead;
  return sum;
}

function closeIdle(app: FastifyInstance, connections: ReadonlySet<Socket>): void {
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  const sending = [...connections].some((socket) => socket.writableLength > 0);
  if (!sending) app.server.closeIdleConnections();
}
