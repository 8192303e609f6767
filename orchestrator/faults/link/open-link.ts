/** A link of a case's stage, as the harness holds it. */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { NetworkMode } from '../../../suites/fault.ts';
import { inClone } from '../../package-root.ts';
import type { Address } from '../../providers/provider.ts';
import type { LinkCounts } from './gate.ts';
import type { Order, Reply } from './worker.ts';

export interface Link extends AsyncDisposable {
  /** Where it listens; stays for its life. */
  readonly address: Address;
  /** Where new connections go from now on. */
  pointAt(target: Address): Promise<void>;
  begin(mode: NetworkMode, seed: number): Promise<void>;
  /** Ends what was begun and resolves with what it did. */
  end(): Promise<LinkCounts>;
}

const answerTimeoutMs = 10_000;

export async function openLink(target: Address): Promise<Link> {
  const worker = new Worker(new URL(inClone ? 'worker.ts' : 'worker.js', import.meta.url), { workerData: target });
  // A link that nobody needs any more does not hold the process.
  worker.unref();
  const answer = async (): Promise<unknown> => {
    const [reply] = (await once(worker, 'message', { signal: AbortSignal.timeout(answerTimeoutMs) })) as [Reply];
    if ('error' in reply) throw new Error(`the link: ${reply.error}`);
    return reply.done;
  };
  /** One order at a time: replies carry no number. */
  let last: Promise<unknown> = answer();
  const ask = (order: Order): Promise<unknown> => {
    last = last.then(
      () => send(order),
      () => send(order),
    );
    return last;
  };
  const send = (order: Order): Promise<unknown> => {
    const replied = answer();
    worker.postMessage(order);
    return replied;
  };
  try {
    const port = (await last) as number;
    return {
      address: { host: '127.0.0.1', port },
      pointAt: async (next) => void (await ask({ order: 'point-at', target: next })),
      begin: async (mode, seed) => void (await ask({ order: 'begin', mode, seed })),
      end: async () => (await ask({ order: 'end' })) as LinkCounts,
      async [Symbol.asyncDispose]() {
        await worker.terminate();
      },
    };
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}
