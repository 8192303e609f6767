/** SIGTERM of a store, and its start on what it left behind: an upgrade below a server that runs on. */

import type { FaultGround, Injection, ProbeFault } from './injection.ts';
import { waitUntilServing } from './wait-until-serving.ts';

export const probeStoreRestart: ProbeFault = async ({ source }) => {
  if (source.provider === 'container' || source.provider === 'process') {
    return { available: true, reason: 'SIGTERM of the store that the harness starts', mend: null };
  }
  const [reason, mend] =
    source.provider === 'embedded'
      ? ['the store is no process of its own', null]
      : ['the store is not ours to end', 'let the harness start it: --provider auto'];
  return { available: false, reason, mend };
};

export async function storeRestart(fault: FaultGround): Promise<Injection> {
  const control = fault.ground.store?.control;
  if (control === undefined) throw new Error('the store of this case is not ours to end');
  const { name } = control;
  const ended = await control.stop();
  return {
    target: `store, ${name}`,
    async heal() {
      await control.start();
      await waitUntilServing(fault);
      return `${name} ended by SIGTERM (${ended}), ${control.name} was started on its data`;
    },
  };
}
