/** Decides how each backend gets its store. */

import type { BackendName, Probe, ProviderName } from '../reports/schema.ts';
import { createEmbeddedStore } from './providers/embedded.ts';
import type { StoreEngine } from './providers/engines/engine.ts';
import { storeEngines } from './providers/engines/registry.ts';
import type { ProbeContext, Provider, ProviderContext, Store, StoreDemands } from './providers/provider.ts';
import { providers } from './providers/registry.ts';

type ProviderChoice = 'auto' | 'container' | 'process' | 'external';
export type StoreBackend = Exclude<BackendName, 'target'>;

/** How a store will be got, or why it cannot. */
export type StoreSource =
  | {
      readonly backend: StoreBackend;
      readonly found: true;
      readonly provider: ProviderName;
      readonly reason: string;
      /** What else was found out on the way. */
      readonly probes: readonly Probe[];
      start(context: ProviderContext, demands: StoreDemands): Promise<Store>;
    }
  | {
      readonly backend: StoreBackend;
      readonly found: false;
      readonly reason: string;
      readonly mend: string | null;
      readonly probes: readonly Probe[];
    };

export interface FindOptions extends ProbeContext {
  readonly choice: ProviderChoice;
  /** Fetches what a start needs, such as an image; false only looks. */
  readonly prepare: boolean;
}

function engineOf(backend: StoreBackend): StoreEngine | undefined {
  return backend === 'redis' || backend === 'mongodb' ? storeEngines[backend] : undefined;
}

/** Starts by the first provider that can, and says which could not. */
async function startByFirst(
  usable: readonly Provider[],
  engine: StoreEngine,
  context: ProviderContext,
  demands: StoreDemands,
): Promise<Store> {
  const problems: string[] = [];
  for (const [position, provider] of usable.entries()) {
    try {
      const probe = position === 0 ? undefined : await provider.prepare(engine, context);
      if (probe?.available === false) throw new Error(probe.reason);
      return await provider.start(engine, context, demands);
    } catch (error) {
      context.signal.throwIfAborted();
      problems.push(`${provider.name}: ${error instanceof Error ? error.message : String(error)}`);
      if (position + 1 < usable.length) context.tell(`${engine.title} by ${problems.at(-1)}; trying the next provider`);
    }
  }
  throw new Error(problems.join('; '));
}

async function findStore(backend: StoreBackend, options: FindOptions): Promise<StoreSource> {
  const engine = engineOf(backend);
  if (engine === undefined) {
    const start = async (_: ProviderContext, { durability }: StoreDemands): Promise<Store> =>
      createEmbeddedStore(backend === 'memory' ? 'memory' : 'lmdb', durability);
    return { backend, found: true, provider: 'embedded', reason: 'in the server itself', probes: [], start };
  }
  const wanted = options.choice === 'auto' ? providers : providers.filter(({ name }) => name === options.choice);
  const probes: Probe[] = [];
  const usable: Provider[] = [];
  let first: Probe | undefined;
  for (const provider of wanted) {
    // Only the provider that will be used has to fetch anything; those behind it are asked when it fails.
    const probe =
      options.prepare && first === undefined
        ? await provider.prepare(engine, options)
        : await provider.probe(engine, options);
    probes.push(probe);
    if (!probe.available) continue;
    first ??= probe;
    usable.push(provider);
  }
  const [provider] = usable;
  if (provider === undefined || first === undefined) {
    const reason = probes.map((probe) => probe.reason).join('; ');
    // The container's mend names the alternatives too.
    const mend = probes.find(({ name }) => name.endsWith('by container'))?.mend ?? probes[0]?.mend ?? null;
    return { backend, found: false, reason, mend, probes };
  }
  return {
    backend,
    found: true,
    provider: provider.name,
    reason: first.reason,
    probes,
    start: (context, demands) => startByFirst(usable, engine, context, demands),
  };
}

export async function findStores(backends: readonly StoreBackend[], options: FindOptions): Promise<StoreSource[]> {
  return Promise.all(backends.map((backend) => findStore(backend, options)));
}
