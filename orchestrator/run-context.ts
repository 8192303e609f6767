import type { CaseRef, CaseResult, Subject } from '../reports/schema.ts';
import type { Client } from '../suites/client.ts';
import type { Faults } from '../suites/fault.ts';
import type { Stage } from '../suites/suite.ts';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import type { PlannedCase } from './plan.ts';
import type { SeriesRecorder } from './series.ts';

/** Parts of the harness that are broken on purpose, to see whether that is noticed. */
export interface Sabotage {
  readonly client: (client: Client) => Client;
  readonly faults: (faults: Faults) => Faults;
  readonly judgeFile: Stage['judgeFile'];
}

/** What a case needs of the run that it belongs to. */
export interface CaseContext {
  readonly runId: string;
  readonly runFolder: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly runK6: Stage['runK6'];
  /** The command that runs a case again. */
  readonly reproduce: (ref: CaseRef, seed: number) => string;
  /** Takes what is measured while cases run. */
  readonly series: SeriesRecorder;
  /** A number that no other case of the run has. */
  readonly nextNumber: () => number;
  readonly tell: (line: string) => void;
  readonly sabotage?: Sabotage | undefined;
  readonly environment: Environment;
}

/** A stage that --keep left up. */
export interface KeptStage {
  readonly failed: CaseResult;
  readonly url: string;
  /** Shell commands that end it, in order. */
  readonly endCommands: readonly string[];
}

/** What all cases of a backend need together. */
export interface BackendContext extends CaseContext {
  readonly ledger: Ledger;
  readonly workFolder: string;
  readonly logsFolder: string;
  /** Cases that share a server and run side by side. */
  readonly jobs: number;
  /** Cases with a server of their own that run side by side. */
  readonly ownServers: number;
  readonly keep: boolean;
  readonly failFast: boolean;
  readonly started: (planned: PlannedCase) => void;
  readonly finished: (result: CaseResult) => void;
  /** Told once, as soon as a server answers. */
  readonly subject: (subject: Subject) => void;
  readonly kept: (stage: KeptStage) => void;
  /** Another program than the server, with what comes before its flags: one that has a defect. */
  readonly serverProgram?: readonly string[];
}
