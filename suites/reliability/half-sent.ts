/** A PUT of which the server has the head and half the body: it is under way for as long as a case likes. */

import { once } from 'node:events';
import { connect } from 'node:net';
import type { Answer } from '../answer.ts';
import { parseRawAnswer } from '../check.ts';
import { CaseFailed } from '../verdict.ts';

export interface HalfSent {
  /** Sends the rest, and resolves with the answer. Fails where the connection ends without one. */
  finish(): Promise<Answer>;
}

const waitMs = 10_000;
const goOn = 'HTTP/1.1 100 Continue\r\n\r\n';

/** Resolves when the server has said that it waits for the body. */
export async function halfSendPut(baseUrl: string, path: string, body: Buffer): Promise<HalfSent> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  const signal = AbortSignal.timeout(waitMs);
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  const head = [`PUT ${path} HTTP/1.1`, `Host: ${hostname}:${port}`, `Content-Length: ${body.length}`];
  socket.write(`${[...head, 'Expect: 100-continue', 'Connection: close'].join('\r\n')}\r\n\r\n`);
  while (!received.includes(goOn)) await once(socket, 'data', { signal });
  const half = Math.floor(body.length / 2);
  socket.write(body.subarray(0, half));
  return {
    async finish() {
      if (!socket.destroyed) {
        socket.write(body.subarray(half));
        await once(socket, 'close', { signal }).catch(() => undefined);
      }
      socket.destroy();
      const rest = received.slice(received.indexOf(goOn) + goOn.length);
      if (rest === '') throw new CaseFailed('an answer to a request that was under way', 'the end of its connection');
      return parseRawAnswer(baseUrl, `${head.join('\r\n')}\r\n\r\n`, Buffer.from(rest, 'latin1'));
    },
  };
}
