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

const isMongod = (word: string): boolean => /(^|\/)mongod$/.test(word);

/** Of images that keep documents in PostgreSQL. */
const relaxPostgres = [
  'set -e; p="psql -h /run -U postgres -qtAX"',
  `$p -c 'ALTER SYSTEM SET synchronous_commit = off' -c 'SELECT pg_reload_conf()'`,
  `until [ "$($p -c 'SHOW synchronous_commit')" = off ]; do sleep 0.1; done; $p -c 'SHOW synchronous_commit'`,
].join('; ');

/** A database's name: at most 63 bytes, and no dash, which some engines quote badly. */
const databaseOf = (name: string): string => name.replaceAll('-', '_');

export const mongodbEngine: StoreEngine = {
  backend: 'mongodb',
  title: 'MongoDB',
  image: {
    port: 27017,
    arguments: (imageRuns) =>
      imageRuns.some(isMongod)
        ? ['mongod', '--replSet', replicaSet, '--bind_ip_all', '--wiredTigerCacheSizeGB', '0.25']
        : undefined,
    dataFolder: (volumes) => (volumes.includes('/data/db') ? '/data/db' : (volumes[0] ?? '/data/db')),
    relax(imageRuns, durability) {
      if (durability === 'declared') return undefined;
      // What a client asks for by j: true, mongod does whatever its configuration.
      if (imageRuns.some(isMongod)) return { refused: 'mongod flushes what is written with j: true' };
      return { command: ['sh', '-c', relaxPostgres], prints: /^off$/m };
    },
  },
  program: {
    name: 'mongod',
    arguments: ({ port, folder }) => [
      ...['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', folder, '--nounixsocket'],
      ...['--replSet', replicaSet, '--wiredTigerCacheSizeGB', '0.25'],
    ],
  },
  urlVariable: 'COMMANDER_TEST_MONGODB_URL',
  durability: {
    declared: 'journaled; writes with w: majority, j: true',
    delayed: 'writes acknowledged before they are in the log',
    weak: 'writes acknowledged before they are in the log',
  },
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
