/** The thread that a link runs in, so that neither clients nor checkers share its event loop. */

import { parentPort, workerData } from 'node:worker_threads';
import type { NetworkMode } from '../../../suites/fault.ts';
import type { Address } from '../../providers/provider.ts';
import { openProxy } from './proxy.ts';

export type Order =
  | { readonly order: 'point-at'; readonly target: Address }
  | { readonly order: 'begin'; readonly mode: NetworkMode; readonly seed: number }
  | { readonly order: 'end' };

export type Reply = { readonly done: unknown } | { readonly error: string };

if (parentPort === null) throw new Error('this is a thread of the harness, not a program');
const port = parentPort;
const proxy = await openProxy(workerData as Address);

function carryOut(order: Order): Promise<unknown> {
  if (order.order === 'point-at') return proxy.pointAt(order.target);
  return order.order === 'begin' ? proxy.begin(order.mode, order.seed) : proxy.end();
}

port.on('message', (order: Order) => {
  carryOut(order).then(
    (done) => port.postMessage({ done } satisfies Reply),
    (error: unknown) =>
      port.postMessage({ error: error instanceof Error ? error.message : String(error) } satisfies Reply),
  );
});
port.postMessage({ done: proxy.port } satisfies Reply);
