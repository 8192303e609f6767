/**
 * The options of `orchestrator run`, once: the command line, ORCHESTRATOR_* variables, orchestrator.yaml, its JSON
 * schema and the types are all made from this.
 */

import type { Static } from 'typebox';
import { Type } from 'typebox';
import { tierNames } from '../reports/schema.ts';

const names = (description: string, values: readonly string[]) =>
  Type.Array(Type.String({ minLength: 1 }), { description, default: values });
const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const flag = (description: string) => Type.Boolean({ description, default: false });
export const RunOptions = Type.Object(
  {
    suite: names('suites to run', ['conformance', 'edge-cases', 'e2e']),
    backend: Type.Optional(
      Type.Array(Type.String({ minLength: 1 }), {
        description: 'backends to run against; without it lmdb, redis and mongodb as far as they can be had',
      }),
    ),
    require: names(
      'backends, tools (k6, container-engine), faults (crash) and capabilities (redis.atomicBatch) that must be there',
      [],
    ),
    provider: Type.Enum(['auto', 'container', 'process', 'external'], {
      description: 'how a store is got',
      default: 'auto',
    }),
    target: text('URL of a running server to judge instead of starting one'),
    tokenFile: text('file with the value of the Authorization header for --target'),
    ca: text('file with certificates (PEM) that --target is trusted by'),
    case: names('only cases whose id, or suite/id, matches one of these patterns (* ? [] **)', []),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, description: 'seed of everything random' })),
    tier: Type.Enum(tierNames, { description: 'how thorough the run is meant to be', default: 'pr' }),
    budget: text('refuse a plan that costs more than this, such as 5m'),
    jobs: Type.Optional(Type.Integer({ minimum: 1, maximum: 256, description: 'cases that run side by side' })),
    shard: text('i/n: the i-th of n parts of the plan'),
    repeat: Type.Integer({
      minimum: 1,
      maximum: 10_000,
      default: 1,
      description: 'how often, with a seed of its own each',
    }),
    retain: Type.Integer({
      minimum: 1,
      maximum: 100_000,
      default: 20,
      description: 'earlier runs to keep, the newest; those of 14 days that did not pass are kept besides',
    }),
    failFast: flag('stop at the first failure'),
    lastFailed: flag('only what was failed or inconclusive in the newest run'),
    keep: flag('leave the failing stage up, and say how to reach and end it'),
    dryRun: flag('print the plan and start nothing'),
    out: text('folder of the reports instead of reports/runs/<id>'),
    reporter: names('reports to write', ['console', 'json', 'junit', 'ctrf', 'markdown', 'html']),
    redisImage: Type.String({
      minLength: 1,
      default: 'redis:7',
      description: 'container image for Redis (also REDIS_IMAGE)',
    }),
    mongodbImage: Type.String({
      minLength: 1,
      default: 'mongo:8',
      description: 'container image for MongoDB (also MONGODB_IMAGE)',
    }),
    k6Image: Type.String({
      minLength: 1,
      default: 'grafana/k6',
      description: 'container image for k6 (also K6_IMAGE)',
    }),
  },
  { additionalProperties: false },
);

export type RunOptions = Static<typeof RunOptions>;
export type OptionKey = keyof RunOptions;

export const optionKeys = Object.keys(RunOptions.properties) as OptionKey[];

/** `failFast` -> `fail-fast` */
export function flagOf(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `failFast` -> `ORCHESTRATOR_FAIL_FAST` */
export function variableOf(key: string): string {
  return `ORCHESTRATOR_${flagOf(key).replaceAll('-', '_').toUpperCase()}`;
}

/** Variables that other tools know too; ORCHESTRATOR_* wins. */
export const sharedVariables: Partial<Record<OptionKey, string>> = {
  redisImage: 'REDIS_IMAGE',
  mongodbImage: 'MONGODB_IMAGE',
  k6Image: 'K6_IMAGE',
};

export type OptionShape = 'list' | 'boolean' | 'integer' | 'text';

export function shapeOf(key: OptionKey): OptionShape {
  const { type } = RunOptions.properties[key] as { type?: string };
  if (type === 'array') return 'list';
  return type === 'boolean' || type === 'integer' ? type : 'text';
}
