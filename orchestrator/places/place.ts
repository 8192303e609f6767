/** A small file system of its own for the data of one case, which can be filled, and cut off from its disk. */

import type { PlaceDemand } from '../../suites/suite.ts';
import type { Environment } from '../environment.ts';
import type { Ledger } from '../ledger.ts';

/** The device behind a place, for what befalls a disk. */
export interface PlaceDisk {
  /** What was written before is on the disk afterwards. */
  sync(): Promise<void>;
  /** Resolves when nobody holds the file system any more. */
  unmount(): Promise<void>;
  mount(): Promise<void>;
}

export interface Place extends AsyncDisposable {
  readonly kind: PlaceDemand['kind'];
  /** For the data: empty at first and open to every user. Its path for the processes that `enter` starts. */
  readonly folder: string;
  /** The root of the file system as this process reaches it. */
  readonly root: string;
  /** Command and arguments that stand before a program which is to see the folder. */
  readonly enter: readonly string[];
  /** Shell commands that end it by hand, in order, for a stage that is kept. */
  readonly endCommands: readonly string[];
  /** Undefined where it is memory alone. */
  readonly disk: PlaceDisk | undefined;
}

export interface PlaceContext {
  readonly ledger: Ledger;
  readonly environment: Environment;
  /** A folder of the run; the place lies below it. */
  readonly workFolder: string;
}
