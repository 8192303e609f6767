import type { Redis } from 'ioredis';
import type { Durability } from '../../../suites/suite.ts';
import type { StoreEngine } from './engine.ts';

/** Every write is in the append-only file and flushed before it is acknowledged; nothing is evicted or snapshotted. */
const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction', '--save', ''];
/** Nothing is ever written to a file: a kill loses it all. */
const weak = ['--appendonly', 'no', '--maxmemory-policy', 'noeviction', '--save', ''];
const flags: Readonly<Record<Durability, readonly string[]>> = {
  declared: durable,
  delayed: durable.with(durable.indexOf('always'), 'everysec'),
  weak,
};
const flagsOf = (durability: Durability): string[] => [...flags[durability]];

/** The rest of a limit is for what Redis does not count: buffers of its files and pages copied while it rewrites them. */
const dataShare = 0.5;
const maxMemory = (limitBytes: number | undefined): string[] =>
  limitBytes === undefined ? [] : ['--maxmemory', String(Math.floor(limitBytes * dataShare))];

async function connected<T>(url: string, use: (redis: Redis) => Promise<T>): Promise<T> {
  const { Redis: Client } = await import('ioredis');
  const redis = new Client(url, {
    lazyConnect: true,
    connectTimeout: 2000,
    commandTimeout: 5000,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // A refused connection rejects with "Connection is closed"; the event says why.
  let reason: Error | undefined;
  redis.on('error', (error) => {
    reason = error;
  });
  try {
    await redis.connect().catch((error: unknown) => {
      throw reason ?? error;
    });
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

export const redisEngine: StoreEngine = {
  backend: 'redis',
  title: 'Redis',
  image: {
    port: 6379,
    arguments: (_, durability, memoryBytes) => [...flagsOf(durability), ...maxMemory(memoryBytes)],
    dataFolder: () => '/data',
    relax: () => undefined,
  },
  program: {
    name: 'redis-server',
    arguments: ({ port, folder }, durability) => [
      ...['--bind', '127.0.0.1', '--port', String(port), '--dir', folder],
      ...flagsOf(durability),
    ],
  },
  urlVariable: 'COMMANDER_TEST_REDIS_URL',
  durability: {
    declared: 'appendonly yes, appendfsync always, maxmemory-policy noeviction',
    delayed: 'appendonly yes, appendfsync everysec, maxmemory-policy noeviction',
    weak: 'appendonly no',
  },
  url: (host, port) => `redis://${host}:${port}`,
  ready: (url) => connected(url, async (redis) => void (await redis.ping())),
  part: (url, name) => ({ flags: ['--redis-prefix', `${name}:`], environment: { COMMANDER_REDIS_URL: url } }),
  drop: (url, name) =>
    connected(url, async (redis) => {
      for await (const keys of redis.scanStream({ match: `*${name}:*`, count: 1000 })) {
        const found = keys as string[];
        if (found.length > 0) await redis.unlink(...found);
      }
    }),
  dropCommand: (variable, name) =>
    `redis-cli -u "$${variable}" --scan --pattern '*${name}:*' | xargs redis-cli -u "$${variable}" unlink`,
};
