import { accepted } from './accepted.ts';
import { activity } from './activity.ts';
import { atomicBatches } from './atomic-batches.ts';
import type { Checker } from './checker.ts';
import { durability } from './durability.ts';
import { errorContract } from './error-contract.ts';
import { hitRatio } from './hit-ratio.ts';
import { increments } from './increments.ts';
import { kept } from './kept.ts';
import { linearizability } from './linearizability.ts';
import { liveness } from './liveness.ts';
import { memorySlope } from './memory-slope.ts';
import { ttlWindow } from './ttl-window.ts';
import { versions } from './versions.ts';
import { zones } from './zones.ts';

/** Every checker, by the name that histories store. */
export const checkers = {
  accepted,
  activity,
  'atomic-batches': atomicBatches,
  durability,
  'error-contract': errorContract,
  'hit-ratio': hitRatio,
  increments,
  kept,
  linearizability,
  liveness,
  'memory-slope': memorySlope,
  'ttl-window': ttlWindow,
  versions,
  zones,
} as const;

export type CheckerName = keyof typeof checkers;

type ParametersOf<Name extends CheckerName> = (typeof checkers)[Name] extends Checker<infer P> ? P : never;

/** A checker and what it is to know, as a case asks for it. */
export type Check = {
  readonly [Name in CheckerName]: {
    readonly checker: Name;
    readonly parameters: ParametersOf<Name>;
    /** Counts of its verdict, by name, that must be reached; below them the case proves nothing. */
    readonly minimums?: Readonly<Record<string, number>>;
  };
}[CheckerName];
