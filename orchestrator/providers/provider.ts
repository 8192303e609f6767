/** A way to get a running store. */

import type { Probe, ProviderName, Subject } from '../../reports/schema.ts';
import type { Durability } from '../../suites/suite.ts';
import type { Environment } from '../environment.ts';
import type { Ledger } from '../ledger.ts';
import type { Place } from '../places/place.ts';
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

/** What a case asks of a store that is started for it alone. */
export interface StoreDemands {
  readonly durability: Durability;
  /** Its address stays when it is started again. */
  readonly fixedPort: boolean;
  /** Memory that it may have, swap included; only by container. */
  readonly memoryBytes?: number | undefined;
  /** Where its data lie; undefined: where the provider likes. It outlives the store. */
  readonly place?: Place | undefined;
}

/** What something has used of the memory that it may have. */
export interface MemoryUse {
  readonly limitBytes: number;
  readonly peakBytes: number;
  /** How often the kernel has ended one of its processes because of the limit. */
  readonly kills: number;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Takes a store off the network and puts it back. */
export interface StoreNetwork {
  /** Resolves with what the engine shows of it. */
  disconnect(): Promise<string>;
  /** Resolves when it takes writes again, with what the engine shows of it. */
  connect(): Promise<string>;
}

/** Power over a store that the harness started. */
export interface StoreControl {
  /** For evidence and people: `container 0123abcd`, `process 123`. */
  readonly name: string;
  /** SIGKILL; resolves at the confirmed death with how it ended, which may have been before. */
  kill(): Promise<string>;
  /** SIGTERM, and SIGKILL when that takes too long; resolves at the confirmed death with how it ended. */
  stop(): Promise<string>;
  /** How it ended; undefined while it runs. */
  ended(): Promise<string | undefined>;
  /** Starts it again on the same data and address; resolves when it takes writes. */
  start(): Promise<void>;
  /** Stops it where it stands; resolves once it has, with what shows that. */
  pause(): Promise<string>;
  /** Lets it go on. */
  resume(): Promise<void>;
  running(): Promise<boolean>;
  /** What it has used of a limited memory; undefined where its memory is not limited. */
  memory(): Promise<MemoryUse | undefined>;
  /** Process id as this machine sees it. Rejects where the engine is elsewhere. */
  pid(): Promise<number>;
  /** Undefined where it shares this machine's network. */
  readonly network: StoreNetwork | undefined;
}

/** A running store. Disposing it ends what the provider started and drops what the run wrote. */
export interface Store extends AsyncDisposable {
  readonly provider: ProviderName;
  readonly image: Subject['image'];
  /** How durably it is configured, in words. */
  readonly durability: string;
  /** Where it listens; undefined where it does not, or where its address is not ours to know. */
  readonly address: Address | undefined;
  /**
   * A part of the store that nobody has used before; `name` ends up in key prefixes and database names. `through` is
   * where the server shall find it instead of at its address, if it has one.
   */
  part(name: string, through?: Address): ServerSettings;
  /** Shell commands that end it by hand, for a store that is kept. */
  readonly endCommands: readonly string[];
  /** Undefined for a store that is not ours to end, or that lives in the server. */
  readonly control: StoreControl | undefined;
}

export interface Provider {
  readonly name: ProviderName;
  /** Whether this machine can have the store this way. Changes nothing, does not reject. */
  probe(engine: StoreEngine, context: ProbeContext): Promise<Probe>;
  /** Gets what the start needs (an image); resolves with a probe that says whether it is there now. */
  prepare(engine: StoreEngine, context: ProbeContext): Promise<Probe>;
  start(engine: StoreEngine, context: ProviderContext, demands: StoreDemands): Promise<Store>;
}

/** What the stores that cases share are. */
export const sharedStore: StoreDemands = { durability: 'declared', fixedPort: false };

export type ProbeContext = Pick<ProviderContext, 'environment' | 'images' | 'tell'>;
