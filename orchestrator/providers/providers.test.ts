import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { processEnvironment } from '../environment.ts';
import { findStores } from '../find-stores.ts';
import type { Ledger } from '../ledger.ts';
import { openLedger, readLedger } from '../ledger.ts';
import { findProgram } from '../programs.ts';
import { containerProvider } from './container.ts';
import { connectEngine, containersOfRun, inspectImage, probeContainerEngine } from './container-engine.ts';
import { mongodbEngine } from './engines/mongodb.ts';
import { redisEngine } from './engines/redis.ts';
import { externalProvider } from './external.ts';
import { processProvider } from './process.ts';
import type { ProviderContext } from './provider.ts';
import { sharedStore } from './provider.ts';

// Processes and containers start as fast as the machine lets them.
vi.setConfig({ testTimeout: 120_000 });

const images = {
  redis: processEnvironment.REDIS_IMAGE ?? 'redis:7',
  mongodb: processEnvironment.MONGODB_IMAGE ?? 'mongo:8',
};
const engine = await probeContainerEngine();
const has = async (image: string): Promise<boolean> => engine.available && (await inspectImage(image)) !== undefined;
const hasRedisImage = await has(images.redis);
const hasMongodbImage = await has(images.mongodb);
const hasRedisServer = findProgram('redis-server', processEnvironment) !== undefined;
const hasMongod = findProgram('mongod', processEnvironment) !== undefined;

let folder = '';
let ledger: Ledger;
let context: ProviderContext;
const said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'providers-test-'));
  ledger = openLedger(folder, `test-${process.pid}-${Date.now()}`);
  const signal = new AbortController().signal;
  const tell = (line: string): void => void said.push(line);
  const environment = processEnvironment;
  context = { ledger, workFolder: folder, logsFolder: folder, environment, signal, images, tell };
});

afterEach(() => {
  expect(readLedger(ledger.file)?.resources).toEqual([]);
  rmSync(folder, { recursive: true });
});

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

const redisUrl = (settings: ReturnType<typeof redisEngine.part>): string =>
  settings.environment.COMMANDER_REDIS_URL ?? '';

async function expectDurableRedis(url: string): Promise<void> {
  const config = await withRedis(url, async (redis) => [
    ...((await redis.config('GET', 'appendonly')) as string[]),
    ...((await redis.config('GET', 'appendfsync')) as string[]),
    ...((await redis.config('GET', 'maxmemory-policy')) as string[]),
    ...((await redis.config('GET', 'save')) as string[]),
  ]);
  expect(config).toEqual(['appendonly', 'yes', 'appendfsync', 'always', 'maxmemory-policy', 'noeviction', 'save', '']);
}

describe.runIf(hasRedisImage)(`Redis by container (${images.redis})`, () => {
  test('it is durable, labelled with the run, on loopback, and gone with its volume afterwards', async () => {
    let volumes: string[] = [];
    {
      await using store = await containerProvider.start(redisEngine, context, sharedStore);
      expect(store).toMatchObject({ provider: 'container', image: { name: images.redis } });
      const url = redisUrl(store.part('p1'));
      await expectDurableRedis(url);
      const ids = await containersOfRun(ledger.id);
      expect(ids).toHaveLength(1);
      expect(readLedger(ledger.file)?.resources).toMatchObject([{ kind: 'container' }]);
      const { container } = await connectEngine();
      const { Mounts: mounts } = await container.dockerode.getContainer(ids[0] ?? '').inspect();
      volumes = mounts.flatMap(({ Name: name }) => name ?? []);
    }
    expect(await containersOfRun(ledger.id)).toEqual([]);
    const { container } = await connectEngine();
    const left = (await container.dockerode.listVolumes()).Volumes.map(({ Name: name }) => name);
    for (const volume of volumes) expect(left).not.toContain(volume);
    expect(readFileSync(join(folder, 'redis-store.log'), 'utf8')).toContain('Ready to accept connections');
  });

  test('an external run drops what begins with its own prefix, and nothing else', async () => {
    await using store = await containerProvider.start(redisEngine, context, sharedStore);
    const url = redisUrl(store.part('unused'));
    const environment = { [redisEngine.urlVariable]: url };
    const external = { ...context, environment };
    expect(await externalProvider.probe(redisEngine, external)).toMatchObject({ available: true });
    {
      await using own = await externalProvider.start(redisEngine, external, sharedStore);
      const { flags } = own.part('mine');
      expect(flags).toEqual(['--redis-prefix', 'mine:']);
      await withRedis(url, (redis) => redis.mset('mine:a', '1', '{mine:b}c', '2', 'theirs:a', '3', 'mine', '4'));
      expect(readLedger(ledger.file)?.resources).toContainEqual({
        kind: 'share',
        backend: 'redis',
        variable: redisEngine.urlVariable,
        name: 'mine',
      });
    }
    expect((await withRedis(url, (redis) => redis.keys('*'))).sort()).toEqual(['mine', 'theirs:a']);
  });

  test('auto prefers a store that is named by its URL', async () => {
    await using store = await containerProvider.start(redisEngine, context, sharedStore);
    const environment = { ...processEnvironment, [redisEngine.urlVariable]: redisUrl(store.part('unused')) };
    const [found] = await findStores(['redis'], { ...context, environment, choice: 'auto', prepare: false });
    expect(found).toMatchObject({ found: true, provider: 'external' });
  });

  test('a URL where nobody answers falls back to the container, and says so', async () => {
    const environment = { ...processEnvironment, [redisEngine.urlVariable]: 'redis://user:secret@127.0.0.1:1' };
    const [found] = await findStores(['redis'], { ...context, environment, choice: 'auto', prepare: true });
    expect(found).toMatchObject({ found: true, provider: 'container' });
    expect(found?.probes[0]).toMatchObject({ name: 'redis by external', available: false });
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});

describe.runIf(hasMongodbImage)(`MongoDB by container (${images.mongodb})`, () => {
  test('it takes journaled majority writes; an external run drops its own database alone', async () => {
    await using store = await containerProvider.start(mongodbEngine, context, sharedStore);
    const url = store.part('unused').environment.COMMANDER_MONGODB_URL ?? '';
    const environment = { [mongodbEngine.urlVariable]: url };
    const external = { ...context, environment };
    await using client = await MongoClient.connect(url);
    {
      await using own = await externalProvider.start(mongodbEngine, external, sharedStore);
      expect(own.part('my-part').flags).toEqual(['--mongodb-database', 'my_part']);
      for (const name of ['my_part', 'theirs']) {
        const write = { writeConcern: { w: 'majority', j: true } } as const;
        await client.db(name).collection<{ _id: string }>('records').insertOne({ _id: 'a' }, write);
      }
    }
    const names = (await client.db('admin').admin().listDatabases()).databases.map(({ name }) => name);
    expect(names).toContain('theirs');
    expect(names).not.toContain('my_part');
  });
});

describe.runIf(engine.available)('an image that cannot be had', () => {
  test('makes the store unavailable, with the reason and the mend', async () => {
    const absent = { ...context, images: { ...images, redis: 'registry.invalid/redis:none' } };
    const [found] = await findStores(['redis'], { ...absent, choice: 'container', prepare: true });
    expect(found).toMatchObject({ found: false });
    expect(found?.reason).toContain('registry.invalid/redis:none is not here and cannot be fetched');
    expect(found?.found === false && found.mend).toContain('docker pull registry.invalid/redis:none');
    expect(said.join('\n')).toContain('fetching the image registry.invalid/redis:none, once');
  });

  test('only looking at it neither fetches it nor denies it', async () => {
    const absent = { ...context, images: { ...images, redis: 'registry.invalid/redis:none' } };
    const [found] = await findStores(['redis'], { ...absent, choice: 'container', prepare: false });
    expect(found).toMatchObject({ found: true });
    expect(found?.reason).toContain('would be fetched');
  });
});

describe('by process', () => {
  test('a program that is not on PATH is named with its mend', async () => {
    const environment = { PATH: folder };
    const [redis, mongodb] = await findStores(['redis', 'mongodb'], {
      ...context,
      environment,
      choice: 'process',
      prepare: true,
    });
    expect(redis).toMatchObject({ found: false, reason: 'redis-server is not on PATH' });
    expect(mongodb).toMatchObject({ found: false, mend: 'install mongod so that it is on PATH' });
  });

  test.runIf(hasRedisServer)('redis-server is durable, and gone with its folder afterwards', async () => {
    {
      await using store = await processProvider.start(redisEngine, context, sharedStore);
      await expectDurableRedis(redisUrl(store.part('p1')));
      expect(readLedger(ledger.file)?.resources).toMatchObject([{ kind: 'process', what: 'redis-server' }]);
    }
  });

  test.runIf(hasMongod)('mongod is a replica set of one node with transactions', async () => {
    await using store = await processProvider.start(mongodbEngine, context, sharedStore);
    const url = store.part('p1').environment.COMMANDER_MONGODB_URL ?? '';
    await using client = await MongoClient.connect(url);
    await using session = client.startSession();
    const records = client.db('p1').collection<{ _id: string }>('records');
    await records.insertOne({ _id: 'outside' });
    session.startTransaction();
    await records.insertOne({ _id: 'inside' }, { session });
    await session.abortTransaction();
    expect(await records.countDocuments()).toBe(1);
  });
});

test('embedded backends need nothing', async () => {
  const found = await findStores(['lmdb', 'memory'], {
    ...context,
    environment: {},
    choice: 'container',
    prepare: true,
  });
  expect(found).toMatchObject([
    { found: true, provider: 'embedded' },
    { found: true, provider: 'embedded' },
  ]);
});

describe('the MongoDB image', () => {
  test.each([
    [['docker-entrypoint.sh', 'mongod'], true],
    [['/usr/bin/mongod', '--port', '27017'], true],
    [['/bin/sh', '/entrypoint'], false],
    [[], false],
  ])('%j is started as a replica set: %s', (runs, expected) => {
    const commandLine = mongodbEngine.image.arguments(runs, 'declared');
    expect(commandLine?.includes('--replSet') ?? false).toBe(expected);
  });
});
