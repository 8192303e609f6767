import { Cluster } from 'ioredis';
import { keysOf } from '../redis/keys.ts';
import { openRedis } from '../redis/redis-backend.ts';
import { expiryAt, type FoundEngine, pastExpiry, type RunningEngine } from './engines.ts';
import { findRedisImage, startCluster } from './redis-nodes.ts';

/** The contract on three nodes. */
export async function findRedisCluster(): Promise<FoundEngine> {
  return {
    origin: await findRedisImage(),
    lacks: { openLinked: 'its nodes tell their addresses themselves: no link can be put before them' },
    start: runCluster,
  };
}

async function runCluster(): Promise<RunningEngine> {
  const prefix = 'contract:';
  const nodes = await startCluster(0);
  const withClient = async (action: (client: Cluster) => Promise<void>): Promise<void> => {
    const client = new Cluster(nodes.ports.map((port) => ({ host: '127.0.0.1', port })));
    try {
      await action(client);
    } finally {
      client.disconnect();
    }
  };
  return {
    hooks: {
      damage: (address) =>
        withClient(async (client) => {
          const { record } = keysOf(prefix, address);
          await client.setrange(record, (await client.strlen(record)) - 1, '~');
        }),
      damageHead: (address) =>
        withClient(async (client) => {
          await client.setrange(keysOf(prefix, address).record, expiryAt, pastExpiry);
        }),
    },
    open: (context) => openRedis({ url: nodes.url, prefix }, context),
    [Symbol.asyncDispose]: () => nodes[Symbol.asyncDispose](),
  };
}
