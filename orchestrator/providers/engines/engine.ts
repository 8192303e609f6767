/** What the providers must know of a store: how it is started, when it is ready, and how a run gets a part of it. */

import type { Environment } from '../../environment.ts';

/** How a server is told to use one part of a store. URLs go by variables: they may hold a password. */
export interface ServerSettings {
  readonly flags: readonly string[];
  readonly environment: Environment;
}

export interface StoreEngine {
  readonly backend: 'redis' | 'mongodb';
  readonly title: string;
  readonly image: {
    /** Port inside the container. */
    readonly port: number;
    /** Arguments for the image, decided by what it runs of itself; undefined takes the image as it is. */
    arguments(imageRuns: readonly string[]): string[] | undefined;
  };
  readonly program: {
    readonly name: string;
    arguments(place: { readonly port: number; readonly folder: string }): string[];
  };
  /** The variable that names a store which is already there. */
  readonly urlVariable: string;
  /** How durably a store that the harness started is configured. */
  readonly durability: string;
  url(host: string, port: number): string;
  /**
   * One look: resolves when the store takes writes, rejects otherwise. `ownAddress` is where the store reaches itself,
   * for those that must be told; undefined for a store that is not ours to configure.
   */
  ready(url: string, ownAddress: string | undefined): Promise<void>;
  /** `name`: letters, digits, `-`; unique to the run. */
  part(url: string, name: string): ServerSettings;
  /** Removes what a server wrote into that part, and nothing else. */
  drop(url: string, name: string): Promise<void>;
  /** The same by hand. */
  dropCommand(urlVariable: string, name: string): string;
}
