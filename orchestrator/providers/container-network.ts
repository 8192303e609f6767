/** The networks of a store's container, by the engine. */

import { connectEngine } from './container-engine.ts';
import type { StoreNetwork } from './provider.ts';

/** `ready` waits until the store takes writes. */
export function createContainerNetwork(id: string, ready: () => Promise<void>): StoreNetwork {
  let left: readonly string[] = [];
  const engine = async () => (await connectEngine()).container.dockerode;
  const networks = async (): Promise<Readonly<Record<string, { readonly IPAddress?: string }>>> => {
    const { NetworkSettings: settings } = await (await engine()).getContainer(id).inspect();
    return settings.Networks;
  };
  return {
    async disconnect() {
      left = Object.keys(await networks());
      for (const name of left) await (await engine()).getNetwork(name).disconnect({ Container: id });
      const still = Object.keys(await networks());
      if (still.length > 0) throw new Error(`the engine says that the container is still on ${still.join(', ')}`);
      return `off ${left.join(', ')}, the engine shows no network`;
    },
    async connect() {
      for (const name of left) await (await engine()).getNetwork(name).connect({ Container: id });
      await ready();
      const now = Object.entries(await networks()).map(([name, { IPAddress: address }]) => `${name} as ${address}`);
      return `on ${now.join(', ')} again`;
    },
  };
}
