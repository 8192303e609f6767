/** The ladders, as data. A rung is one contender under one load; its id is `ladder/contender`. */

import type { ContenderKind, Load } from './contenders.ts';
import {
  bareProgram,
  bareServer,
  commander,
  commanderBatches,
  commanderPages,
  commanderWithoutStore,
  flushFloor,
} from './contenders.ts';
import { commanderOnRedis, redisBehindWebdis } from './redis-contenders.ts';
import { bundledServer, startUp } from './start-up.ts';

/** A ratio of two rungs that we want to reach. It is printed, never enforced: machines differ and are noisy. */
export interface Target {
  readonly of: string;
  readonly over: string;
  readonly atLeast: number;
}

export interface Ladder {
  readonly name: string;
  readonly title: string;
  readonly load: Omit<Load, 'keys' | 'manyKeys' | 'seed'>;
  readonly contenders: Readonly<Record<string, ContenderKind>>;
  /** The contender that ratios are taken over. */
  readonly base: string;
  readonly targets: readonly Target[];
}

const valueBytes = 100;

const durable: Pick<Ladder, 'contenders' | 'base'> = {
  contenders: {
    fastify: bareServer('bare Fastify route, no-op', 'fastify'),
    lmdb: commander('Commander on LMDB', 'lmdb'),
    webdis: redisBehindWebdis,
    floor: flushFloor,
  },
  base: 'fastify',
};

export const ladders: readonly Ladder[] = [
  {
    name: 'get',
    title: 'GET of 100 B, 32 connections',
    load: { method: 'GET', connections: 32, valueBytes },
    contenders: {
      http: bareServer('node:http, constant', 'http'),
      fastify: bareServer('bare Fastify route, constant', 'fastify'),
      lmdb: commander('Commander on LMDB', 'lmdb'),
      memory: commander('Commander on memory', 'memory'),
      constant: commanderWithoutStore('Commander, one record for every key'),
      webdis: redisBehindWebdis,
    },
    base: 'fastify',
    targets: [
      { of: 'lmdb', over: 'fastify', atLeast: 0.85 },
      { of: 'lmdb', over: 'constant', atLeast: 0.95 },
      { of: 'lmdb', over: 'webdis', atLeast: 1.6 },
    ],
  },
  {
    name: 'put-32',
    title: 'Durable PUT of 100 B, 32 connections',
    load: { method: 'PUT', connections: 32, valueBytes },
    ...durable,
    targets: [],
  },
  {
    name: 'put-64',
    title: 'Durable PUT of 100 B, 64 connections',
    load: { method: 'PUT', connections: 64, valueBytes },
    ...durable,
    targets: [
      { of: 'lmdb', over: 'webdis', atLeast: 1 },
      { of: 'lmdb', over: 'floor', atLeast: 4.4 },
    ],
  },
  {
    name: 'get-redis',
    title: 'GET of 100 B from Redis, 32 connections',
    load: { method: 'GET', connections: 32, valueBytes },
    contenders: { redis: commanderOnRedis, webdis: redisBehindWebdis },
    base: 'webdis',
    targets: [{ of: 'redis', over: 'webdis', atLeast: 1 }],
  },
  {
    name: 'batch',
    title: 'Sets of 100 B, durable: batches of 1,000 beside single PUTs, 32 connections',
    load: { method: 'POST', connections: 32, valueBytes },
    contenders: {
      put: commander('single PUTs', 'lmdb', { method: 'PUT' }),
      batch: commanderBatches('batches of 1,000', 1_000),
    },
    base: 'put',
    targets: [{ of: 'batch', over: 'put', atLeast: 5 }],
  },
  {
    name: 'list-100',
    title: 'Pages of 100 keys beside GET, 32 connections',
    load: { method: 'GET', connections: 32, valueBytes },
    contenders: {
      get: commander('GET of 100 B', 'lmdb'),
      few: commanderPages('pages, 2,000 keys', ({ keys }) => keys),
      many: commanderPages('pages, as many keys as --list-keys', ({ manyKeys }) => manyKeys),
    },
    base: 'get',
    targets: [
      { of: 'many', over: 'get', atLeast: 0.3 },
      { of: 'many', over: 'few', atLeast: 0.9 },
    ],
  },
  {
    name: 'start',
    title: 'From the start to the first answer, one start a round',
    load: { method: 'GET', connections: 1, valueBytes: 0 },
    contenders: {
      http: startUp('node:http', { line: (port) => [bareProgram, 'http', String(port)] }),
      bundle: bundledServer('Commander, bundled, with the flags of a device'),
    },
    base: 'http',
    targets: [{ of: 'bundle', over: 'http', atLeast: 0.25 }],
  },
];
