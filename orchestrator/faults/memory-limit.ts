/** A limit to memory, and what came of it. It stands since the stage was built: see StageDemands. */

import type { Probe } from '../../reports/schema.ts';
import type { Victim } from '../../suites/fault.ts';
import { probeMemoryCell } from '../memory-cell.ts';
import type { MemoryUse } from '../providers/provider.ts';
import type { FaultContext, FaultGround, Injection } from './injection.ts';
import { victimOf } from './injection.ts';
import { waitUntilServing, waitUntilServingOrEnded } from './wait-until-serving.ts';

export async function probeMemoryLimit({ source }: FaultContext): Promise<Omit<Probe, 'name'>> {
  if (source.provider === 'embedded') return probeMemoryCell();
  if (source.provider === 'container') {
    return { available: true, reason: 'a limit that the container engine sets', mend: null };
  }
  const reason = `a store by ${source.provider} is not limited`;
  return { available: false, reason, mend: 'let a container be the store: --provider container' };
}

interface Limited {
  readonly name: string;
  use(): Promise<MemoryUse | undefined>;
  /** Resolves with how it ended, where it did, once it is started again. */
  revive(): Promise<string | undefined>;
}

function limitedServer(fault: FaultGround): Limited {
  const { server, ground } = fault;
  const { cell } = ground;
  if (cell === undefined) throw new Error("the case's stage does not ask for serverMemoryBytes");
  if (!cell.holds(server.handle.pid)) throw new Error(`process ${server.handle.pid} is not in ${cell.path}`);
  return {
    name: `server, process ${server.handle.pid}`,
    use: async () => cell.use(),
    async revive() {
      await waitUntilServingOrEnded(fault);
      if (server.running) return undefined;
      await server.handle.restart();
      return `process ${server.handle.pid} took over`;
    },
  };
}

function limitedStore(fault: FaultGround): Limited {
  const control = fault.ground.store?.control;
  if (control === undefined) throw new Error('the store of this case is not ours to limit');
  return {
    name: `store, ${control.name}`,
    use: () => control.memory(),
    async revive() {
      if (await control.running()) return undefined;
      await control.start();
      return `${control.name} was started again`;
    },
  };
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export async function memoryLimit(fault: FaultGround, victim: Victim): Promise<Injection> {
  const limited = victimOf(fault, victim) === 'server' ? limitedServer(fault) : limitedStore(fault);
  const before = await limited.use();
  if (before === undefined) throw new Error(`${limited.name} has no limit to its memory`);
  return {
    target: limited.name,
    async heal() {
      const revived = await limited.revive();
      const after = await limited.use();
      await waitUntilServing(fault);
      if (after === undefined) return undefined;
      const kills = after.kills - before.kills;
      const peak = `limit ${megabytes(after.limitBytes)}, peak ${megabytes(after.peakBytes)}`;
      return [peak, `${kills} ended by the kernel`, ...(revived === undefined ? [] : [revived])].join(', ');
    },
  };
}
