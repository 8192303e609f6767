/** What can be done to a system under test. How it is done is the orchestrator's. */

import type { Client } from './client.ts';

/** Names of faults as cases declare them, `--require` takes them and reports tell them. */
export const faultNames = [
  'crash',
  'crash-at-call',
  'io-error',
  'slow-flush',
  'memory-limit',
  'pause',
  'network',
  'store-disconnect',
  'store-restart',
  'clock',
  'disk-full',
  'power-loss',
  'power-loss-replay',
  'corruption',
] as const;
export type FaultName = (typeof faultNames)[number];

/**
 * Which process is hit. holder: the one that holds the data, which is the server on an embedded store and the store
 * elsewhere. server: always the server.
 */
export type Victim = 'holder' | 'server';

/** System calls by which data reaches a disk: what makes it stay there, and what puts it there. */
export type DiskCall = 'fdatasync' | 'pwrite64';

/** A fault that has begun. */
export interface ActiveFault {
  /** Monotonic nanoseconds of the same clock as a history: it had begun by then. */
  readonly begunNs: bigint;
  /**
   * Ends it, waits until what it hit works again, and notes it in the report with what showed that it fired. Rejects
   * with CaseInconclusive when nothing does.
   */
  heal(): Promise<void>;
}

/** client: between the clients and the server. store: between the server and its store. */
export type LinkName = 'client' | 'store';

/** What a link does while the fault is active. A connection's near side is the one that opened it. */
export type NetworkMode =
  /** Bytes of each direction come so much later, in order; the jitter is drawn from the seed, up or down. */
  | { readonly kind: 'latency'; readonly delayMs: number; readonly jitterMs: number }
  /** Each direction of the link passes so much, all connections together. */
  | { readonly kind: 'bandwidth'; readonly bytesPerSecond: number }
  /** RST of every connection, at once and then every `everyMs`; 0: once. */
  | { readonly kind: 'reset'; readonly everyMs: number }
  /** RST of every connection, and new ones are refused, as when a process has died. */
  | { readonly kind: 'refuse' }
  /** Connections stay and new ones open, and nothing passes. What was sent meanwhile arrives once it is healed. */
  | { readonly kind: 'blackhole' }
  /**
   * Connections of that moment lose their far side, and the near one hears nothing of it until the heal, which sends
   * RST. New connections work.
   */
  | { readonly kind: 'half-open' }
  /** Of 100 answers so many never come although the request was delivered: the connection is reset instead. */
  | { readonly kind: 'drop-answer'; readonly percent: number }
  /** Does nothing: a control, which must leave its case inconclusive. */
  | { readonly kind: 'nothing' };
export interface DiskFullOptions {
  /** What stays free on the case's place. */
  readonly leaveBytes: number;
  /**
   * True: what writes there may end, and healing starts it again, as a supervisor would. Else its death is a finding.
   */
  readonly mayEnd: boolean;
}

/**
 * What is done to the file of the data. flip-bits: single bits, far apart. truncate: its last third is cut off.
 * zero-page, garbage-page: 4,096 bytes somewhere behind its head. zero-meta: its first 4,096 bytes. zero-pages: every
 * eighth page behind its head. flip-heads: a bit in the first 8 bytes of each of those, where LMDB has their number.
 */
export const damages = [
  'flip-bits',
  'truncate',
  'zero-page',
  'garbage-page',
  'zero-meta',
  'zero-pages',
  'flip-heads',
] as const;
export type Damage = (typeof damages)[number];

export interface CorruptionOptions {
  /** So many of the newest snapshots of an embedded store are damaged the same way. Default: none. */
  readonly snapshots?: number;
}

export interface DamagedFile extends ActiveFault {
  /** SHA-256 of the file as it was left, in hexadecimal digits. */
  readonly sha256: string;
  /** Once healed: what was said when it did not start on the damaged file; undefined when it did. */
  readonly refused: string | undefined;
}

/** A moment at which the power might have failed, and what the disk held then. */
export interface CrashPoint {
  /** For people. */
  readonly what: string;
  /** ETags of the writes whose answers had been sent by then. */
  readonly acknowledged: ReadonlySet<string>;
  /** Starts a server on that disk. Rejects when it does not start. It ends with the point. */
  start(): Promise<Client>;
}

/** Every fault that the case declares; another one throws. */
export interface Faults {
  /** SIGKILL; resolves at the confirmed death. Heals by a new start on the same data. */
  crash(victim?: Victim): Promise<ActiveFault>;
  /** On a link of the case's stage. Does not wait, once healed, for those at its ends. */
  network(link: LinkName, mode: NetworkMode): Promise<ActiveFault>;
  /** Takes the store's container off its networks. Heals by putting it back. */
  storeDisconnect(): Promise<ActiveFault>;
  /** Ends the store in order, with SIGTERM. Heals by a new start on the same data. */
  storeRestart(): Promise<ActiveFault>;
  /**
   * Steps the system clock as the server sees it, forward or back; restarts of the server stay under it. Its timers
   * run on. Only on a stage with `steeredClock`. Heals by the true time.
   */
  clock(byMs: number): Promise<ActiveFault>;
  /**
   * SIGKILL instead of the `nth` such call from now on, counted in each thread by itself: the stage must be `traced`.
   * Resolves at the death of the process that was about to call, or after `withinMs` without one, and heals as `crash`
   * does.
   */
  crashAtCall(at: CrashCall): Promise<ActiveFault>;
  /**
   * EIO instead of such calls until it heals. A process that ends because of it is started again by `heal`; one that
   * neither serves nor ends fails the case.
   */
  ioError(at: FailingCall): Promise<ActiveFault>;
  /** Every fdatasync takes so much longer until it heals. */
  slowFlush(delayMs: number, victim?: Victim): Promise<ActiveFault>;
  /**
   * Marks the time in which what the stage limits in memory is put under load. `heal` shows that the limit stood and
   * how much was used, or that the kernel ended the process because of it, which is then started again.
   */
  memoryLimit(victim?: Victim): Promise<ActiveFault>;
  /** Stops it where it stands, without closing a connection; resolves when it has stopped. */
  pause(victim?: Victim): Promise<ActiveFault>;
  /** Takes the space of the case's place, at once. Heals by giving it back. */
  diskFull(options: DiskFullOptions): Promise<ActiveFault>;
  /**
   * Cuts the case's place off from its disk, with all that has not reached it, and kills what holds the data. Heals by
   * mounting it again as it then is, and a new start.
   */
  powerLoss(): Promise<ActiveFault>;
  /**
   * Kills the server and looks at so many moments of what its stage recorded, each with what was not flushed by then
   * lost, kept or torn. The server stays dead.
   */
  replayPowerLoss(points: number, judge: (point: CrashPoint) => Promise<void>): Promise<ActiveFault>;
  /** Kills what holds the data and damages its file; resolves when it is done. Heals by a new start, or a refusal of it. */
  corruption(damage: Damage, options?: CorruptionOptions): Promise<DamagedFile>;
}

export interface FailingCall {
  readonly call: DiskCall;
  /** This one alone, counted in each thread by itself: 1 is the next. Left out: every one. */
  readonly nth?: number;
  readonly victim?: Victim;
}

export interface CrashCall {
  readonly call: DiskCall;
  /** 1 is the next one. */
  readonly nth: number;
  readonly withinMs: number;
  readonly victim?: Victim;
}
