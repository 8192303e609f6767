/** What the providers must know of a store: how it is started, when it is ready, and how a run gets a part of it. */

import type { Durability } from '../../../suites/suite.ts';
import type { Environment } from '../../environment.ts';

/** How a server is told to use one part of a store. URLs go by variables: they may hold a password. */
export interface ServerSettings {
  /** Before the program on the command line of Node. */
  readonly nodeFlags?: readonly string[];
  readonly flags: readonly string[];
  readonly environment: Environment;
}

/** Refused: there is none. */
export type Relaxation =
  | { readonly command: readonly string[]; readonly prints: RegExp }
  | { readonly refused: string };

export interface StoreEngine {
  readonly backend: 'redis' | 'mongodb';
  readonly title: string;
  readonly image: {
    /** Port inside the container. */
    readonly port: number;
    /**
     * Arguments for the image, decided by what it runs of itself; undefined takes the image as it is. `memoryBytes`:
     * what the container may have, where it is limited.
     */
    arguments(imageRuns: readonly string[], durability: Durability, memoryBytes?: number): string[] | undefined;
    /** Where it keeps its data, decided by the volumes that the image declares. */
    dataFolder(volumes: readonly string[]): string;
    /**
     * Command inside the container that makes a running store less durable, where no argument does, and what it prints
     * then; undefined where none is needed.
     */
    relax(imageRuns: readonly string[], durability: Durability): Relaxation | undefined;
  };
  readonly program: {
    readonly name: string;
    arguments(place: { readonly port: number; readonly folder: string }, durability: Durability): string[];
  };
  /** The variable that names a store which is already there. */
  readonly urlVariable: string;
  /** How durably a store that the harness started is configured, in words. */
  readonly durability: Readonly<Record<Durability, string>>;
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
