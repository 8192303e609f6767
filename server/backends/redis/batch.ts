/** Batches: atomic ones by one script, others as single calls that travel together. */

import { CommanderError } from '../../errors.ts';
import type { Logger } from '../../log.ts';
import { decodeRecord, encodeRecord, rewriteHead } from '../../record.ts';
import { parseRevision, type Revision, type RevisionClock } from '../../revision.ts';
import type { Backend, BackendCapabilities, BatchItem, BatchOperation, BatchOutcome, Call } from '../backend.ts';
import { readsTooMuch, runEach, writeReceipt } from '../batch-run.ts';
import { maxBatchReadBytes } from '../limits.ts';
import type { RedisConnection } from './connection.ts';
import { keysOf } from './keys.ts';
import type { Registry } from './registry.ts';
import {
  conditionArguments,
  packStamp,
  readDelete,
  readReply,
  readSet,
  readTouch,
  tellExpired,
  unexpected,
} from './script-calls.ts';

export interface RedisBatchSeams {
  readonly prefix: string;
  readonly connection: RedisConnection;
  readonly registry: Registry;
  readonly revisions: RevisionClock;
  readonly log: Logger;
}

type Singles = Pick<Backend, 'head' | 'get' | 'set' | 'touch' | 'delete' | 'capabilities'>;

/** Keys at once: more in flight makes a batch no faster. */
const width = 64;

export function createBatch(seams: RedisBatchSeams, singles: Singles): Backend['batch'] {
  return async (request, call) => {
    call.deadline.check('The batch');
    const { operations, atomic, receipt } = request;
    if (atomic) checkReach(operations, await singles.capabilities(call));
    const outcome: BatchOutcome = atomic
      ? await runAtomic(operations, seams, call)
      : { outcome: 'done', items: await runEach(operations, singles, { call, width }) };
    return writeReceipt(receipt, outcome, { set: singles.set, call, log: seams.log });
  };
}

/** Throws `capability_unsupported` when the operations reach further than the store's atomic step. */
function checkReach(operations: readonly BatchOperation[], { atomicBatch }: BackendCapabilities): void {
  if (atomicBatch === 'store') return;
  const collections = new Set(operations.map(({ address }) => `${address.namespace}/${address.collection}`));
  if (collections.size === 1) return;
  throw new CommanderError(
    'capability_unsupported',
    `On this store an atomic batch stays within one collection; these operations name ${collections.size}.`,
  );
}

/** One operation of the script: what it carries is made once, its revision anew for every attempt. */
interface Prepared {
  readonly operation: BatchOperation;
  /** Everything but the bytes. */
  readonly before: readonly (string | number)[];
  readonly after: readonly (string | number | Buffer)[];
  /** The record of a set. */
  readonly record: Buffer | undefined;
}

async function runAtomic(
  operations: readonly BatchOperation[],
  { prefix, connection, registry, revisions }: RedisBatchSeams,
  call: Call,
): Promise<BatchOutcome> {
  const keys = new Map<string, number>();
  const prepared = operations.map((operation) => prepare(operation, prefix, keys));
  const payloadBytes = prepared.reduce((sum, { record }) => sum + (record?.length ?? 0), 0);
  const names = [...keys.keys()];
  for (;;) {
    await enterAll(operations, registry, call);
    const given = prepared.map(() => revisions.next());
    const packed = prepared.flatMap((one, index) => [...one.before, bytesOf(one, given[index] ?? unset), ...one.after]);
    const reply = await connection.send(call, 'The batch', {
      payloadBytes,
      run: (client) => client.runBatchBuffer(names.length, ...names, call.nowMs, maxBatchReadBytes, ...packed),
    });
    tellExpired(reply, 3, call);
    const { word, detail, more } = readBatchReply(reply);
    if (word === 'done') return { outcome: 'done', items: readItems(prepared, detail, given) };
    const revision = Buffer.isBuffer(more) ? parseRevision(more.toString('hex')) : undefined;
    if (word === 'failed') {
      return {
        outcome: 'aborted',
        index: Number(detail) - 1,
        failure: { outcome: 'precondition_failed', current: revision },
      };
    }
    if (word === 'corrupt') {
      throw new CommanderError('record_corrupt', `The record of operations[${Number(detail) - 1}] is damaged.`);
    }
    if (word !== 'stale' || revision === undefined) throw unexpected(word);
    revisions.movePast(revision);
  }
}

async function enterAll(operations: readonly BatchOperation[], registry: Registry, call: Call): Promise<void> {
  for (const { op, address } of operations) if (op === 'set') await registry.ensure(address, call);
}

const unset = '0'.repeat(32) as Revision;

/** `keys`: the script's keys with their places, from 1. */
function prepare(operation: BatchOperation, prefix: string, keys: Map<string, number>): Prepared {
  const { address, op } = operation;
  const { record, index } = keysOf(prefix, address);
  const before = [op, placeOf(record, keys), placeOf(index, keys), address.key];
  if (op === 'get') return { operation, before, after: ['', '', ''], record: undefined };
  if (op === 'delete') {
    return { operation, before, after: ['', ...conditionArguments(operation.condition)], record: undefined };
  }
  const { request } = operation;
  const expiresAtMs = expiryOf(operation);
  const after = [
    request.expiry.kind === 'keep' ? 'keep' : (expiresAtMs ?? 0),
    ...conditionArguments(request.condition),
  ];
  if (op === 'touch') return { operation, before, after, record: undefined };
  const { value, contentType } = operation.request;
  const bytes = encodeRecord(address.key, { revision: unset, contentType, expiresAtMs, value });
  return { operation, before, after, record: bytes };
}

function placeOf(name: string, keys: Map<string, number>): number {
  const place = keys.get(name) ?? keys.size + 1;
  keys.set(name, place);
  return place;
}

function expiryOf(operation: BatchOperation): number | undefined {
  if (operation.op !== 'set' && operation.op !== 'touch') return undefined;
  const { expiry } = operation.request;
  return expiry.kind === 'at' ? expiry.atMs : undefined;
}

/** The argument that carries the revision. */
function bytesOf({ operation, record }: Prepared, revision: Revision): Buffer | string {
  if (operation.op === 'touch') return Buffer.concat(packStamp(revision, expiryOf(operation)));
  if (record === undefined) return '';
  rewriteHead(record, revision, expiryOf(operation));
  return record;
}

function readItems(prepared: readonly Prepared[], replies: unknown, given: readonly Revision[]): readonly BatchItem[] {
  const list: readonly unknown[] = Array.isArray(replies) ? replies : [];
  return prepared.map(({ operation }, index) => readItem(operation, list[index], given[index] ?? unset));
}

function readItem(operation: BatchOperation, reply: unknown, revision: Revision): BatchItem {
  const item =
    operation.op === 'set'
      ? readSet(reply, revision)
      : operation.op === 'touch'
        ? readTouch(reply, revision, expiryOf(operation))
        : operation.op === 'delete'
          ? readDelete(reply)
          : readGet(operation.address.key, reply);
  if ('stale' in item) throw unexpected('stale');
  return item;
}

function readGet(key: string, reply: unknown): BatchItem {
  const { word, detail } = readReply(reply);
  if (word === 'absent') return { outcome: 'absent' };
  if (word === 'beyond') return { outcome: 'failed', error: readsTooMuch() };
  if (word !== 'found' || !Buffer.isBuffer(detail)) throw unexpected(word);
  try {
    return { outcome: 'found', record: decodeRecord(key, detail) };
  } catch (error) {
    if (error instanceof CommanderError) return { outcome: 'failed', error };
    throw error;
  }
}

function readBatchReply(reply: unknown): { readonly word: string; readonly detail: unknown; readonly more: unknown } {
  const more: unknown = Array.isArray(reply) ? reply[2] : undefined;
  return { ...readReply(reply), more };
}
