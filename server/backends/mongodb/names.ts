import type { Backend, Call } from '../backend.ts';
import { awaitSearch, searchNames } from '../names.ts';
import type { Deployment } from './deployment.ts';

const what = 'The listing';

export function createNames(deployment: Deployment): Pick<Backend, 'namespaces' | 'collections'> {
  /** The name that the first record at or after `scope + from` has behind `scope`. */
  const look = async (scope: string, from: string, call: Call): Promise<string | undefined> => {
    const [first] = await deployment.run(call, what, (records, bounds) =>
      records
        .find({ _id: { $gte: scope + from } }, { ...bounds, projection: { _id: 1 } })
        .sort({ _id: 1 })
        .limit(1)
        .toArray(),
    );
    if (first === undefined || !first._id.startsWith(scope)) return undefined;
    return first._id.slice(scope.length, first._id.indexOf('/', scope.length));
  };

  /** A look is a round trip: a page ends early rather than at its deadline. */
  const halfTime = ({ deadline }: Call): (() => boolean) => {
    const half = deadline.remainingMs() / 2;
    return () => deadline.remainingMs() < half;
  };

  return {
    namespaces: (request, call) => awaitSearch(searchNames(request, halfTime(call)), (from) => look('', from, call)),
    collections: (namespace, request, call) =>
      awaitSearch(searchNames(request, halfTime(call)), (from) => look(`${namespace}/`, from, call)),
  };
}
