/** The engines. One folder and one line each; an engine is loaded when it is opened. */

import { ConfigurationError } from '../configuration-error.ts';
import type { Backend, BackendContext } from './backend.ts';

export interface BackendSettings {
  readonly data: string;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  readonly mongodbUrl: string;
  readonly mongodbDatabase: string;
}

type Open = (settings: BackendSettings, context: BackendContext) => Promise<Backend>;

export const backends = {
  lmdb: async (settings, context) => {
    const { openLmdb } = await import('./lmdb/lmdb-backend.ts');
    return openLmdb({ folder: settings.data }, context);
  },
  redis: async (settings, context) => {
    const { openRedis } = await import('./redis/redis-backend.ts');
    return openRedis({ url: settings.redisUrl, prefix: settings.redisPrefix }, context);
  },
  mongodb: async (settings, context) => {
    const { openMongodb } = await import('./mongodb/mongodb-backend.ts');
    return openMongodb({ url: settings.mongodbUrl, database: settings.mongodbDatabase }, context);
  },
  memory: async (_settings, context) => {
    const { openMemory } = await import('./memory.ts');
    return openMemory(context);
  },
} as const satisfies Record<string, Open>;

export type BackendName = keyof typeof backends;
export const backendNames = Object.keys(backends) as BackendName[];

/** Throws ConfigurationError for a name that is no engine, and for settings that an engine cannot use. */
export async function openBackend(name: string, settings: BackendSettings, context: BackendContext): Promise<Backend> {
  const open = Object.entries(backends).find(([known]) => known === name)?.[1];
  if (open === undefined) {
    throw new ConfigurationError(`There is no backend ${name}; there are ${backendNames.join(', ')}.`);
  }
  return open(settings, context);
}
