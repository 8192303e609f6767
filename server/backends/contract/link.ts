import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP link on loopback between a client and a store, with a port that stays when the store's changes. */
export interface Link extends AsyncDisposable {
  readonly port: number;
  /** Breaks every connection; new ones end at once. */
  cut(): void;
  /** Keeps every connection and passes nothing on; new ones open and stay silent. */
  stall(): void;
  restore(): void;
}

type State = 'open' | 'cut' | 'stalled';

/** `storePort` is asked at every new connection. */
export async function openLink(storePort: () => number): Promise<Link> {
  let state: State = 'open';
  const pairs = new Set<Pair>();
  const server = createServer((client) => {
    if (state === 'cut') {
      client.destroy();
      return;
    }
    const pair = createPair(client, storePort);
    pairs.add(pair);
    client.once('close', () => pairs.delete(pair));
    if (state === 'open') pair.flow();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const end = (): void => {
    for (const pair of pairs) pair.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut';
      end();
    },
    stall() {
      state = 'stalled';
      for (const pair of pairs) pair.hold();
    },
    restore() {
      state = 'open';
      for (const pair of pairs) pair.flow();
    },
    async [Symbol.asyncDispose]() {
      end();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Pair {
  flow(): void;
  /** Bytes wait in the sockets' buffers; none is lost. */
  hold(): void;
  destroy(): void;
}

function createPair(client: Socket, storePort: () => number): Pair {
  let store: Socket | undefined;
  client.pause();
  client.on('error', () => undefined);
  client.once('close', () => store?.destroy());
  const dial = (): Socket => {
    const socket = connect(storePort(), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.once('close', () => client.destroy());
    return socket;
  };
  return {
    flow() {
      store ??= dial();
      client.pipe(store);
      store.pipe(client);
    },
    hold() {
      for (const socket of [client, store]) socket?.unpipe().pause();
    },
    destroy() {
      client.destroy();
      store?.destroy();
    },
  };
}
