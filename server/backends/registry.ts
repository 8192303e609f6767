/** The engines. One folder and one line each; an engine is loaded when it is opened. */

import { ConfigurationError } from '../configuration-error.ts';
import type { Backend, BackendContext } from './backend.ts';
import { limitCalls } from './limited.ts';
import { type DamagePolicy, damagePolicies } from './lmdb/recovery/damage-policy.ts';

export interface BackendSettings {
  readonly data: string;
  /** Of an embedded store: bytes that its writes leave on the disk; 0: by the size of the disk. */
  readonly diskReserveBytes: number;
  readonly onDamage: DamagePolicy;
  /** Undefined: in the data folder. */
  readonly snapshotFolder: string | undefined;
  readonly snapshotIntervalMs: number;
  readonly snapshotKeep: number;
  readonly redisUrl: string;
  readonly redisPrefix: string;
  readonly redisConnections: number;
  readonly mongodbUrl: string;
  readonly mongodbDatabase: string;
  readonly mongodbConnections: number;
  /** Calls at once of a store behind a network. */
  readonly maxCalls: number;
}

type Open = (settings: BackendSettings, context: BackendContext) => Promise<Backend>;

export const backends = {
  lmdb: async (settings, context) => {
    const { openLmdb } = await import('./lmdb/lmdb-backend.ts');
    const { data: folder, diskReserveBytes, onDamage, snapshotFolder, snapshotIntervalMs, snapshotKeep } = settings;
    const files = { onDamage, snapshotFolder, snapshotIntervalMs, snapshotKeep };
    return openLmdb({ folder, diskReserveBytes, ...files }, context);
  },
  redis: async (settings, context) => {
    const { openRedis } = await import('./redis/redis-backend.ts');
    const { redisUrl: url, redisPrefix: prefix, redisConnections: connections } = settings;
    return limitCalls(await openRedis({ url, prefix, connections }, context), settings.maxCalls);
  },
  mongodb: async (settings, context) => {
    const { openMongodb } = await import('./mongodb/mongodb-backend.ts');
    const { mongodbUrl: url, mongodbDatabase: database, mongodbConnections: maxConnections } = settings;
    return limitCalls(await openMongodb({ url, database, maxConnections }, context), settings.maxCalls);
  },
  memory: async (_settings, context) => {
    const { openMemory } = await import('./memory.ts');
    return openMemory(context);
  },
} as const satisfies Record<string, Open>;

export type BackendName = keyof typeof backends;
export const backendNames = Object.keys(backends) as BackendName[];

export { type DamagePolicy, damagePolicies };

/** The files of the embedded store, for commands that work on them while it is served and while it is not. */
export const storeFiles = () => import('./lmdb/recovery/store-files.ts');

/** What lies in the process itself, where nobody else can write. */
export const unsharedBackends: ReadonlySet<string> = new Set<BackendName>(['memory']);

/** Throws ConfigurationError for a name that is no engine, and for settings that an engine cannot use. */
export async function openBackend(name: string, settings: BackendSettings, context: BackendContext): Promise<Backend> {
  const open = Object.entries(backends).find(([known]) => known === name)?.[1];
  if (open === undefined) {
    throw new ConfigurationError(`There is no backend ${name}; there are ${backendNames.join(', ')}.`);
  }
  return open(settings, context);
}
