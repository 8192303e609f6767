/**
 * What a case is, and what it stands on. Cases are data; the orchestrator builds the stage that a case declares,
 * runs it, and turns what it throws into a verdict.
 */

import type {
  BackendName,
  Capabilities,
  Control,
  FaultRecord,
  Measurement,
  SuiteName,
  Tier,
  VacuityGuard,
} from '../reports/schema.ts';
import type { judgeFile } from './checkers/judge-file.ts';
import type { LogMark } from './checkers/log-scan.ts';
import type { Client } from './client.ts';
import type { FaultName, Faults, LinkName } from './fault.ts';
import type { HistoryWriter } from './history-file.ts';
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
 * `testing.clock`: POST /testing/clock. `shared-store`: a store that more than one server can use. `atomic-batch`: a
 * store that has them; elsewhere the refusal is tested by conformance. `k6`: the load generator.
 */
export type Requirement = 'server' | 'testing.clock' | 'shared-store' | 'atomic-batch' | 'k6';

/** What is built for a case alone before anything starts: a store of its own where the backend has one, and a server. */
export interface StageDemands {
  readonly durability: Durability;
  /** Links that faults can act on. On the client's the stage's client comes through it; a store's needs a store apart. */
  readonly links?: readonly LinkName[];
  /** The system clock of the server can be stepped. */
  readonly steeredClock?: boolean;
  /** The calls of its processes will be counted: the server writes by one thread. Slower, so only where it is needed. */
  readonly traced?: boolean;
  /** The server is started with the settings of a device's launcher. */
  readonly asDevice?: boolean;
  /** Memory that the server may have, swap included; beyond it the kernel ends it. */
  readonly serverMemoryBytes?: number;
  /** The same of the store, where it is not the server. A store that has a setting for it is told to stay below. */
  readonly storeMemoryBytes?: number;
  /** A small file system of its own under what holds the data, which is the server on an embedded store. */
  readonly place?: PlaceDemand;
  /** What the server writes into its data file, and when it flushes it, is recorded from its start. */
  readonly recordsWrites?: boolean;
}

/**
 * How what is acknowledged is kept; all but `declared` are for controls, which must lose.
 * delayed: it is handed to the system and flushed later, so that a power loss takes it.
 * weak: a kill may take it, where a store can be so weak.
 */
export type Durability = 'declared' | 'delayed' | 'weak';

export interface PlaceDemand {
  /** tmpfs is memory and can be filled; ext4 lies on a device, which can be cut off from it. */
  readonly kind: 'tmpfs' | 'ext4';
  readonly bytes: number;
}

/** Makes a server one that asks for credentials. */
export interface CaseCredentials {
  /** Text of its credentials file. */
  readonly file: string;
  /** What the harness sends when it asks the server itself: an Authorization header that may read. */
  readonly authorization: string;
  /** What no log may hold. */
  readonly secrets: readonly string[];
}

/** What the servers of a case log although no log should hold it, and why the case cannot do without. */
export type Provoked = Readonly<Partial<Record<LogMark, string>>>;

export interface Case {
  /** `group/claim-in-short`, unique in its suite, stable: reports of different runs are compared by it. */
  readonly id: string;
  /** The claim that a pass proves, as a sentence without a full stop. */
  readonly claim: string;
  readonly isolation: Isolation;
  readonly requires: readonly Requirement[];
  /** Extra command-line flags of the server; only with `server` or `machine` isolation. */
  readonly serverFlags: readonly string[];
  /** Only with `server` or `machine` isolation. The stage's client sends none of them by itself. */
  readonly credentials?: CaseCredentials;
  /** Tier from which on it runs, by backend; it does not run on one that is not named. */
  readonly tiers: Readonly<Partial<Record<BackendName, Tier>>>;
  /** Undefined: it stands on what the run has anyway. Only with `machine` isolation. */
  readonly stage?: StageDemands;
  readonly provokes?: Provoked;
  /** What it does to the system. A case is not planned where one of them cannot be had. */
  readonly faults: readonly FaultName[];
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
  /** Path of its credentials file, where the case has credentials: read again on SIGHUP. */
  readonly credentialsFile: string | undefined;
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
  /** Which process holds the data: its death is the end of all that was sent to it. */
  readonly holder: 'server' | 'store';
  /** Moves the server's testing clock forward; throws where the target has none. */
  readonly advanceClock: (advanceMs: number) => Promise<void>;
  /**
   * Starts one more server on the same store and data folder, with the same flags, and resolves with the same stage as
   * seen from there: its client, its server, its clock. The harness ends it with the case. Throws where the isolation
   * is `namespace`.
   */
  readonly startSecondServer: () => Promise<Stage>;
  readonly runK6: (run: K6Run) => Promise<K6Outcome>;
  readonly faults: Faults;
  /** What a case tells of itself beside its verdict. */
  readonly note: {
    measurement(measurement: Measurement): void;
    vacuity(guard: VacuityGuard): void;
    fault(fault: FaultRecord): void;
    /** What a control lost of what it acknowledged. One that lost nothing makes the case inconclusive. */
    control(control: Control): void;
    /** Counts of operations by how they ended, for cases that keep a history. */
    operations(counts: { readonly ok: number; readonly fail: number; readonly info: number }): void;
  };
  /** Begins the file of the case's history in the run's folder; once a case. Cases use openHistory (recorder.ts). */
  readonly openHistory: () => HistoryWriter;
  /** Judges a stored history; cases use judgeHistory (judge-history.ts). */
  readonly judgeFile: typeof judgeFile;
}
