/** For each checker a history that no right server makes: one that finds nothing in it finds nothing at all. */

import type { Operation } from '../history.ts';
import type { Check, CheckerName } from './registry.ts';
import { batch, cas, fence, get, historyOf, ms, type Step, set } from './sketch.ts';

export interface KnownBad {
  readonly operations: readonly Operation[];
  /** Each of them is violated. */
  readonly checks: readonly Check[];
}

/** Without what judges nothing. */
type Judging = Exclude<CheckerName, 'activity'>;
type ParametersOf<Name extends Judging> = Extract<Check, { checker: Name }>['parameters'];

/** A write is forgotten, another refused, a third without an outcome for too long. */
const wrong: readonly Step[] = [
  [1, set('old', { version: '1' }), 0, 1],
  [1, set('new', { version: '2' }), 2, 3],
  [2, get('old', { version: '1' }), 4, 5],
  [3, set('refused'), 6, 7, 'fail'],
  [3, set('late'), 10, 1_011, 'info'],
];
const lost: readonly Step[] = [
  [1, set('acknowledged'), 0, 1],
  [0, fence(), 100, 110],
  [1, get(null), 120, 121],
];
const first = { by: 'version', version: '0' } as const;
const lostUpdate: readonly Step[] = [
  [1, set('0', { version: '0' }), 0, 1],
  [1, cas(first, '1', { version: '1' }), 2, 9],
  [2, cas(first, '1', { version: '2' }), 2, 9],
  [1, get('1', { version: '2' }), 10, 11],
];
const half = [
  { key: 'a', value: '1' },
  { key: 'b', value: null },
];
const halfBatch: readonly Step[] = [
  [1, batch({ a: '1', b: '1' }), 0, 1],
  [2, batch({}, half), 2, 3],
];
const ended: readonly Step[] = [
  [1, set('ended', { ttlMs: 100 }), 0, 10],
  [2, get('ended'), 115, 116],
];

const eviction = { policy: 'lru', capacity: 1, tolerance: 0.1, hotKeys: [], leastHotRatio: 0, warmUp: 0 } as const;
const growth = Array.from({ length: 20 }, (_, second) => [second * 1_000, second * 1_000_000] as const);

const known: { readonly [Name in Judging]: readonly [steps: readonly Step[], parameters: ParametersOf<Name>] } = {
  accepted: [wrong, { kinds: ['set'] }],
  'error-contract': [wrong, { declared: {}, mayStayOpen: false }],
  linearizability: [wrong, { clock: 'running', slackMs: 0 }],
  liveness: [wrong, { deadlineMs: 1_000, stallMs: 2_000, recoverMs: 2_000, faults: [] }],
  'memory-slope': [wrong, { samples: growth, warmUpMs: 0, ceilingBytes: null, negligibleBytesPerSecond: 0 }],
  versions: [wrong, {}],
  zones: [wrong, {}],
  durability: [lost, { profile: 'on-ack', windowMs: 0 }],
  'hit-ratio': [lost, { ...eviction, fillsOnMiss: false }],
  kept: [lost, { mayLose: false }],
  increments: [lostUpdate, {}],
  'atomic-batches': [halfBatch, {}],
  'ttl-window': [ended, { clock: 'running', slackMs: 2, edgeMs: 20 }],
};

const checksOf = Map.groupBy(Object.entries(known), ([, [steps]]) => steps);

export const knownBad: readonly KnownBad[] = [...checksOf].map(([steps, own]) => ({
  // What did not succeed says why.
  operations: historyOf(steps, ms).map((one) => (one.type === 'ok' ? one : { ...one, error: '500 internal_error' })),
  checks: own.map(([checker, [, parameters]]) => ({ checker, parameters }) as Check),
}));
