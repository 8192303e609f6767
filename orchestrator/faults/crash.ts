/** SIGKILL of a process, and its start on what it left behind. */

import type { Victim } from '../../suites/fault.ts';
import type { FaultGround, Injection, ProbeFault } from './injection.ts';
import { victimOf } from './injection.ts';
import { waitUntilServing } from './wait-until-serving.ts';

export const probeCrash: ProbeFault = async ({ source }) =>
  source.provider === 'external'
    ? { available: false, reason: 'the store is not ours to kill', mend: 'let the harness start it: --provider auto' }
    : { available: true, reason: 'SIGKILL of what the harness starts', mend: null };

export async function crash(fault: FaultGround, victim: Victim): Promise<Injection> {
  const { server, ground } = fault;
  if (victimOf(fault, victim) === 'server') {
    const { pid } = server.handle;
    await server.handle.kill();
    return {
      target: `server, process ${pid}`,
      async heal() {
        await server.handle.restart();
        return `process ${pid} ended by SIGKILL, process ${server.handle.pid} took over`;
      },
    };
  }
  const control = ground.store?.control;
  if (control === undefined) throw new Error('the store of this case is not ours to kill');
  const { name } = control;
  const ended = await control.kill();
  return {
    target: `store, ${name}`,
    async heal() {
      await control.start();
      // A server that was killed too comes back by its own fault.
      if (server.running) await waitUntilServing(fault);
      return `${name} ended by SIGKILL (${ended}) and was started again`;
    },
  };
}
