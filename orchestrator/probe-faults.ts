/** Which faults this machine can do to which backend. */

import type { NotTested, Probe, Tier } from '../reports/schema.ts';
import type { FaultName } from '../suites/fault.ts';
import { faultNames } from '../suites/fault.ts';
import type { Suite } from '../suites/suite.ts';
import type { Environment } from './environment.ts';
import { faultProbes } from './faults/registry.ts';
import type { StoreBackend, StoreSource } from './find-stores.ts';
import { casesOfTier } from './plan.ts';

export interface FaultProbe {
  readonly backend: StoreBackend;
  readonly fault: FaultName;
  readonly probe: Probe;
}

/** Probes what the cases of the suites declare, on each backend that they run on. */
export async function probeFaults(
  suites: readonly Suite[],
  stores: readonly StoreSource[],
  { tier, environment }: { readonly tier: Tier; readonly environment: Environment },
): Promise<FaultProbe[]> {
  const found: FaultProbe[] = [];
  for (const source of stores) {
    if (!source.found) continue;
    const { backend } = source;
    const cases = suites.flatMap((suite) => casesOfTier(suite.cases, backend, tier));
    for (const fault of faultNames) {
      const wanting = cases.filter(({ faults }) => faults.includes(fault));
      if (wanting.length === 0) continue;
      const places = [...new Set(wanting.flatMap(({ stage }) => stage?.place?.kind ?? []))];
      const probe = await faultProbes[fault]({ environment, source, places });
      found.push({ backend, fault, probe: { name: `${fault} on ${backend}`, ...probe } });
    }
  }
  return found;
}

/** Probes every fault on every backend that can be had, whatever cases declare. */
export async function probeAllFaults(stores: readonly StoreSource[], environment: Environment): Promise<Probe[]> {
  const found: Probe[] = [];
  for (const source of stores) {
    if (!source.found) continue;
    for (const fault of faultNames) {
      const probe = await faultProbes[fault]({ environment, source, places: [] });
      found.push({ name: `${fault} on ${source.backend}`, ...probe });
    }
  }
  return found;
}

export function absentFaults(faults: readonly FaultProbe[]): NotTested[] {
  return faults.flatMap(({ probe: { name, available, reason, mend } }) =>
    available ? [] : [{ what: name, reason, mend }],
  );
}
