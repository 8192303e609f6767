/**
 * How near the process is to the memory that it may have. What counts is anonymous memory: pages of files, such as
 * those of the embedded store, are given back by the kernel when somebody needs them.
 */

import { openSync, readSync } from 'node:fs';
import { totalmem } from 'node:os';
import { createGarbageCollection } from './garbage.ts';

export interface MemoryLimit {
  readonly limitBytes: number;
  /** As it was last looked at. */
  usedBytes(): number;
  look(): void;
  /** Counts bytes of a body that have come: they lie there, as garbage at the latest, until the next look sees them. */
  countArrived(bytes: number): void;
  /** Whether more may come of what is thrown away. */
  hasRoom(): boolean;
  /** Whether a body of so many bytes fits beside what is used and what those that were let in may take yet. */
  admits(bytes: number): boolean;
  isLow(): boolean;
}

export interface MemoryLimitOptions {
  /** 0: what the cgroup allows, or else the memory of the machine. */
  readonly limitBytes: number;
  /** Bodies that are in use. */
  readonly bodyBytes: () => number;
  /** Bodies and answers that are in use. */
  readonly heldBytes: () => number;
  /** Replaces the look at the process in tests. */
  readonly readUsedBytes?: () => number;
}

/** The rest is for what cannot be counted: garbage that is not collected yet, buffers of the kernel. */
const usableShare = 0.85;
/** Of the usable: from here on garbage is collected that would lie for long otherwise. */
const collectingShare = 0.6;
/** Of the limit: so much garbage has to lie there. */
const garbageShare = 0.08;
/** A body is held once as it came and about once more on its way into the store. */
const copies = 2;

export function constrainedBytes(): number {
  // Without a limit the platform gives 0 or a number beyond all memory.
  const constrained = process.constrainedMemory();
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
}

export function createMemoryLimit(options: MemoryLimitOptions): MemoryLimit {
  const limitBytes = options.limitBytes === 0 ? constrainedBytes() : options.limitBytes;
  const readUsed = options.readUsedBytes ?? createMemoryReader();
  const usable = limitBytes * usableShare;
  let used = readUsed();
  /** May be taken yet by bodies that were let in, those of the last moment among them. */
  let admitted = 0;
  /** Since the last look, as the next. */
  let arrived = 0;
  let refused = false;
  const garbage = createGarbageCollection({ worthBytes: limitBytes * garbageShare, heldBytes: options.heldBytes });
  const collectFrom = usable * collectingShare;
  return {
    limitBytes,
    usedBytes: () => used,
    look() {
      used = readUsed();
      arrived = 0;
      // What was let in takes its memory as it comes, which may be long after. What it has taken already counts twice:
      // nothing tells it from what else has grown.
      admitted = copies * options.bodyBytes();
      if ((refused || used > collectFrom) && garbage.collect(refused)) used = readUsed();
      refused = false;
    },
    countArrived(bytes) {
      arrived += bytes;
    },
    hasRoom: () => used + arrived <= usable,
    admits(bytes) {
      if (used + arrived + admitted + copies * bytes > usable) {
        refused = true;
        return false;
      }
      admitted += copies * bytes;
      return true;
    },
    isLow: () => used > usable,
  };
}

/** Reads what is no file's: 5 us. Elsewhere than on Linux it is all that is resident. */
function createMemoryReader(): () => number {
  if (process.platform !== 'linux') return () => process.memoryUsage.rss();
  const file = openSync('/proc/self/status', 'r');
  const text = Buffer.alloc(4096);
  return () => {
    const status = text.toString('latin1', 0, readSync(file, text, 0, text.length, 0));
    const kilobytes = [...status.matchAll(/^Rss(?:Anon|Shmem):\s+(\d+) kB$/gm)].map(([, digits]) => Number(digits));
    return kilobytes.reduce((sum, size) => sum + size, 0) * 1024;
  };
}
