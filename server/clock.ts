/**
 * The server's wall clock. It never runs backwards: what has expired stays expired when the system clock steps back.
 * Under --testing it can be moved forward, and with a seed it stands still between moves.
 */

import { readFileSync, renameSync, writeFileSync } from 'node:fs';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface TestingClock extends Clock {
  /** Moves the clock forward and remembers it in the state file. Answers the new time. */
  advance(advanceMs: number): number;
}

/** Where a frozen clock starts: fixed, so that a documentation run gives the same bytes every time. */
const frozenStartMs = Date.UTC(2030, 0, 1);

export function createSystemClock(systemNow: () => number = Date.now): Clock {
  let last = 0;
  return {
    now() {
      last = Math.max(last, systemNow());
      return last;
    },
  };
}

export interface TestingClockOptions {
  /** File that keeps the offset across restarts; undefined keeps it in memory alone. */
  readonly stateFile: string | undefined;
  /** True when the time passes by `advance` alone. */
  readonly frozen: boolean;
}

/** Throws when the state file holds anything but an offset. */
export function createTestingClock(options: TestingClockOptions): TestingClock {
  const base = createSystemClock(options.frozen ? () => frozenStartMs : Date.now);
  let offsetMs = options.stateFile === undefined ? 0 : readOffset(options.stateFile);
  return {
    now: () => base.now() + offsetMs,
    advance(advanceMs) {
      offsetMs += advanceMs;
      if (options.stateFile !== undefined) writeOffset(options.stateFile, offsetMs);
      return base.now() + offsetMs;
    },
  };
}

/** In one step, so that moves at once and a kill in between leave a whole file. */
function writeOffset(stateFile: string, offsetMs: number): void {
  const fresh = `${stateFile}.new`;
  writeFileSync(fresh, `${offsetMs}\n`);
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
