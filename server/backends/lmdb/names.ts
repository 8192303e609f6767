import type { Backend } from '../backend.ts';
import { runSearch, searchNames } from '../names.ts';
import type { LmdbStore } from './store.ts';

/** Looks are so quick that a page needs no bound but its limit. */
const never = (): boolean => false;

/** Runs what reads, so that it sees what other processes have acknowledged and fails in the words of the contract. */
export type RunRead = <T>(read: () => T | Promise<T>) => Promise<T>;

export function createNames(store: LmdbStore, reading: RunRead): Pick<Backend, 'namespaces' | 'collections'> {
  /** The name that the first key at or after `scope + from` has behind `scope`. */
  const look = (scope: string, from: string): string | undefined => {
    const [key] = store.records.getKeys({ start: scope + from, limit: 1 });
    if (key === undefined || !key.startsWith(scope)) return undefined;
    return key.slice(scope.length, key.indexOf('/', scope.length));
  };
  return {
    namespaces: async (request, call) => {
      call.deadline.check('The listing');
      return reading(() => runSearch(searchNames(request, never), (from) => look('', from)));
    },
    collections: async (namespace, request, call) => {
      call.deadline.check('The listing');
      return reading(() => runSearch(searchNames(request, never), (from) => look(`${namespace}/`, from)));
    },
  };
}
