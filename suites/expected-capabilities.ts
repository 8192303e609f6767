/**
 * What our own backends are known to be capable of. The server probes its capabilities and cases follow them, so one
 * that vanished would silently turn cases into tests of its refusal: this table makes it a finding.
 */

import type { BackendName, Capabilities } from '../reports/schema.ts';
import { defineCase } from './define-case.ts';
import type { Case } from './suite.ts';
import { CaseFailed } from './verdict.ts';

export type OwnBackend = Exclude<BackendName, 'target'>;

interface ExpectedCapabilities {
  /** On a store that the harness configured; someone else's store may be configured otherwise. */
  readonly durability: Capabilities['durability']['profile'];
  readonly atomicBatch: Capabilities['atomicBatch'];
  readonly filter: boolean;
  /** At least so much. */
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly listItems: number;
  readonly batchItems: number;
  /** At most so much. */
  readonly expiryPrecisionMs: number;
}

const common = {
  filter: true,
  keyBytes: 1024,
  valueBytes: 16_000_000,
  listItems: 1000,
  batchItems: 1000,
  expiryPrecisionMs: 1,
} as const;

const expectedCapabilities: Readonly<Record<OwnBackend, ExpectedCapabilities>> = {
  lmdb: { ...common, durability: 'on-ack', atomicBatch: 'store' },
  redis: { ...common, durability: 'on-ack', atomicBatch: 'store' },
  // A deployment may have no transactions.
  mongodb: { ...common, durability: 'on-ack', atomicBatch: 'none' },
  memory: { ...common, durability: 'none', atomicBatch: 'store' },
};

/** Whether several servers can use one store. */
export const storeIsShared: Readonly<Record<OwnBackend, boolean>> = {
  lmdb: true,
  redis: true,
  mongodb: true,
  memory: false,
};

interface Comparison {
  readonly what: string;
  readonly expected: string | number | boolean;
  readonly actual: string | number | boolean;
  readonly holds: boolean;
}

const batchRank = { none: 0, collection: 1, store: 2 } as const;

function compare(expected: ExpectedCapabilities, actual: Capabilities, ownStore: boolean): Comparison[] {
  const atLeast = (what: string, wanted: number, got: number): Comparison => ({
    what,
    expected: `at least ${wanted}`,
    actual: got,
    holds: got >= wanted,
  });
  const { limits, expiry, durability, testing } = actual;
  return [
    atLeast('limits.keyBytes', expected.keyBytes, limits.keyBytes),
    atLeast('limits.valueBytes', expected.valueBytes, limits.valueBytes),
    atLeast('limits.listItems', expected.listItems, limits.listItems),
    atLeast('limits.batchItems', expected.batchItems, limits.batchItems),
    {
      what: 'atomicBatch',
      expected: expected.atomicBatch,
      actual: actual.atomicBatch,
      holds: batchRank[actual.atomicBatch] >= batchRank[expected.atomicBatch],
    },
    { what: 'filter', expected: expected.filter, actual: actual.filter, holds: actual.filter || !expected.filter },
    {
      what: 'expiry.precisionMs',
      expected: `at most ${expected.expiryPrecisionMs}`,
      actual: expiry.precisionMs,
      holds: expiry.precisionMs <= expected.expiryPrecisionMs,
    },
    { what: 'testing.clock', expected: true, actual: testing.clock, holds: testing.clock },
    {
      what: 'durability.profile',
      expected: expected.durability,
      actual: `${durability.profile} (${durability.probedBy})`,
      holds: !ownStore || durability.profile === expected.durability,
    },
  ];
}

/** The case that holds one of our backends against the table. `ownStore`: the harness configured the store. */
export function createCapabilitiesCase(backend: OwnBackend, ownStore: boolean): Case {
  return defineCase(
    'capabilities/as-expected',
    'The server has every capability that its backend is known for',
    async ({ capabilities }) => {
      const broken = compare(expectedCapabilities[backend], capabilities, ownStore).filter(({ holds }) => !holds);
      if (broken.length === 0) return;
      const list = (side: 'expected' | 'actual') => broken.map((one) => `${one.what} ${one[side]}`).join(', ');
      throw new CaseFailed(list('expected'), list('actual'));
    },
    { timeoutMs: 5_000, costMs: 10 },
  );
}
