/** MongoDB as a store: one document a record, in the collection `records` of a database of its own. */

import type { Backend, BackendContext } from '../backend.ts';
import { type MongodbOptions, openDeployment } from './deployment.ts';
import { idOf, isLive, readHead, readRecord } from './documents.ts';
import { listPage } from './list-page.ts';
import { createWrites } from './writes.ts';

/**
 * Resolves although the deployment is unreachable. Throws ConfigurationError for a URL or a database name that cannot
 * be used.
 */
export async function openMongodb(options: MongodbOptions, context: BackendContext): Promise<Backend> {
  const deployment = await openDeployment(options, context.log);

  return {
    async get(address, call) {
      const document = await deployment.run(call, 'The read', (records, bounds) =>
        records.findOne({ _id: idOf(address) }, bounds),
      );
      return document !== null && isLive(document, call.nowMs) ? readRecord(address.key, document) : undefined;
    },

    async head(address, call) {
      const document = await deployment.run(call, 'The read', (records, bounds) =>
        records.findOne({ _id: idOf(address) }, { ...bounds, projection: { value: 0 } }),
      );
      return document !== null && isLive(document, call.nowMs) ? readHead(document) : undefined;
    },

    ...createWrites(deployment, context.revisions),

    list: (request, call) => listPage(deployment, request, call),

    async stats(call) {
      const stats = await deployment.run(call, 'The statistics', (_records, bounds, db) =>
        db.command({ dbStats: 1, ...bounds }),
      );
      const bytes = Number(stats.storageSize) + Number(stats.indexSize);
      return { bytes: Number.isFinite(bytes) ? bytes : undefined };
    },

    // A read, not the ping command: a server in front of another database answers that one while nothing can be read.
    async ping(call) {
      await deployment.run(call, 'The read', (records, bounds) =>
        records.findOne({ _id: 'ping' }, { ...bounds, projection: { _id: 1 } }),
      );
    },

    capabilities: (call) => deployment.capabilities(call),

    [Symbol.asyncDispose]: () => deployment[Symbol.asyncDispose](),
  };
}
