import type { Backend } from '../backends/backend.ts';

/** A store of which every method rejects with what `failure` gives. */
export function createFailingBackend(failure: () => unknown): Backend {
  const fail = (): Promise<never> => Promise.reject(failure());
  return {
    get: fail,
    head: fail,
    set: fail,
    touch: fail,
    delete: fail,
    batch: fail,
    list: fail,
    deletePrefix: fail,
    drop: fail,
    namespaces: fail,
    collections: fail,
    stats: fail,
    ping: fail,
    capabilities: fail,
    [Symbol.asyncDispose]: async () => undefined,
  };
}
