/** What `--require` may name, and what of it is not there. */

import type { Capabilities, Subject } from '../reports/schema.ts';
import { faultNames } from '../suites/fault.ts';
import { unknownName } from './suggest.ts';
import { UsageError } from './usage-error.ts';

const backends = ['lmdb', 'redis', 'mongodb', 'memory'] as const;
const tools = ['k6', 'container-engine'] as const;
const faults: readonly string[] = faultNames;

const capabilities: Readonly<Record<string, (capabilities: Capabilities) => boolean>> = {
  atomicBatch: ({ atomicBatch }) => atomicBatch !== 'none',
  filter: ({ filter }) => filter,
  durability: ({ durability }) => durability.profile === 'on-ack',
  'testing.clock': ({ testing }) => testing.clock,
};

export interface Requirements {
  readonly backends: readonly string[];
  readonly tools: readonly string[];
  readonly faults: readonly string[];
  readonly capabilities: readonly { readonly name: string; readonly backend: string; readonly capability: string }[];
}

export function parseRequirements(names: readonly string[]): Requirements {
  const known = [
    ...backends,
    ...tools,
    ...faults,
    ...backends.flatMap((backend) => Object.keys(capabilities).map((name) => `${backend}.${name}`)),
  ];
  for (const name of names) {
    if (!known.includes(name)) throw new UsageError(`--require: ${unknownName('requirement', name, known)}`);
  }
  const dotted = names.filter((name) => name.includes('.'));
  return {
    backends: names.filter((name) => (backends as readonly string[]).includes(name)),
    tools: names.filter((name) => (tools as readonly string[]).includes(name)),
    faults: names.filter((name) => faults.includes(name)),
    capabilities: dotted.map((name) => ({
      name,
      backend: name.slice(0, name.indexOf('.')),
      capability: name.slice(name.indexOf('.') + 1),
    })),
  };
}

/** Backends that something is required of. */
export function requiredBackends(requirements: Requirements): string[] {
  return [...new Set([...requirements.backends, ...requirements.capabilities.map(({ backend }) => backend)])];
}

/** Required capabilities that no server of the run was found to have. */
export function absentCapabilities(requirements: Requirements, subjects: readonly Subject[]): string[] {
  return requirements.capabilities
    .filter(({ backend, capability }) => {
      const subject = subjects.find((one) => one.backend === backend);
      return subject === undefined || capabilities[capability]?.(subject.capabilities) !== true;
    })
    .map(({ name }) => name);
}
