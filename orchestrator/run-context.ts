import type { CaseRef, CaseResult, Subject } from '../reports/schema.ts';
import type { Stage } from '../suites/suite.ts';
import type { Environment } from './environment.ts';
import type { Ledger } from './ledger.ts';
import type { PlannedCase } from './plan.ts';

/** What a case needs of the run that it belongs to. */
export interface CaseContext {
  readonly runId: string;
  readonly runFolder: string;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
  readonly runK6: Stage['runK6'];
  /** The command that runs a case again. */
  readonly reproduce: (ref: CaseRef, seed: number) => string;
  /** A number that no other case of the run has. */
  readonly nextNumber: () => number;
  readonly tell: (line: string) => void;
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
  readonly environment: Environment;
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
  /** Another server program; only in tests of the harness. */
  readonly serverEntry?: string;
}
