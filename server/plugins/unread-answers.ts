/**
 * Clients that do not read: an answer of megabytes is held for as long as its reader takes. Connections are looked at
 * now and then, which costs a request nothing, and one whose bytes do not move for too long is cut.
 */

import type { Socket } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Pressure } from '../pressure/pressure.ts';

/** What a connection had left to send, and since when. */
interface Stand {
  readonly handedOver: number;
  readonly waiting: number;
  readonly sinceMs: number;
}

/** The platform's own idle timer looks at the same number (net.js, `_onTimeout`); no public one moves in the middle of a write. */
type SocketWithQueue = Socket & { readonly _handle?: { readonly writeQueueSize?: number } | null };

const longestLookMs = 5_000;

export function registerUnreadAnswers(app: FastifyInstance, pressure: Pressure): void {
  const { answerTimeoutMs } = pressure;
  const connections = new Map<SocketWithQueue, Stand | undefined>();
  app.server.on(app.server instanceof TlsServer ? 'secureConnection' : 'connection', (socket: Socket) => {
    connections.set(socket, undefined);
    socket.once('close', () => connections.delete(socket));
  });
  const look = (): void => {
    const nowMs = performance.now();
    for (const [socket, before] of connections) {
      const stand = standOf(socket, before, nowMs);
      connections.set(socket, stand);
      if (stand === undefined || nowMs - stand.sinceMs < answerTimeoutMs) continue;
      pressure.countCut();
      socket.destroy();
    }
  };
  const timer = setInterval(look, Math.min(longestLookMs, answerTimeoutMs / 4)).unref();
  app.addHook('onClose', async () => clearInterval(timer));
}

/** Undefined while everything is sent. */
function standOf(socket: SocketWithQueue, before: Stand | undefined, nowMs: number): Stand | undefined {
  if (socket.writableLength === 0) return undefined;
  const handedOver = socket.bytesWritten;
  const waiting = socket._handle?.writeQueueSize ?? socket.writableLength;
  if (before?.handedOver === handedOver && before.waiting === waiting) return before;
  return { handedOver, waiting, sinceMs: nowMs };
}
