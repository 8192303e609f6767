/**
 * The server's wall clock. It never runs backwards: what has expired stays expired when the system clock steps back,
 * and across a restart when it is raised to the time that was remembered. While it is ahead of the system clock it goes
 * on by the monotonic one. Under --testing it can be moved forward, and with a seed it stands still between moves.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface ServerClock extends Clock {
  /** How far it is ahead of the system clock, in ms; what a testing clock was advanced by does not count. */
  aheadMs(): number;
  /** What to remember so that a clock of a later run, raised to it, is not before `nowMs`. */
  floorOf(nowMs: number): number;
  /** Goes on from there if that is later. */
  raiseTo(floorMs: number): void;
  /** Whether a remembered time can be true; one that is far in the future was remembered by a clock that was wrong. */
  believes(floorMs: number): boolean;
}

export interface TestingClock extends ServerClock {
  /** Moves the clock forward and remembers it in the state file. Answers the new time. */
  advance(advanceMs: number): number;
}

export interface SystemClockOptions {
  readonly systemNow?: () => number;
  readonly monotonicMs?: () => number;
}

/** Where a frozen clock starts: fixed, so that a documentation run gives the same bytes every time. */
const frozenStartMs = Date.UTC(2030, 0, 1);

/** No server of this version ran earlier: a system clock before it has not been set yet. */
const releasedMs = Date.UTC(2026, 0, 1);
/** Longer than a device runs one release, and shorter than to 2038 or 2100, where broken clocks like to stand. */
const maxAheadMs = 10 * 365.25 * 86_400_000;

/**
 * While ahead it runs by a hundredth slower than time, so that after a step back by an hour it is right again in days;
 * time to live is hardly longer for it.
 */
const rateAhead = 0.99;

export function createSystemClock(options: SystemClockOptions = {}): ServerClock {
  const { systemNow = Date.now, monotonicMs = () => performance.now() } = options;
  let last = 0;
  /** Where the clock goes on from while it is ahead. */
  let anchor: { readonly atMs: number; readonly monotonicMs: number } | undefined;
  const now = (): number => {
    const system = systemNow();
    if (system >= last) {
      anchor = undefined;
      last = system;
      return last;
    }
    anchor ??= { atMs: last, monotonicMs: monotonicMs() };
    const elapsedMs = (monotonicMs() - anchor.monotonicMs) * rateAhead;
    last = Math.max(last, anchor.atMs + Math.floor(elapsedMs));
    return last;
  };
  return {
    now,
    aheadMs: () => Math.max(0, now() - systemNow()),
    floorOf: (nowMs) => nowMs,
    raiseTo(floorMs) {
      if (floorMs <= now()) return;
      last = floorMs;
      anchor = undefined;
      now();
    },
    believes: (floorMs) => floorMs <= Math.max(systemNow(), releasedMs) + maxAheadMs,
  };
}

export interface TestingClockOptions {
  /**
   * File that keeps the offset across restarts; undefined keeps it in memory alone. Read at the start: servers that
   * share it are moved one by one.
   */
  readonly stateFile: string | undefined;
  /** True when the time passes by `advance` alone. */
  readonly frozen: boolean;
}

/** Throws when the state file holds anything but an offset. */
export function createTestingClock(options: TestingClockOptions): TestingClock {
  const base = createSystemClock(options.frozen ? { systemNow: () => frozenStartMs } : {});
  let offsetMs = options.stateFile === undefined ? 0 : readOffset(options.stateFile);
  return {
    ...base,
    now: () => base.now() + offsetMs,
    // The offset is remembered by the state file, and only grows.
    floorOf: (nowMs) => nowMs - offsetMs,
    advance(advanceMs) {
      offsetMs += advanceMs;
      if (options.stateFile !== undefined) writeOffset(options.stateFile, offsetMs);
      return base.now() + offsetMs;
    },
  };
}

/**
 * In one step, so that moves at once and a kill in between leave a whole file. Of several servers with one file the
 * clock furthest ahead is kept: no restart goes back behind what has expired.
 */
function writeOffset(stateFile: string, offsetMs: number): void {
  const fresh = `${stateFile}.${process.pid}.new`;
  writeFileSync(fresh, `${Math.max(offsetMs, readOffset(stateFile))}\n`);
  renameSync(fresh, stateFile);
}

function readOffset(stateFile: string): number {
  let text: string;
  try {
    text = readFileSync(stateFile, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
  if (!/^\d{1,16}\n$/.test(text)) throw new Error(`${stateFile} does not hold the offset of a testing clock`);
  return Number(text);
}
