/**
 * What a case is, and what it stands on. Cases are data; the orchestrator builds the stage that a case declares,
 * runs it, and turns what it throws into a verdict.
 */

import type { Capabilities, FaultRecord, Measurement, SuiteName, VacuityGuard } from '../reports/schema.ts';
import type { Client } from './client.ts';
import type { Random } from './random.ts';

/**
 * How far a case reaches.
 * namespace: into namespaces of its own; runs beside others on one server.
 * server: it needs a server and store data of its own (clock, limits, global lists).
 * machine: nothing else may run.
 */
export type Isolation = 'namespace' | 'server' | 'machine';

/**
 * What a case cannot do without. `server`: a server process that the harness started (never so under --target).
 * `testing.clock`: POST /testing/clock. `k6`: the load generator.
 */
export type Requirement = 'server' | 'testing.clock' | 'k6';

export interface Case {
  /** `group/claim-in-short`, unique in its suite, stable: reports of different runs are compared by it. */
  readonly id: string;
  /** The claim that a pass proves, as a sentence without a full stop. */
  readonly claim: string;
  readonly isolation: Isolation;
  readonly requires: readonly Requirement[];
  /** Extra command-line flags of the server; only with `server` or `machine` isolation. */
  readonly serverFlags: readonly string[];
  /** Past it the case is inconclusive, or failed where `liveness` is true. */
  readonly timeoutMs: number;
  /** What it usually takes on two cores; the plan adds these up. */
  readonly costMs: number;
  readonly liveness: boolean;
  /** Throws CaseFailed or CaseInconclusive (verdict.ts); returns when the claim holds. */
  readonly run: (stage: Stage) => Promise<void>;
}

export interface Suite {
  readonly name: SuiteName;
  /** One line for `orchestrator list`. */
  readonly title: string;
  readonly cases: readonly Case[];
}

/** The server process that the harness started. */
export interface ServerHandle {
  readonly baseUrl: string;
  readonly pid: number;
  /** Path of the file that takes the server's log, one JSON object a line. */
  readonly logFile: string;
  /** Ends it with SIGTERM and waits for the exit; resolves with the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL, and waits for the death. */
  kill(): Promise<void>;
  /** Starts it again on the same store, data folder and flags; `baseUrl` and `pid` change. */
  restart(): Promise<void>;
  /** Largest resident memory in bytes since the case began. */
  peakRssBytes(): number;
}

/** Runs one k6 script against the stage's server. */
export interface K6Run {
  /** Path of the script below suites/load/k6. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

export interface K6Outcome {
  readonly exitCode: number;
  /** What the script's handleSummary wrote to the file named in COMMANDER_SUMMARY, parsed; null when it wrote none. */
  readonly summary: unknown;
  /** Last lines of k6's own output, for a finding. */
  readonly output: string;
}

/** What a case runs on. Everything random comes from `random`, which the seed decides. */
export interface Stage {
  readonly client: Client;
  /** A namespace of this case alone. More of them: `${namespace}-x`; the harness clears all that begin with it. */
  readonly namespace: string;
  readonly seed: number;
  readonly random: Random;
  readonly capabilities: Capabilities;
  /** Aborts at the deadline and on Ctrl-C. */
  readonly signal: AbortSignal;
  /** Present when the case requires `server` and in every run without --target. */
  readonly server: ServerHandle | undefined;
  /** Moves the server's testing clock forward; throws where the target has none. */
  readonly advanceClock: (advanceMs: number) => Promise<void>;
  readonly runK6: (run: K6Run) => Promise<K6Outcome>;
  /** What a case tells of itself beside its verdict. */
  readonly note: {
    measurement(measurement: Measurement): void;
    vacuity(guard: VacuityGuard): void;
    fault(fault: FaultRecord): void;
    /** Counts of operations by how they ended, for cases that keep a history. */
    operations(counts: { readonly ok: number; readonly fail: number; readonly info: number }): void;
    /** Stores a history (NDJSON lines) in the run's folder before it is judged. */
    history(lines: Iterable<string>, checkerVersion: string): Promise<void>;
  };
}
