/**
 * Redis as a store. A record is one string, `<prefix>{namespace/collection}:r:<key>`, and the sorted set
 * `<prefix>{namespace/collection}:i` holds the keys of the collection in bytewise order; the braces put both into one
 * hash slot. Names hold neither braces nor slashes, so no two collections share a key.
 */

import { ConfigurationError } from '../../configuration-error.ts';
import { decodeHead, decodeRecord, encodeRecord, maxHeadBytes, rewriteHead } from '../../record.ts';
import type { Revision } from '../../revision.ts';
import type { Backend, BackendContext, Call } from '../backend.ts';
import { openConnection } from './connection.ts';
import { keysOf } from './keys.ts';
import { listArguments, readListPage } from './list-page.ts';
import { createProbe, readInfo } from './probe.ts';
import { parseRedisUrl } from './redis-target.ts';
import { conditionArguments, isStale, packStamp, readDelete, readSet, readTouch, type Stale } from './script-calls.ts';

export interface RedisOptions {
  /** redis://[user:password@]host[:port][/database], or rediss:// for TLS. */
  readonly url: string;
  /** What all keys of this server begin with; no braces. */
  readonly prefix: string;
}

const unset = '0'.repeat(32) as Revision;

/** Resolves although Redis is unreachable. Throws ConfigurationError for a URL or a prefix that cannot be used. */
export async function openRedis(options: RedisOptions, context: BackendContext): Promise<Backend> {
  const target = parseRedisUrl(options.url);
  if (/[{}]/.test(options.prefix)) throw new ConfigurationError('The prefix of the Redis keys holds no braces.');
  const { prefix } = options;
  const { revisions } = context;
  const probe = createProbe(context.log);
  const connection = await openConnection(target, { log: context.log, onReady: probe.start });

  /** A write whose revision is not greater than the stored one is refused by its script: move past that and repeat, until the deadline. */
  const write = async <T>(attempt: (revision: Revision) => Promise<T | Stale>): Promise<T> => {
    for (;;) {
      const answer = await attempt(revisions.next());
      if (!isStale(answer)) return answer;
      revisions.movePast(answer.stale);
    }
  };

  return {
    async get(address, call) {
      const { record } = keysOf(prefix, address);
      const bytes = await connection.send(call, 'The read', { run: (client) => client.getBuffer(record) });
      if (bytes === null) return undefined;
      const stored = decodeRecord(address.key, bytes);
      return isLive(stored, call) ? stored : undefined;
    },

    async head(address, call) {
      const { record } = keysOf(prefix, address);
      const bytes = await connection.send(call, 'The read', {
        run: (client) => client.getrangeBuffer(record, 0, maxHeadBytes - 1),
      });
      if (bytes.length === 0) return undefined;
      const head = decodeHead(bytes);
      return isLive(head, call) ? head : undefined;
    },

    set(address, request, call) {
      const { record, index } = keysOf(prefix, address);
      const { value, contentType, expiry } = request;
      const expiresAtMs = expiry.kind === 'at' ? expiry.atMs : undefined;
      const bytes = encodeRecord(address.key, { revision: unset, contentType, expiresAtMs, value });
      const change = expiry.kind === 'keep' ? 'keep' : (expiresAtMs ?? 0);
      const tags = conditionArguments(request.condition);
      return write(async (revision) => {
        rewriteHead(bytes, revision, expiresAtMs);
        const reply = await connection.send(call, 'The write', {
          payloadBytes: bytes.length,
          run: (client) => client.setRecordBuffer(record, index, address.key, bytes, call.nowMs, change, ...tags),
        });
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
          run: (client) => client.touchRecordBuffer(record, call.nowMs, expiresAtMs ?? 0, ...tags, stamp),
        });
        return readTouch(reply, revision, expiresAtMs);
      });
    },

    async delete(address, condition, call) {
      const { record, index } = keysOf(prefix, address);
      const tags = conditionArguments(condition);
      const reply = await connection.send(call, 'The write', {
        run: (client) => client.deleteRecordBuffer(record, index, address.key, call.nowMs, ...tags),
      });
      return readDelete(reply);
    },

    async list(request, call) {
      const { record, index } = keysOf(prefix, { ...request, key: '' });
      const reply = await connection.send(call, 'The listing', {
        run: (client) => client.listRecordsBuffer(index, record, ...listArguments(request, call)),
      });
      return readListPage(reply, request.withValues);
    },

    async stats(call) {
      const info = await connection.send(call, 'The statistics', { run: (client) => client.info('memory') });
      const usedMemory = readInfo(info).get('used_memory');
      return { bytes: usedMemory === undefined ? undefined : Number(usedMemory) };
    },

    // Not PING: Redis refuses that one too while it cannot write to its disk, and still reads.
    async ping(call) {
      await connection.send(call, 'The read', { run: (client) => client.exists(`${prefix}ping`) });
    },

    capabilities: (call) => connection.send(call, 'The probe', { run: probe.result }),

    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  };
}

function isLive(head: { readonly expiresAtMs: number | undefined }, call: Call): boolean {
  return head.expiresAtMs === undefined || head.expiresAtMs > call.nowMs;
}
