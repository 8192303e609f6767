import { defineCase } from '../define-case.ts';
import type { FaultName } from '../fault.ts';
import type { Case, Stage } from '../suite.ts';

/** A case with a link between the server and a store of its own. */
export interface StoreLinkCase {
  /** Behind `store-link/`. */
  readonly id: string;
  readonly claim: string;
  readonly tier: 'pr' | 'nightly';
  readonly run: (stage: Stage) => Promise<void>;
  /** `network` when left out. */
  readonly fault?: FaultName;
  readonly serverFlags?: readonly string[];
  readonly costMs?: number;
}

export function defineStoreLinkCase(options: StoreLinkCase): Case {
  const { id, claim, tier, run, fault = 'network', serverFlags = [], costMs = 12_000 } = options;
  return defineCase(`store-link/${id}`, claim, run, {
    isolation: 'machine',
    requires: ['server'],
    tiers: { redis: tier, mongodb: tier },
    stage: { durability: 'declared', links: ['store'] },
    faults: [fault],
    serverFlags,
    timeoutMs: 120_000,
    costMs,
  });
}
