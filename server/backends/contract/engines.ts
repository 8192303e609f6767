import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Document, MongoClient } from 'mongodb';
import { recordVersion } from '../../record.ts';
import { createRevisionClock, type RevisionClock } from '../../revision.ts';
import type { Backend, BackendContext } from '../backend.ts';
import { openLmdb } from '../lmdb/lmdb-backend.ts';
import { openMemory } from '../memory.ts';
import { idOf } from '../mongodb/documents.ts';
import { openMongodb } from '../mongodb/mongodb-backend.ts';
import { keysOf } from '../redis/keys.ts';
import { openRedis } from '../redis/redis-backend.ts';
import type { BackendName } from '../registry.ts';
import { openLink } from './link.ts';
import { findMongodb, findRedis, type Store } from './stores.ts';
import type { EngineHooks, LinkedBackend } from './subject.ts';

/** An engine that can be had here. */
export interface FoundEngine {
  /** Where it comes from, for the tests' title. */
  readonly origin: string;
  /** Hooks that the engine has not, with the reason. */
  readonly lacks: Readonly<Partial<Record<keyof EngineHooks, string>>>;
  start(): Promise<RunningEngine>;
}

/** An engine that is ready to be opened, with what belongs to it. */
export interface RunningEngine extends AsyncDisposable {
  readonly hooks: Partial<EngineHooks>;
  open(context: BackendContext): Promise<Backend>;
}

/** One entry for each engine of the registry. Rejects with the reason where the engine cannot be had. */
export const engines: Readonly<Record<BackendName, () => Promise<FoundEngine>>> = {
  memory: async () => ({
    origin: 'in process',
    lacks: {
      damage: 'it holds the records themselves, and no checksum',
      damageHead: 'it holds the records themselves, and no checksum',
      openLinked: 'it has no store of its own',
    },
    start: async () => ({
      hooks: {},
      open: async (context) => openMemory(context),
      [Symbol.asyncDispose]: async () => undefined,
    }),
  }),

  lmdb: async () => ({
    origin: 'embedded',
    lacks: { openLinked: 'it is embedded: there is no link to cut' },
    async start() {
      const folder = await mkdtemp(join(tmpdir(), 'commander-contract-'));
      return {
        hooks: {
          damage: (_address, value) => damageFile(join(folder, 'data.mdb'), value),
          damageHead: (address) => damageHeads(join(folder, 'data.mdb'), idOf(address)),
        },
        open: (context) => openLmdb({ folder }, context),
        [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
      };
    },
  }),

  redis: async () => {
    const found = await findRedis();
    return { origin: found.origin, lacks: {}, start: async () => runRedis(await found.start()) };
  },

  mongodb: async () => {
    const found = await findMongodb();
    return { origin: found.origin, lacks: {}, start: async () => runMongodb(await found.start()) };
  },
};

async function runRedis(store: Store): Promise<RunningEngine> {
  const prefix = 'contract:';
  const openAt: OpenAt = (port, context) => openRedis({ url: `redis://127.0.0.1:${port}`, prefix }, context);
  return {
    hooks: {
      async damage(address) {
        const client = new Redis({ host: '127.0.0.1', port: store.port() });
        const { record } = keysOf(prefix, address);
        await client.setrange(record, (await client.strlen(record)) - 1, '~');
        client.disconnect();
      },
      async damageHead(address) {
        const client = new Redis({ host: '127.0.0.1', port: store.port() });
        await client.setrange(keysOf(prefix, address).record, expiryAt, pastExpiry);
        client.disconnect();
      },
      openLinked: (state) => openLinked(store, openAt, state),
    },
    open: (context) => openAt(store.port(), context),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

async function runMongodb(store: Store): Promise<RunningEngine> {
  const database = 'contract';
  const openAt: OpenAt = (port, context) => openMongodb({ url: mongodbUrl(port), database }, context);
  await initiateReplicaSet(store.port());
  return {
    hooks: {
      async damage(address, value) {
        await using client = new MongoClient(mongodbUrl(store.port()));
        const damaged = Buffer.concat([value.subarray(0, -1), Buffer.from('~')]);
        const records = client.db(database).collection<Document & { _id: string }>('records');
        await records.updateOne({ _id: idOf(address) }, { $set: { value: damaged } });
      },
      async damageHead(address) {
        await using client = new MongoClient(mongodbUrl(store.port()));
        const records = client.db(database).collection<Document & { _id: string }>('records');
        await records.updateOne({ _id: idOf(address) }, { $set: { rev: 1, exp: 'past' } });
      },
      openLinked: (state) => openLinked(store, openAt, state),
    },
    open: (context) => openAt(store.port(), context),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  };
}

type OpenAt = (port: number, context: BackendContext) => Promise<Backend>;

/** Direct: a one-node replica set knows itself by a name that is none here. */
export function mongodbUrl(port: number): string {
  return `mongodb://127.0.0.1:${port}/?directConnection=true`;
}

/** A deployment that knows no replica sets, or is one already, refuses; that is as good. */
export async function initiateReplicaSet(port: number): Promise<void> {
  await using client = new MongoClient(mongodbUrl(port), { serverSelectionTimeoutMS: 20_000 });
  const members = [{ _id: 0, host: '127.0.0.1:27017' }];
  await client
    .db('admin')
    .command({ replSetInitiate: { _id: 'contract', members } })
    .catch(() => undefined);
  const endsAt = performance.now() + 20_000;
  while (!(await client.db('admin').command({ hello: 1 })).isWritablePrimary) {
    if (performance.now() > endsAt) throw new Error('the replica set elected no primary');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function openLinked(store: Store, openAt: OpenAt, state: 'restored' | 'cut'): Promise<LinkedBackend> {
  const link = await openLink(store.port);
  if (state === 'cut') link.cut();
  const backend = await openAt(link.port, createContext(createClock()));
  return {
    backend,
    cut: async () => link.cut(),
    stall: () => link.stall(),
    restore: async () => link.restore(),
    async restartStore() {
      await store.restart();
      link.cut();
      link.restore();
    },
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}

export function createClock(): RevisionClock {
  return createRevisionClock({ now: Date.now, node: Buffer.alloc(8, 0x11) });
}

export function createContext(revisions: RevisionClock): BackendContext {
  const quiet = (): void => undefined;
  return { now: Date.now, revisions, log: { debug: quiet, info: quiet, warn: quiet, error: quiet } };
}

/** Where a record holds its expiry, and what makes it look long expired. */
export const expiryAt = 8;
export const pastExpiry = Buffer.from([0, 0, 0, 0, 0, 0, 0, 1]);

/** A record lies right behind its key, wherever that is in the file. */
async function damageHeads(path: string, key: string): Promise<void> {
  const bytes = await readFile(path);
  await using file = await open(path, 'r+');
  for (let start = bytes.indexOf(key); start >= 0; start = bytes.indexOf(key, start + 1)) {
    const record = start + Buffer.byteLength(key);
    if (bytes[record] === recordVersion) await file.write(pastExpiry, 0, pastExpiry.length, record + expiryAt);
  }
}

/** Changes the last byte of the value wherever it lies in the file. */
async function damageFile(path: string, value: Buffer): Promise<void> {
  const bytes = await readFile(path);
  await using file = await open(path, 'r+');
  for (let start = bytes.indexOf(value); start >= 0; start = bytes.indexOf(value, start + 1)) {
    await file.write(Buffer.from('~'), 0, 1, start + value.length - 1);
  }
}
