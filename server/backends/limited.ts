/**
 * A store that is asked only so much at once. What comes beyond is refused before anything is sent: a queue without
 * end would make every answer late, and the refused can try again.
 */

import { CommanderError } from '../errors.ts';
import type { Backend } from './backend.ts';

export function limitCalls(backend: Backend, maxCalls: number): Backend {
  let inFlight = 0;
  const enter = (): void => {
    if (inFlight >= maxCalls) {
      throw new CommanderError('overloaded', `${maxCalls} calls of the store are under way; nothing was sent.`);
    }
    inFlight += 1;
  };
  const leave = (): void => {
    inFlight -= 1;
  };
  const limit =
    <A extends readonly unknown[], T>(run: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      enter();
      try {
        return await run(...args);
      } finally {
        leave();
      }
    };
  const get = limit(async (...args: Parameters<Backend['get']>) => backend.get(...args));
  return {
    // Whether the store is there must be answered when it is busy, too.
    ...backend,
    get,
    head: limit(backend.head),
    set: limit(backend.set),
    touch: limit(backend.touch),
    delete: limit(backend.delete),
    batch: limit(backend.batch),
    list: limit(backend.list),
    deletePrefix: limit(backend.deletePrefix),
    drop: limit(backend.drop),
    namespaces: limit(backend.namespaces),
    collections: limit(backend.collections),
  };
}
