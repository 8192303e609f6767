import { connect as tcpConnect } from 'node:net';
import { connect as tlsConnect } from 'node:tls';

export interface SocketExchange {
  /** False: not a byte was sent. */
  readonly connected: boolean;
  readonly received: Buffer;
}

export interface SocketOptions {
  /** Ends the exchange when the server has not closed the connection by then. */
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** Writes the bytes to a new socket and resolves with all that came until either side ended it. */
export function exchangeBytes(base: URL, bytes: Buffer | string, options: SocketOptions): Promise<SocketExchange> {
  const { waitMs, signal } = options;
  const { promise, resolve } = Promise.withResolvers<SocketExchange>();
  const secure = base.protocol === 'https:';
  const port = Number(base.port || (secure ? 443 : 80));
  const address = { host: base.hostname.replace(/^\[|\]$/g, ''), port };
  const socket = secure ? tlsConnect({ ...address, servername: base.hostname }) : tcpConnect(address);
  const chunks: Buffer[] = [];
  let connected = false;
  const finish = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', finish);
    socket.destroy();
    resolve({ connected, received: Buffer.concat(chunks) });
  };
  const timer = setTimeout(finish, waitMs);
  signal?.addEventListener('abort', finish, { once: true });
  socket.once(secure ? 'secureConnect' : 'connect', () => {
    connected = true;
    socket.write(bytes);
  });
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.on('error', finish);
  socket.on('close', finish);
  if (signal?.aborted) finish();
  return promise;
}
