/** A GET whose client has begun to read the answer and then takes nothing more: it is under way for as long as a case likes. */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Answer } from './answer.ts';
import { parseRawAnswer } from './check.ts';

export interface HalfRead {
  /** Reads the rest, and resolves with what came until the connection ended. */
  finish(): Promise<Answer>;
  /** Ends the connection with the answer unread. */
  abandon(): void;
}

const waitMs = 10_000;

/** Resolves when the answer has begun to arrive. It must be larger than what the kernel buffers, 6 MB or so. */
export async function halfReadGet(baseUrl: string, path: string): Promise<HalfRead> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  const signal = AbortSignal.timeout(waitMs);
  socket.on('error', () => undefined);
  const request = `GET ${path} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: close\r\n\r\n`;
  socket.write(request);
  await once(socket, 'readable', { signal });
  return {
    async finish() {
      const chunks: Buffer[] = [];
      socket.on('data', (chunk) => chunks.push(chunk));
      if (!socket.closed) await once(socket, 'close', { signal: AbortSignal.timeout(waitMs) });
      return parseRawAnswer(baseUrl, request, Buffer.concat(chunks));
    },
    abandon: () => socket.destroy(),
  };
}
