/** The link itself: a TCP proxy on a port that stays. Runs in a thread of its own, see worker.ts. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { NetworkMode } from '../../../suites/fault.ts';
import { createRandom } from '../../../suites/random.ts';
import type { Address } from '../../providers/provider.ts';
import { createGate, type Gate, type LinkCounts, noCounts } from './gate.ts';
import { createRelay, type Relay } from './relay.ts';

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Where new connections go from now on. */
  pointAt(target: Address): Promise<void>;
  begin(mode: NetworkMode, seed: number): Promise<void>;
  /** Ends the mode and resolves with what it has done. */
  end(): Promise<LinkCounts>;
}

const host = '127.0.0.1';
/** While it is refused the port is free for others; a connection that got it by chance is short. */
const listenAgainMs = 5_000;

async function listen(server: Server, port: number): Promise<void> {
  for (const end = performance.now() + listenAgainMs; ; ) {
    server.listen(port, host, 1024);
    try {
      await once(server, 'listening');
      return;
    } catch (error) {
      if (port === 0 || performance.now() > end) throw error;
      await delay(20);
    }
  }
}

function isRefused(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, host);
  socket.once('connect', () => resolve(false));
  socket.once('error', (error) => resolve('code' in error && error.code === 'ECONNREFUSED'));
  return promise.finally(() => socket.destroy());
}

export async function openProxy(first: Address): Promise<Proxy> {
  let target = first;
  let counts = noCounts();
  let gate: Gate = createGate({ kind: 'nothing' }, createRandom(0), counts);
  let storm: NodeJS.Timeout | undefined;
  const relays = new Set<Relay>();

  const accept = (): Server =>
    createServer({ allowHalfOpen: true, noDelay: true }, (near) => {
      counts.opened += 1;
      const relay = createRelay(near, {
        target: () => target,
        gate: () => gate,
        counts: () => counts,
        closed: () => void relays.delete(relay),
      });
      relays.add(relay);
    });
  let server = accept();
  await listen(server, 0);
  const { port } = server.address() as AddressInfo;

  const resetAll = (): void => {
    for (const relay of relays) relay.reset();
  };
  const starts: Partial<Record<NetworkMode['kind'], (mode: NetworkMode) => Promise<void> | void>> = {
    reset(mode) {
      resetAll();
      if (mode.kind === 'reset' && mode.everyMs > 0) storm = setInterval(resetAll, mode.everyMs);
    },
    async refuse() {
      server.close();
      resetAll();
      counts.connectionsRefused += (await isRefused(port)) ? 1 : 0;
    },
    'half-open': () => {
      for (const relay of relays) relay.loseFarSide();
    },
  };

  return {
    port,
    async pointAt(next) {
      target = next;
    },
    async begin(mode, seed) {
      if (gate.mode.kind !== 'nothing') throw new Error(`the link is under ${gate.mode.kind} already`);
      counts = { ...noCounts(), present: relays.size };
      gate = createGate(mode, createRandom(seed), counts);
      await starts[mode.kind]?.(mode);
    },
    async end() {
      clearInterval(storm);
      const done = { ...counts };
      const { kind } = gate.mode;
      gate = createGate({ kind: 'nothing' }, createRandom(0), counts);
      if (kind === 'refuse') {
        server = accept();
        await listen(server, port);
      }
      for (const relay of relays) relay.open();
      return done;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(storm);
      server.close();
      resetAll();
    },
  };
}
