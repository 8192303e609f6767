/**
 * Redis as a store. A record is one string, `<prefix>{namespace/collection}:r:<key>`, and the sorted set
 * `<prefix>{namespace/collection}:i` holds the keys of the collection in bytewise order; the braces put both into one
 * hash slot. Names hold neither braces nor slashes, so no two collections share a key.
 */

import { ConfigurationError } from '../../configuration-error.ts';
import { decodeHead, decodeRecord, encodeRecord, maxHeadBytes, rewriteHead } from '../../record.ts';
import type { Revision } from '../../revision.ts';
import type { Backend, BackendContext } from '../backend.ts';
import { isLive } from '../is-live.ts';
import { createBatch } from './batch.ts';
import { openCluster } from './cluster.ts';
import type { ConnectionOptions } from './connection.ts';
import { openConnections } from './connections.ts';
import { keysOf } from './keys.ts';
import { listArguments, readListPage } from './list-page.ts';
import { createNames } from './names.ts';
import { createProbe, readInfo } from './probe.ts';
import { parseRedisUrl } from './redis-target.ts';
import { createRegistry } from './registry.ts';
import { createRemoval } from './remove-step.ts';
import {
  conditionArguments,
  isStale,
  packStamp,
  readDelete,
  readSet,
  readTouch,
  type Stale,
  tellExpired,
} from './script-calls.ts';

export interface RedisOptions {
  /** As redis-target.ts reads it: one server, sentinels or a cluster. */
  readonly url: string;
  /** What all keys of this server begin with; no braces. */
  readonly prefix: string;
  /** To one server; 1 when absent. */
  readonly connections?: number;
}

const unset = '0'.repeat(32) as Revision;

/** Resolves although Redis is unreachable. Throws ConfigurationError for a URL or a prefix that cannot be used. */
export async function openRedis(options: RedisOptions, context: BackendContext): Promise<Backend> {
  const target = parseRedisUrl(options.url);
  if (/[{}]/.test(options.prefix)) throw new ConfigurationError('The prefix of the Redis keys holds no braces.');
  const { prefix } = options;
  const { revisions } = context;
  const probe = createProbe(context.log);
  const { connections = 1 } = options;
  if (target.kind === 'cluster' && connections > 1) {
    throw new ConfigurationError('Of a Redis Cluster each node has one connection; leave --redis-connections away.');
  }
  const registry = createRegistry(prefix, () => connection);
  const seams: ConnectionOptions & { readonly connections: number } = {
    log: context.log,
    connections,
    onReady(client) {
      registry.forget();
      probe.start(client);
    },
  };
  const connection = await (target.kind === 'cluster' ? openCluster(target, seams) : openConnections(target, seams));
  context.watchConnections?.(connection.count);

  /** A write whose revision is not greater than the stored one is refused by its script: move past that and repeat, until the deadline. */
  const write = async <T>(attempt: (revision: Revision) => Promise<T | Stale>): Promise<T> => {
    for (;;) {
      const answer = await attempt(revisions.next());
      if (!isStale(answer)) return answer;
      revisions.movePast(answer.stale);
    }
  };

  const singles: Omit<Backend, 'batch'> = {
    async get(address, call) {
      const { record } = keysOf(prefix, address);
      const bytes = await connection.send(call, 'The read', { run: (client) => client.getBuffer(record) });
      if (bytes === null) return undefined;
      const stored = decodeRecord(address.key, bytes);
      return isLive(stored.expiresAtMs, call) ? stored : undefined;
    },

    async head(address, call) {
      const { record } = keysOf(prefix, address);
      const bytes = await connection.send(call, 'The read', {
        run: (client) => client.getrangeBuffer(record, 0, maxHeadBytes - 1),
      });
      if (bytes.length === 0) return undefined;
      const head = decodeHead(bytes);
      return isLive(head.expiresAtMs, call) ? head : undefined;
    },

    set(address, request, call) {
      const { record, index } = keysOf(prefix, address);
      const { value, contentType, expiry } = request;
      const expiresAtMs = expiry.kind === 'at' ? expiry.atMs : undefined;
      const bytes = encodeRecord(address.key, { revision: unset, contentType, expiresAtMs, value });
      const change = expiry.kind === 'keep' ? 'keep' : (expiresAtMs ?? 0);
      const tags = conditionArguments(request.condition);
      return write(async (revision) => {
        await registry.ensure(address, call);
        rewriteHead(bytes, revision, expiresAtMs);
        const reply = await connection.send(call, 'The write', {
          payloadBytes: bytes.length,
          run: (client) => client.setRecordBuffer(record, index, address.key, bytes, call.nowMs, change, ...tags),
        });
        tellExpired(reply, 2, call);
        return readSet(reply, revision);
      });
    },

    touch(address, request, call) {
      const { record } = keysOf(prefix, address);
      const expiresAtMs = request.expiry.kind === 'at' ? request.expiry.atMs : undefined;
      const tags = conditionArguments(request.condition);
      return write(async (revision) => {
        const stamp = packStamp(revision, expiresAtMs);
        const reply = await connection.send(call, 'The write', {
          run: (client) => client.touchRecordBuffer(record, call.nowMs, expiresAtMs ?? 0, ...tags, ...stamp),
        });
        tellExpired(reply, 2, call);
        return readTouch(reply, revision, expiresAtMs);
      });
    },

    async delete(address, condition, call) {
      const { record, index } = keysOf(prefix, address);
      const tags = conditionArguments(condition);
      const reply = await connection.send(call, 'The write', {
        run: (client) => client.deleteRecordBuffer(record, index, address.key, call.nowMs, ...tags),
      });
      tellExpired(reply, 2, call);
      return readDelete(reply);
    },

    async list(request, call) {
      const { record, index } = keysOf(prefix, { ...request, key: '' });
      const reply = await connection.send(call, 'The listing', {
        run: (client) => client.listRecordsBuffer(index, record, ...listArguments(request, call)),
      });
      return readListPage(reply, request.withValues, call);
    },

    ...createRemoval(prefix, connection, registry),
    ...createNames(prefix, connection, registry),
    async stats(call) {
      const info = await connection.send(call, 'The statistics', { run: (client) => client.info('memory') });
      const usedMemory = readInfo(info).get('used_memory');
      const bytes = usedMemory === undefined ? undefined : Number(usedMemory);
      return { bytes, freeBytes: undefined, records: undefined };
    },

    // Not PING: Redis refuses that one too while it cannot write to its disk, and still reads.
    async ping(call) {
      await connection.send(call, 'The read', { run: (client) => client.exists(`${prefix}ping`) });
    },

    capabilities: (call) => connection.send(call, 'The probe', { run: probe.result }),

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
  const batch = createBatch({ prefix, connection, registry, revisions, log: context.log }, singles);
  return { ...singles, batch };
}
