/** Any backend, with the time and the failures of its calls counted. Nothing else about it changes. */

import { CommanderError } from '../errors.ts';
import type { Counter, MetricsRegistry } from '../metrics/registry.ts';
import type { Backend, BatchItem, BatchRequest, Call, ListRequest } from './backend.ts';
import type { RawRecord } from './page-sink.ts';

type Operation = Exclude<keyof Backend, typeof Symbol.asyncDispose>;

/** In seconds: from what an embedded store takes to what a deadline allows. */
const bounds = [
  1e-5, 2.5e-5, 5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10,
];

export function measureBackend(backend: Backend, registry: MetricsRegistry): Backend {
  const durations = registry.histogram({
    name: 'commander_store_operation_duration_seconds',
    help: 'Time of the calls of the store, failed ones included.',
    labels: ['operation'],
    bounds,
  });
  const errors = registry.counter({
    name: 'commander_store_operation_errors_total',
    help: 'Calls of the store that failed, by the code of the error.',
    labels: ['operation', 'code'],
  });
  // A page or a batch with a damaged record in it does not fail.
  const damaged = registry.counter({
    name: 'commander_store_damaged_reads_total',
    help: 'Records that failed their checksum when they were read.',
    labels: ['operation'],
  });
  const countDamaged = (operation: Operation, count: number): void => {
    if (count > 0) damaged.of({ operation }).add(count);
  };

  const errorOf = (operation: Operation, error: unknown): Counter => {
    const code = error instanceof CommanderError ? error.code : 'internal_error';
    if (code === 'record_corrupt') countDamaged(operation, 1);
    return errors.of({ operation, code });
  };

  const measure = <A extends readonly unknown[], T>(operation: Operation, run: (...args: A) => Promise<T>) => {
    const duration = durations.of({ operation });
    return async (...args: A): Promise<T> => {
      const startedMs = performance.now();
      try {
        return await run(...args);
      } catch (error) {
        errorOf(operation, error).add(1);
        throw error;
      } finally {
        duration.observe((performance.now() - startedMs) / 1000);
      }
    };
  };
  const settle = measure('get', async <T>(pending: Promise<T>): Promise<T> => pending);
  const getDuration = durations.of({ operation: 'get' });

  return {
    // By hand: an engine that answers at once stays one that does. A call is made right before it, so it has the time.
    get(address, call) {
      const { startedAt: startedMs } = call.deadline;
      try {
        const found = backend.get(address, call);
        if (found instanceof Promise) return settle(found) as typeof found;
        getDuration.observe((performance.now() - startedMs) / 1000);
        return found;
      } catch (error) {
        errorOf('get', error).add(1);
        getDuration.observe((performance.now() - startedMs) / 1000);
        throw error;
      }
    },
    head: measure('head', backend.head),
    set: measure('set', backend.set),
    touch: measure('touch', backend.touch),
    delete: measure('delete', backend.delete),
    batch: measure('batch', async (request: BatchRequest, call: Call) => {
      const outcome = await backend.batch(request, call);
      if (outcome.outcome === 'done') countDamaged('batch', outcome.items.filter(isDamagedItem).length);
      return outcome;
    }),
    list: measure('list', async (request: ListRequest, call: Call) => {
      const { sink } = request;
      const counted = sink && {
        add: (raw: RawRecord) => sink.add(raw),
        addDamaged(raw: Omit<RawRecord, 'record'>) {
          countDamaged('list', 1);
          sink.addDamaged(raw);
        },
      };
      const page = await backend.list(counted === undefined ? request : { ...request, sink: counted }, call);
      countDamaged('list', page.items.filter((item) => 'damaged' in item).length);
      return page;
    }),
    deletePrefix: measure('deletePrefix', backend.deletePrefix),
    drop: measure('drop', backend.drop),
    namespaces: measure('namespaces', backend.namespaces),
    collections: measure('collections', backend.collections),
    stats: measure('stats', backend.stats),
    ping: measure('ping', backend.ping),
    capabilities: measure('capabilities', backend.capabilities),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  };
}

function isDamagedItem(item: BatchItem): boolean {
  return item.outcome === 'failed' && item.error.code === 'record_corrupt';
}
