/** Stops a process where it stands: its connections stay open and nobody answers. */

import type { Probe } from '../../reports/schema.ts';
import type { Victim } from '../../suites/fault.ts';
import { identifyProcess, signalProcess } from '../process-identity.ts';
import type { StoreControl } from '../providers/provider.ts';
import { stateOf, stopProcess } from '../stop-process.ts';
import type { FaultContext, FaultGround, Injection } from './injection.ts';
import { victimOf } from './injection.ts';
import { isServing, waitUntilServing } from './wait-until-serving.ts';

export async function probePause({ source }: FaultContext): Promise<Omit<Probe, 'name'>> {
  if (source.provider === 'external') {
    const mend = 'let the harness start it: --provider auto';
    return { available: false, reason: 'the store is not ours to stop', mend };
  }
  return probeStopping();
}

/** Whether a stop can be seen here, beside being asked for. */
export function probeStopping(): Omit<Probe, 'name'> {
  const available = stateOf(process.pid) !== undefined;
  if (available) return { available, reason: 'SIGSTOP, seen in /proc; the engine for containers', mend: null };
  return { available, reason: 'there is no /proc that shows a stop', mend: 'run the harness on Linux' };
}

type Pausable = Pick<StoreControl, 'name' | 'pause' | 'resume'>;

function pausableServer({ server }: FaultGround): Pausable {
  const { pid } = server.handle;
  const process = identifyProcess(pid);
  if (process === undefined) throw new Error('the server has ended');
  return {
    name: `process ${pid}`,
    pause: async () => `${await stopProcess(process)} and answered nothing`,
    resume: async () => void signalProcess(process, 'SIGCONT'),
  };
}

function pausableStore({ ground }: FaultGround): Pausable {
  const control = ground.store?.control;
  if (control === undefined) throw new Error('the store of this case is not ours to stop');
  return control;
}

export async function pause(fault: FaultGround, victim: Victim): Promise<Injection> {
  const who = victimOf(fault, victim);
  const target = who === 'server' ? pausableServer(fault) : pausableStore(fault);
  const stopped = await target.pause();
  // A case that ends without healing must not leave what cannot be ended in order.
  const onAbort = (): void => void target.resume().catch(() => undefined);
  fault.signal.addEventListener('abort', onAbort, { once: true });
  // The server of a paused store may well answer.
  let answered = false;
  if (who === 'server') void isServing(fault).then((serving) => (answered ||= serving));
  return {
    target: `${who}, ${target.name}`,
    async heal() {
      fault.signal.removeEventListener('abort', onAbort);
      const silent = !answered;
      await target.resume();
      await waitUntilServing(fault);
      return silent ? `${stopped}; /health/ready answered 200 after it went on` : undefined;
    },
  };
}
