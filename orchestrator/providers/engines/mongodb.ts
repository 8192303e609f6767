import type { Document, MongoClient } from 'mongodb';
import type { StoreEngine } from './engine.ts';

const replicaSet = 'rs0';

async function connected<T>(url: string, use: (client: MongoClient) => Promise<T>): Promise<T> {
  const { MongoClient: Client } = await import('mongodb');
  const client = new Client(url, { serverSelectionTimeoutMS: 2000, connectTimeoutMS: 2000, socketTimeoutMS: 15_000 });
  try {
    await client.connect();
    return await use(client);
  } finally {
    await client.close();
  }
}

/** Makes a node that waits for a configuration the only node of its set. */
async function initiate(client: MongoClient, ownAddress: string): Promise<void> {
  const config = { _id: replicaSet, members: [{ _id: 0, host: ownAddress }] };
  await client.db('admin').command({ replSetInitiate: config });
}

async function ready(url: string, ownAddress: string | undefined): Promise<void> {
  await connected(url, async (client) => {
    const hello: Document = await client.db('admin').command({ hello: 1 });
    if (hello.isWritablePrimary === true) return;
    // `isreplicaset` is what a node says that was started with --replSet and has no configuration yet.
    if (hello.isreplicaset === true && ownAddress !== undefined) await initiate(client, ownAddress);
    throw new Error('it is not a writable primary yet');
  });
}

/** A database's name: at most 63 bytes, and no dash, which some engines quote badly. */
const databaseOf = (name: string): string => name.replaceAll('-', '_');

export const mongodbEngine: StoreEngine = {
  backend: 'mongodb',
  title: 'MongoDB',
  image: {
    port: 27017,
    arguments: (imageRuns) =>
      imageRuns.some((word) => /(^|\/)mongod$/.test(word))
        ? ['mongod', '--replSet', replicaSet, '--bind_ip_all', '--wiredTigerCacheSizeGB', '0.25']
        : undefined,
  },
  program: {
    name: 'mongod',
    arguments: ({ port, folder }) => [
      ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder, '--nounixsocket'],
      ...['--replSet', replicaSet, '--wiredTigerCacheSizeGB', '0.25'],
    ],
  },
  urlVariable: 'COMMANDER_TEST_MONGODB_URL',
  durability: 'journaled; writes with w: majority, j: true',
  url: (host, port) => `mongodb://${host}:${port}/?directConnection=true`,
  ready,
  part: (url, name) => ({
    flags: ['--mongodb-database', databaseOf(name)],
    environment: { COMMANDER_MONGODB_URL: url },
  }),
  drop: (url, name) => connected(url, async (client) => void (await client.db(databaseOf(name)).dropDatabase())),
  dropCommand: (variable, name) =>
    `mongosh "$${variable}" --eval 'db.getSiblingDB("${databaseOf(name)}").dropDatabase()'`,
};
