/** What faults need of the machine, whatever the backend. For `doctor`. */

import type { Probe } from '../reports/schema.ts';
import type { Environment } from './environment.ts';
import { probeStopping } from './faults/pause.ts';
import { probeTracer } from './faults/tracer.ts';
import { probeMemoryCell } from './memory-cell.ts';

export async function probeFaultTools(environment: Environment): Promise<Probe[]> {
  return [
    { name: 'crash-at-call, io-error, slow-flush', ...(await probeTracer(environment)) },
    { name: 'memory-limit', ...(await probeMemoryCell()) },
    { name: 'pause', ...probeStopping() },
  ];
}
