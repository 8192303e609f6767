import { randomUUID } from 'node:crypto';
import { type Collection, type Db, MongoAPIError, MongoServerError } from 'mongodb';
import type { Logger } from '../../log.ts';
import type { BackendCapabilities } from '../backend.ts';
import type { RecordDocument } from './documents.ts';
import { isOutage } from './errors.ts';

/** What a document needs beside the value (key, media type, ...) and a command beside the document (conditions). */
const documentOverheadBytes = 65_536;
const usualDocumentBytes = 16_777_216;

const retryDelayMs = 1_000;

export interface Probe {
  /** Asks now, and again until there is an answer: at first contact and after every reconnect. */
  readonly start: () => void;
  /** Forgets the answer and asks no more. */
  readonly stop: () => void;
  readonly result: () => Promise<BackendCapabilities>;
}

export function createProbe(ask: () => Promise<BackendCapabilities>): Probe {
  let answer: Promise<BackendCapabilities> | undefined;
  let retry: NodeJS.Timeout | undefined;
  const start = (): Promise<BackendCapabilities> => {
    clearTimeout(retry);
    const asked = ask();
    answer = asked;
    asked.catch(() => {
      if (answer !== asked) return;
      answer = undefined;
      retry = setTimeout(start, retryDelayMs).unref();
    });
    return asked;
  };
  return {
    start: () => void start(),
    stop: () => {
      clearTimeout(retry);
      answer = undefined;
    },
    result: () => answer ?? start(),
  };
}

/**
 * Makes the index by which the store forgets expired records, and asks the store what it is. Rejects as the driver does.
 * Nothing here depends on who answers: what a deployment says of its kind is no promise of what it does.
 */
export async function probeMongodb(
  db: Db,
  records: Collection<RecordDocument>,
  log: Logger,
): Promise<BackendCapabilities> {
  await records.createIndex({ reapAt: 1 }, { expireAfterSeconds: 0 }).catch((error: unknown) => {
    if (isOutage(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    log.warn({ reason }, 'The TTL index could not be made: expired records stay in the store, though none is served');
  });
  const hello = await db.command({ hello: 1 });
  const build = await db.command({ buildInfo: 1 });
  // Deletes nothing, and is acknowledged all the same by the write concern of the collection.
  await records.deleteOne({ _id: 'write-concern-probe' });
  const documentBytes = typeof hello.maxBsonObjectSize === 'number' ? hello.maxBsonObjectSize : usualDocumentBytes;
  return {
    engine: 'mongodb',
    engineVersion: typeof build.version === 'string' ? build.version : undefined,
    maxValueBytes: documentBytes - documentOverheadBytes,
    atomicBatch: (await hasTransactions(db, records)) ? 'store' : 'none',
    expiryPrecisionMs: 1,
    durability: {
      profile: 'on-ack',
      windowMs: 0,
      probedBy: 'Every write asks for w: majority and j: true; the store acknowledged one on those terms.',
    },
  };
}

/** Names with `_` are the server's own. */
const probeId = '_probe/transaction/';
/** Should the process die in between, the store forgets the document by itself. */
const probeReapMs = 3_600_000;

/**
 * Aborts a transaction and looks whether its write is gone: there are servers that take the commands, write at once, and
 * undo nothing. Rejects on an outage alone.
 */
async function hasTransactions(db: Db, records: Collection<RecordDocument>): Promise<boolean> {
  const _id = probeId + randomUUID();
  const document = { _id, rev: '', exp: 0, type: '', size: 0, crc: 0, value: Buffer.alloc(0) };
  try {
    await using session = db.client.startSession();
    session.startTransaction({ readConcern: { level: 'snapshot' }, readPreference: 'primary' });
    await records.insertOne({ ...document, reapAt: new Date(Date.now() + probeReapMs) }, { session });
    await session.abortTransaction();
  } catch (error) {
    // The server refuses, or the driver, which knows that the deployment has none.
    if (error instanceof MongoServerError ? !isOutage(error) : error instanceof MongoAPIError) return false;
    throw error;
  }
  const { deletedCount } = await records.deleteOne({ _id });
  return deletedCount === 0;
}
