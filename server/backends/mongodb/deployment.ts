/**
 * The connection to a MongoDB deployment, or to anything that speaks its protocol. It comes back by itself; while there
 * is none, calls are refused at once instead of queued, and nothing is sent twice.
 */

import { setTimeout as pause } from 'node:timers/promises';
import { type Collection, type Db, MongoClient, type TopologyDescription } from 'mongodb';
import { ConfigurationError } from '../../configuration-error.ts';
import type { BackendCapabilities, BackendContext, Call } from '../backend.ts';
import { countConnections } from './connections.ts';
import type { RecordDocument } from './documents.ts';
import { noConnection, translateMongoError } from './errors.ts';
import { createProbe, probeMongodb } from './probe.ts';

export interface MongodbOptions {
  /** mongodb:// or mongodb+srv:// */
  readonly url: string;
  readonly database: string;
  /** To each server, at most. */
  readonly maxConnections?: number;
}

export interface Deployment extends AsyncDisposable {
  /** Runs one operation within the call's deadline. `what` names it in the message of a time-out. */
  run<T>(call: Call, what: string, operation: Operation<T>): Promise<T>;
  capabilities(call: Call): Promise<BackendCapabilities>;
}

type DeploymentContext = Pick<BackendContext, 'log' | 'watchConnections'>;

export type Operation<T> = (records: Collection<RecordDocument>, bounds: Bounds, db: Db) => Promise<T>;

/** What bounds the operation on the server's side. */
export interface Bounds {
  readonly maxTimeMS: number;
}

const connectTimeoutMs = 2_000;
const heartbeatMs = 1_000;
/** How long a call may wait for a server or for a free connection, its deadline notwithstanding. */
const queueTimeoutMs = 1_000;
/** Longer than any deadline: only a connection that died silently while in use is ended by it. */
const socketTimeoutMs = 60_000;
const majorityTimeoutMs = 10_000;
const defaultMaxConnections = 50;
const retryDelayMs = 1_000;
const firstContactTimeoutMs = 1_000;
const closeTimeoutMs = 2_000;

/**
 * Resolves when the deployment is there, or after a second; never rejects because it is not.
 * Throws ConfigurationError for a URL or a database name that cannot be used.
 */
export async function openDeployment(options: MongodbOptions, context: DeploymentContext): Promise<Deployment> {
  const { log, watchConnections } = context;
  const client = createClient(options);
  watchConnections?.(countConnections(client));
  const db = client.db(checkedDatabase(options.database));
  const records = db.collection<RecordDocument>('records', {
    readConcern: { level: 'majority' },
    readPreference: 'primary',
    writeConcern: { w: 'majority', journal: true, wtimeoutMS: majorityTimeoutMs },
  });
  const probe = createProbe(() => probeMongodb(db, records, log));
  const stop = new AbortController();
  /** The driver has signed in once; from then on its monitors look after the connection. */
  let connected = false;
  /** A server that takes writes is known. */
  let writable = false;
  let ready = false;
  let failure = new Error('not connected yet');
  let told = '';

  const tellFailure = (): void => {
    if (stop.signal.aborted || told === failure.message) return;
    told = failure.message;
    log.warn({ reason: told }, 'MongoDB is not connected; trying again');
  };

  const update = (): void => {
    const now = connected && writable && !stop.signal.aborted;
    if (now === ready) return;
    ready = now;
    if (now) {
      told = '';
      log.info({ database: options.database }, 'MongoDB is connected');
      probe.start();
    } else {
      probe.stop();
      tellFailure();
    }
  };

  client.on('topologyDescriptionChanged', ({ newDescription }) => {
    failure = failureOf(newDescription) ?? failure;
    writable = [...newDescription.servers.values()].some((server) => server.isWritable);
    update();
  });

  const connect = async (): Promise<void> => {
    while (!stop.signal.aborted && !connected) {
      try {
        await client.connect();
        connected = true;
        update();
      } catch (error) {
        failure = error instanceof Error ? error : new Error(String(error));
        tellFailure();
        await pause(retryDelayMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      }
    }
  };
  const opened = new AbortController();
  await Promise.race([connect(), pause(firstContactTimeoutMs, undefined, { signal: opened.signal })]);
  opened.abort();

  const run: Deployment['run'] = async (call, what, operation) => {
    call.deadline.check(what);
    if (!ready) throw noConnection(failure);
    const bounds = { maxTimeMS: Math.max(1, Math.ceil(call.deadline.remainingMs())) };
    try {
      return await call.deadline.bound(operation(records, bounds, db), what);
    } catch (error) {
      throw translateMongoError(error);
    }
  };

  return {
    run,
    capabilities: (call) => run(call, 'The probe', probe.result),
    async [Symbol.asyncDispose]() {
      stop.abort();
      update();
      // The driver takes leave of the server, which may be silent.
      await Promise.race([client.close(), pause(closeTimeoutMs, undefined, { ref: false })]);
    },
  };
}

function createClient({ url, maxConnections = defaultMaxConnections }: MongodbOptions): MongoClient {
  try {
    return new MongoClient(url, {
      appName: 'commander',
      retryWrites: false,
      retryReads: false,
      maxAdaptiveRetries: 0,
      connectTimeoutMS: connectTimeoutMs,
      heartbeatFrequencyMS: heartbeatMs,
      serverSelectionTimeoutMS: queueTimeoutMs,
      waitQueueTimeoutMS: queueTimeoutMs,
      socketTimeoutMS: socketTimeoutMs,
      maxPoolSize: maxConnections,
      promoteBuffers: true,
      promoteValues: true,
    });
  } catch {
    // Neither the URL nor the driver's message is repeated: both may hold a password.
    throw new ConfigurationError(
      'The MongoDB URL is malformed: expected mongodb://[user:password@]host[:port][,...]/[?options] or mongodb+srv://host/.',
    );
  }
}

function checkedDatabase(name: string): string {
  if (/^[^/\\. "$*<>:|?\0]{1,63}$/.test(name)) return name;
  throw new ConfigurationError(
    'A MongoDB database name has 1 to 63 characters and none of / \\ . " $ * < > : | ? or space.',
  );
}

function failureOf(description: TopologyDescription): Error | undefined {
  return [...description.servers.values()].find((server) => server.error !== null)?.error ?? undefined;
}
