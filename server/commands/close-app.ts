import { Server, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
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
 */
export async function closeApp(app: FastifyInstance, options: CloseOptions): Promise<void> {
  const { connections, timeoutMs } = options;
  const endsAt = performance.now() + timeoutMs;
  Server.prototype.close.call(app.server);
  while (connections.size > 0 && performance.now() < endsAt) {
    // First the wait: what has arrived already is read before anything is called idle.
    await wait(Math.min(lookEveryMs, Math.max(0, endsAt - performance.now())));
    closeIdle(app, connections);
  }
  if (connections.size > 0) options.onCut(connections.size);
  for (const socket of connections) socket.destroy();
  await app.close();
}

function closeIdle(app: FastifyInstance, connections: ReadonlySet<Socket>): void {
  for (const socket of connections) if (socket.bytesRead === 0) socket.destroy();
  const sending = [...connections].some((socket) => socket.writableLength > 0);
  if (!sending) app.server.closeIdleConnections();
}
