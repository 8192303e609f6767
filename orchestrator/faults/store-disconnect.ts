/** The store's container off its networks: its port still takes connections or refuses them, and nothing answers. */

import type { FaultGround, Injection, ProbeFault } from './injection.ts';

export const probeStoreDisconnect: ProbeFault = async ({ source }) =>
  source.provider === 'container'
    ? { available: true, reason: 'the container leaves its networks and comes back', mend: null }
    : {
        available: false,
        reason: 'only a container has a network of its own to be taken off',
        mend: 'start a container engine and use --provider container',
      };

export async function storeDisconnect({ ground }: FaultGround): Promise<Injection> {
  const control = ground.store?.control;
  if (control?.network === undefined) throw new Error('the store of this case has no network of its own');
  const { network } = control;
  const off = await network.disconnect();
  return {
    target: `store, ${control.name}`,
    heal: async () => `${off}; ${await network.connect()}`,
  };
}
