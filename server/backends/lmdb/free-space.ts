/**
 * Room on the disk. LMDB must never see a full disk: its native code then writes past the end of its memory and usually
 * ends the process. So a write is let through only while the disk has room for it beside all others that are under way,
 * and what makes the store larger leaves a reserve, from which deletes go on.
 */

import { statfsSync } from 'node:fs';
import { ConfigurationError } from '../../configuration-error.ts';
import { CommanderError } from '../../errors.ts';
import type { SpaceState } from '../space-state.ts';
import type { SpareFile } from './spare-file.ts';

/** What a write needs room for: the bytes that it adds, or the records that it removes. */
export type Need = { readonly adds: number } | { readonly removes: number };

export interface SpaceGuard {
  /**
   * Takes room for a write; returns what `giveBack` gets when it has ended. Throws CommanderError `store_full`.
   * `nowMs`: the monotonic clock.
   */
  take(need: Need, nowMs: number): number;
  giveBack(cost: number): void;
  /** How many of `most` records can be removed in one step; at least one. */
  removableAtOnce(most: number): number;
  /** True when so little is left that a failed write had no room, whatever it says. */
  isShort(): boolean;
  state(): SpaceState;
}

export interface SpaceGuardOptions {
  readonly folder: string;
  /** Bytes that writes leave on the disk; 0: by the size of the disk. */
  readonly reserveBytes: number;
  /** What the file holds and what of that the next writes can use. Asked only when the disk is nearly full. */
  readonly measureFile: () => { readonly bytes: number; readonly freeBytes: number };
  readonly spare: SpareFile;
  /** Told once when the disk gets too full for writes, and once when it has room again. */
  readonly onChange: (full: boolean, state: SpaceState) => void;
}

const pageBytes = 4096;
/** Copies of the pages on the way from the roots to a record, its expiry and the list of free pages. */
const pathPages = 8;
/** A detached value has a page more for each of its parts of 256 KB. */
const pagesPerPart = 262_144 / pageBytes;
/** A delete copies pages of several trees before those that it frees can be used, and writes a list of the freed. */
const removalPages = 24;
/** Of each further record of a step: its page in the tree of records and in the index of expiry. */
const pagesPerRemoved = 2;

const lookEveryMs = 5;
/** A disk that is nearly full is looked at more often, but not by every write that it refuses. */
const lookAgainMs = 1;
/** The disk has room again once no write was refused for so long: at the edge every other one is. */
const quietMs = 5_000;

const leastReserveBytes = 4_000_000;
const mostReserveBytes = 64_000_000;
const reserveShare = 0.02;
/** Left free inside the file, for deletes. */
const insideReserveBytes = 1_000_000;

/** LMDB maps its lock file without having its blocks; on a full disk the first access to them ends the process. */
const openingBytes = 1_000_000;

export function createSpaceGuard(options: SpaceGuardOptions): SpaceGuard {
  const { folder, measureFile, spare, onChange } = options;
  let { reserveBytes } = options;
  let freeBytes = Number.POSITIVE_INFINITY;
  let inside: ReturnType<typeof measureFile> | undefined;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let inFlight = 0;
  /** Of writes that ended since the last look: the disk may not have shown them then. */
  let ended = 0;
  let full = false;
  let refused = 0;
  let refusedAtMs = Number.NEGATIVE_INFINITY;

  const state = (): SpaceState => ({ freeBytes, reserveBytes, full, refused });

  const look = (nowMs: number): void => {
    lookedAtMs = nowMs;
    const seen = lookAt(folder);
    if (seen === undefined) return;
    freeBytes = seen.freeBytes;
    if (options.reserveBytes === 0) reserveBytes = usualReserve(seen.totalBytes);
    ended = 0;
    inside = undefined;
  };

  const growthFits = (cost: number): boolean => {
    const taken = inFlight + ended + cost;
    const left = freeBytes - taken;
    if (left > reserveBytes) return true;
    inside ??= measureFile();
    if (inside.freeBytes < taken + insideReserveBytes) return false;
    // Free pages serve a value of one page wherever they lie. A larger one needs them side by side, or else the disk:
    // of the reserve it may take one half, and of a file that is mostly empty it most likely needs none.
    if (cost <= smallCost) return true;
    return left > (inside.freeBytes > inside.bytes / 2 ? 0 : reserveBytes / 2);
  };

  const removalFits = (cost: number): boolean => {
    const taken = inFlight + ended + cost;
    if (freeBytes > taken) return true;
    inside ??= measureFile();
    return inside.freeBytes > taken;
  };

  const fits = (need: Need, cost: number): boolean => ('adds' in need ? growthFits(cost) : removalFits(cost));

  const note = (now: boolean, nowMs: number): void => {
    if (now) refusedAtMs = nowMs;
    if (now === full || (!now && nowMs - refusedAtMs < quietMs)) return;
    full = now;
    onChange(full, state());
  };

  const restoreSpare = (): void => {
    if (freeBytes > reserveBytes + 2 * spare.bytes) spare.restore();
  };

  /** What did not fit by the last look, by a new one. */
  const demand = (need: Need, cost: number, nowMs: number): void => {
    if (nowMs - lookedAtMs > lookAgainMs) look(nowMs);
    if (fits(need, cost)) return;
    if ('removes' in need && spare.release()) {
      look(nowMs);
      if (fits(need, cost)) return;
    }
    refused += 1;
    // A large value may be refused where small ones still fit.
    if (!growthFits(smallCost)) note(true, nowMs);
    throw storeFull(need);
  };

  return {
    take(need, nowMs) {
      const cost = costOf(need);
      if (nowMs - lookedAtMs > lookEveryMs) look(nowMs);
      if (!fits(need, cost)) demand(need, cost, nowMs);
      if ('adds' in need) {
        if (full) note(false, nowMs);
        if (spare.isGone) restoreSpare();
      }
      inFlight += cost;
      return cost;
    },
    giveBack(cost) {
      inFlight -= cost;
      ended += cost;
    },
    removableAtOnce(most) {
      const counts = [most, Math.ceil(most / 10)];
      return counts.find((removes) => removalFits(costOf({ removes }))) ?? 1;
    },
    isShort() {
      look(performance.now());
      return freeBytes < Math.max(reserveBytes, leastReserveBytes);
    },
    state() {
      const nowMs = performance.now();
      look(nowMs);
      note(!growthFits(smallCost), nowMs);
      if (spare.isGone) restoreSpare();
      return state();
    },
  };
}

/** Before the library opens a folder that has no lock file yet. Throws ConfigurationError. */
export function demandRoomToOpen(folder: string, hasLockFile: boolean): void {
  const seen = hasLockFile ? undefined : lookAt(folder);
  if (seen === undefined || seen.freeBytes >= openingBytes) return;
  throw new ConfigurationError(
    `The disk of the data folder ${folder} has ${seen.freeBytes} bytes left, and to open it takes ${openingBytes}. Make room.`,
  );
}

function costOf(need: Need): number {
  if ('removes' in need) return (removalPages + need.removes * pagesPerRemoved) * pageBytes;
  const pages = Math.ceil(need.adds / pageBytes);
  return (pages + Math.ceil(pages / pagesPerPart) + pathPages) * pageBytes;
}

/** Of a write whose record fits into a page beside others. */
const smallCost = costOf({ adds: pageBytes });

function usualReserve(totalBytes: number): number {
  return Math.min(mostReserveBytes, Math.max(leastReserveBytes, totalBytes * reserveShare));
}

/** What the disk has left for us; undefined when it does not say. */
function lookAt(folder: string): { readonly freeBytes: number; readonly totalBytes: number } | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch {
    // The write itself will tell what is wrong with the folder.
    return undefined;
  }
}

function storeFull(need: Need): CommanderError {
  return new CommanderError(
    'store_full',
    'adds' in need
      ? 'The disk has no room for the write beside its reserve; nothing was written.'
      : 'The disk has not even room for a delete; nothing was written.',
  );
}
