/**
 * The atomic batch as one transaction: it reads the heads in one snapshot, decides every operation on them in memory,
 * and writes what each key comes to, in the order of the keys, so that two batches never wait for each other crosswise.
 * Where somebody else writes one of the keys meanwhile, the store ends the transaction and the whole is tried again,
 * until the deadline.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { type AnyBulkWriteOperation, type ClientSession, type Collection, MongoError } from 'mongodb';
import type { RevisionClock } from '../../revision.ts';
import type { BatchOperation, BatchOutcome, BatchRequest, Call } from '../backend.ts';
import { runInOrder } from '../batch-run.ts';
import { maxBatchReadBytes } from '../limits.ts';
import type { Bounds, Deployment } from './deployment.ts';
import { expiryFields, type HeadDocument, idOf, type RecordDocument } from './documents.ts';
import { isDuplicateKey } from './errors.ts';
import { type KeyState, overlayOf } from './overlay.ts';

/** Pauses between tries, so that rivals do not meet again and again: random, up to 2, 4, ... 64 ms. */
const maxPauseExponent = 6;

interface Transaction {
  readonly session: ClientSession;
  readonly bounds: Bounds;
  readonly records: Collection<RecordDocument>;
}

export async function runTransaction(
  request: BatchRequest,
  { deployment, revisions }: { readonly deployment: Deployment; readonly revisions: RevisionClock },
  call: Call,
): Promise<BatchOutcome> {
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await deployment.run(call, 'The batch', async (records, bounds, db) => {
      await using session = db.client.startSession();
      session.startTransaction({
        readConcern: { level: 'snapshot' },
        writeConcern: { w: 'majority', journal: true },
        readPreference: 'primary',
      });
      try {
        return await attemptOnce(request, { session, bounds, records }, { revisions, call });
      } catch (error) {
        if (isConflict(error)) return undefined;
        throw error;
      }
    });
    if (outcome !== undefined) return outcome;
    await pause(Math.random() * 2 ** Math.min(attempt, maxPauseExponent));
  }
}

/** Undefined when the store did not write what was decided. The session's end undoes a transaction left open. */
async function attemptOnce(
  request: BatchRequest,
  transaction: Transaction,
  { revisions, call }: { readonly revisions: RevisionClock; readonly call: Call },
): Promise<BatchOutcome | undefined> {
  const stored = await readStored(request.operations, transaction);
  const overlay = overlayOf(stored, { revisions, call });
  const outcome = runInOrder(request, overlay.store);
  if (outcome.outcome === 'aborted') return outcome;
  const writes = writesOf(overlay.changed());
  if (writes.length > 0) {
    const { session, bounds, records } = transaction;
    const done = await records.bulkWrite(writes, { ...bounds, session, ordered: true });
    if (done.insertedCount + done.matchedCount + done.deletedCount !== writes.length) return undefined;
  }
  await commit(transaction.session, call);
  return outcome;
}

/** What is stored under the keys, without values but for those that a get of the batch will read. */
async function readStored(
  operations: readonly BatchOperation[],
  { session, bounds, records }: Transaction,
): Promise<Map<string, HeadDocument | RecordDocument>> {
  const ids = [...new Set(operations.map(({ address }) => idOf(address)))];
  const heads = await records.find({ _id: { $in: ids } }, { ...bounds, session, projection: { value: 0 } }).toArray();
  const stored = new Map<string, HeadDocument | RecordDocument>(heads.map((head) => [head._id, head]));
  const wanted = idsToRead(operations, stored);
  if (wanted.length > 0) {
    const documents = await records.find({ _id: { $in: wanted } }, { ...bounds, session }).toArray();
    for (const document of documents) stored.set(document._id, document);
  }
  return stored;
}

/** The keys that are read before the batch writes them, as far as the bound on a batch's reads allows. */
function idsToRead(operations: readonly BatchOperation[], stored: ReadonlyMap<string, HeadDocument>): string[] {
  const seen = new Set<string>();
  const wanted: string[] = [];
  let left = maxBatchReadBytes;
  for (const { op, address } of operations) {
    const id = idOf(address);
    if (op === 'touch' || seen.has(id)) continue;
    seen.add(id);
    const size = stored.get(id)?.size ?? 0;
    if (op !== 'get' || size > left) continue;
    left -= size;
    wanted.push(id);
  }
  return wanted;
}

function writesOf(states: readonly KeyState[]): AnyBulkWriteOperation<RecordDocument>[] {
  return states
    .toSorted((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
    .map(({ id, stored, document, value }): AnyBulkWriteOperation<RecordDocument> => {
      const filter = { _id: id, ...(stored === undefined ? {} : { rev: stored.rev }) };
      if (document === undefined) return { deleteOne: { filter } };
      const { rev, exp, type, size, crc } = document;
      const expiry = expiryFields(exp ?? undefined);
      if (value === undefined) {
        const unset = expiry.reapAt === undefined ? { $unset: { reapAt: 1 as const } } : {};
        return { updateOne: { filter, update: { $set: { rev, ...expiry }, ...unset } } };
      }
      const fields = { rev, ...expiry, type, size, crc, value };
      if (stored === undefined) return { insertOne: { document: { _id: id, ...fields } } };
      return { replaceOne: { filter, replacement: fields } };
    });
}

/** A commit whose outcome was not heard of is asked for again: the store carries it out once. */
async function commit(session: ClientSession, call: Call): Promise<void> {
  for (;;) {
    try {
      await session.commitTransaction();
      return;
    } catch (error) {
      const unheard = error instanceof MongoError && error.hasErrorLabel('UnknownTransactionCommitResult');
      if (!unheard || call.deadline.remainingMs() === 0) throw error;
      await pause(10);
    }
  }
}

/** Whether the store has undone the transaction because of another write. */
function isConflict(error: unknown): boolean {
  return isDuplicateKey(error) || (error instanceof MongoError && error.hasErrorLabel('TransientTransactionError'));
}
