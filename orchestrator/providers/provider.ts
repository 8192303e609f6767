/** A way to get a running store. */

import type { Probe, ProviderName, Subject } from '../../reports/schema.ts';
import type { Environment } from '../environment.ts';
import type { Ledger } from '../ledger.ts';
import type { ServerSettings, StoreEngine } from './engines/engine.ts';

/** What a provider works with in one run. */
export interface ProviderContext {
  readonly ledger: Ledger;
  /** A folder of the run, deleted at its end. */
  readonly workFolder: string;
  readonly logsFolder: string;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  /** Image of each store. */
  readonly images: Readonly<Record<StoreEngine['backend'], string>>;
  /** A line for the person who waits. */
  readonly tell: (line: string) => void;
}

/** A running store. Disposing it ends what the provider started and drops what the run wrote. */
export interface Store extends AsyncDisposable {
  readonly provider: ProviderName;
  readonly image: Subject['image'];
  /** How durably it is configured, in words. */
  readonly durability: string;
  /** A part of the store that nobody has used before; `name` ends up in key prefixes and database names. */
  part(name: string): ServerSettings;
  /** Shell commands that end it by hand, for a store that is kept. */
  readonly endCommands: readonly string[];
}

export interface Provider {
  readonly name: ProviderName;
  /** Whether this machine can have the store this way. Changes nothing, does not reject. */
  probe(engine: StoreEngine, context: ProbeContext): Promise<Probe>;
  /** Gets what the start needs (an image); resolves with a probe that says whether it is there now. */
  prepare(engine: StoreEngine, context: ProbeContext): Promise<Probe>;
  start(engine: StoreEngine, context: ProviderContext): Promise<Store>;
}

export type ProbeContext = Pick<ProviderContext, 'environment' | 'images' | 'tell'>;
