/** The ladders, as data. A rung is one contender under one load; its id is `ladder/contender`. */

import type { ContenderKind, Load } from './contenders.ts';
import { bareServer, commander, flushFloor } from './contenders.ts';
import { redisBehindWebdis } from './webdis.ts';

/** A ratio of two rungs that we want to reach. It is printed, never enforced: machines differ and are noisy. */
export interface Target {
  readonly of: string;
  readonly over: string;
  readonly atLeast: number;
}

export interface Ladder {
  readonly name: string;
  readonly title: string;
  readonly load: Omit<Load, 'keys' | 'seed'>;
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
      webdis: redisBehindWebdis,
    },
    base: 'fastify',
    targets: [
      { of: 'lmdb', over: 'fastify', atLeast: 0.85 },
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
];
