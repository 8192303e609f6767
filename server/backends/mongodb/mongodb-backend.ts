/** MongoDB as a store: one document a record, in the collection `records` of a database of its own. */

import type { Backend, BackendContext } from '../backend.ts';
import { createBatch } from './batch.ts';
import { type MongodbOptions, openDeployment } from './deployment.ts';
import { idOf, isLiveDocument, readHead, readRecord } from './documents.ts';
import { listPage } from './list-page.ts';
import { createNames } from './names.ts';
import { createRemoval } from './remove-step.ts';
import { createWrites } from './writes.ts';

/**
 * Resolves although the deployment is unreachable. Throws ConfigurationError for a URL or a database name that cannot
 * be used.
 */
export async function openMongodb(options: MongodbOptions, context: BackendContext): Promise<Backend> {
  const deployment = await openDeployment(options, context);

  const singles: Omit<Backend, 'batch'> = {
    async get(address, call) {
      const document = await deployment.run(call, 'The read', (records, bounds) =>
        records.findOne({ _id: idOf(address) }, bounds),
      );
      return document !== null && isLiveDocument(document, call) ? readRecord(address.key, document) : undefined;
    },

    async head(address, call) {
      const document = await deployment.run(call, 'The read', (records, bounds) =>
        records.findOne({ _id: idOf(address) }, { ...bounds, projection: { value: 0 } }),
      );
      return document !== null && isLiveDocument(document, call) ? readHead(document) : undefined;
    },

    ...createWrites(deployment, context.revisions),

    list: (request, call) => listPage(deployment, request, call),

    ...createRemoval(deployment),
    ...createNames(deployment),
    async stats(call) {
      const stats = await deployment.run(call, 'The statistics', (_records, bounds, db) =>
        db.command({ dbStats: 1, ...bounds }),
      );
      const bytes = Number(stats.storageSize) + Number(stats.indexSize);
      return { bytes: Number.isFinite(bytes) ? bytes : undefined, freeBytes: undefined, records: undefined };
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
  return { ...singles, batch: createBatch({ deployment, context }, singles) };
}
