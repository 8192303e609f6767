/**
 * Revisions: a hybrid logical clock (Kulkarni et al., "Logical Physical Clocks", 2014) written so that the order of
 * the strings, of their bytes and of the writes is the same.
 *
 * 16 bytes as 32 lower-case hexadecimal digits: wall clock in ms (6 bytes), counter (2 bytes), node (8 bytes, random
 * per process start). Unique across servers, and the strong ETag of the record.
 */

import { CommanderError } from './errors.ts';

/** 32 lower-case hexadecimal digits. */
export type Revision = string & { readonly __brand: 'Revision' };

const maxCounter = 0xff_ff;

/**
 * The greatest first four bytes of a revision: the end of the year 9999, and half a minute. One beyond was given by no
 * clock of ours; to move a clock past it would leave no revisions to give.
 */
export const maxRevisionStart = 0xe6_77_d2_1f;
const maxStartDigits = maxRevisionStart.toString(16);

export function parseRevision(text: string): Revision | undefined {
  return /^[0-9a-f]{32}$/.test(text) && !isBeyondClocks(text) ? (text as Revision) : undefined;
}

function isBeyondClocks(text: string): boolean {
  return text.slice(0, 8) > maxStartDigits;
}

/** The wall-clock part in milliseconds since the epoch: when the record was last written. */
export function revisionWallMs(revision: Revision): number {
  return Number.parseInt(revision.slice(0, 12), 16);
}

export interface RevisionClock {
  /** The next revision, greater than every one this clock has given or been moved past. */
  next(): Revision;
  /**
   * Moves the clock so that `next()` is greater than `seen`, whatever the wall clock says. Throws CommanderError
   * `record_corrupt`, and stays as it is, where no clock can have given `seen`.
   */
  movePast(seen: Revision): void;
}

export interface RevisionClockOptions {
  /** Wall clock in milliseconds. */
  readonly now: () => number;
  /** 8 bytes that no other process start has. */
  readonly node: Buffer;
}

export function createRevisionClock(options: RevisionClockOptions): RevisionClock {
  const node = options.node.toString('hex');
  if (node.length !== 16) throw new RangeError(`a node id has 8 bytes, got ${options.node.length}`);
  let wallMs = 0;
  let counter = 0;
  return {
    next() {
      const now = options.now();
      if (now > wallMs) {
        wallMs = now;
        counter = 0;
      } else if (counter < maxCounter) {
        counter += 1;
      } else {
        wallMs += 1;
        counter = 0;
      }
      return (wallMs.toString(16).padStart(12, '0') + counter.toString(16).padStart(4, '0') + node) as Revision;
    },
    movePast(seen) {
      if (isBeyondClocks(seen)) {
        throw new CommanderError('record_corrupt', 'The stored record is damaged: no clock gives its revision.');
      }
      const seenWallMs = revisionWallMs(seen);
      const seenCounter = Number.parseInt(seen.slice(12, 16), 16);
      if (seenWallMs > wallMs || (seenWallMs === wallMs && seenCounter > counter)) {
        wallMs = seenWallMs;
        counter = seenCounter;
      }
    },
  };
}
