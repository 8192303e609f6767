import type { Filter } from 'mongodb';
import type { Backend, Call, RemovalStep } from '../backend.ts';
import type { Deployment } from './deployment.ts';
import { expiredFilter, hasExpired, type RecordDocument } from './documents.ts';

const what = 'The write';
const maxPerStep = 1_000;

export function createRemoval(deployment: Deployment): Pick<Backend, 'deletePrefix' | 'drop'> {
  return {
    deletePrefix: ({ namespace, collection, prefix }, call) =>
      removeStep(deployment, `${namespace}/${collection}/${prefix}`, call),
    drop: ({ namespace, collection }, call) =>
      removeStep(deployment, collection === undefined ? `${namespace}/` : `${namespace}/${collection}/`, call),
  };
}

/**
 * Removes the first records whose id begins with `start`: read, then deleted by their ids, without a transaction. The
 * live ones are deleted and counted by the store whatever was written to them in between; an expired one only if it
 * still is.
 */
async function removeStep(deployment: Deployment, start: string, call: Call): Promise<RemovalStep> {
  const found = await deployment.run(call, what, (records, bounds) =>
    records
      .find({ _id: { $gte: start } }, { ...bounds, projection: { exp: 1 } })
      .sort({ _id: 1 })
      .limit(maxPerStep + 1)
      .toArray(),
  );
  const within = found.filter(({ _id }) => _id.startsWith(start));
  const doomed = within.slice(0, maxPerStep);
  const remove = async (chosen: typeof doomed, extra: Filter<RecordDocument>): Promise<number> => {
    if (chosen.length === 0) return 0;
    const filter = { _id: { $in: chosen.map(({ _id }) => _id) }, ...extra };
    return (await deployment.run(call, what, (records, bounds) => records.deleteMany(filter, bounds))).deletedCount;
  };
  const expired = new Set(doomed.filter((document) => hasExpired(document, call)));
  await remove([...expired], expiredFilter(call.nowMs));
  const live = doomed.filter((document) => !expired.has(document));
  return { deleted: await remove(live, {}), done: within.length <= maxPerStep };
}
