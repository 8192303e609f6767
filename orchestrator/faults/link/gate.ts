/** What a mode does to the bytes of a link, and what it has done. */

import type { NetworkMode } from '../../../suites/fault.ts';
import type { Random } from '../../../suites/random.ts';

/** Counts since the mode began. */
export interface LinkCounts {
  /** Connections that were opened, and those that were there when it began. */
  opened: number;
  present: number;
  /** Bytes passed on: from the near side to the far one, and back. */
  bytesOut: number;
  bytesBack: number;
  /** Bytes that came later than they would have. */
  bytesDelayed: number;
  /** Bytes that waited while nothing passed. */
  bytesHeld: number;
  connectionsReset: number;
  /** Of the one attempt that the link makes itself. */
  connectionsRefused: number;
  /** Far sides that were dropped without a word to the near one. */
  halfOpened: number;
  answersDropped: number;
}

export function noCounts(): LinkCounts {
  return {
    ...{ opened: 0, present: 0, bytesOut: 0, bytesBack: 0, bytesDelayed: 0, bytesHeld: 0 },
    ...{ connectionsReset: 0, connectionsRefused: 0, halfOpened: 0, answersDropped: 0 },
  };
}

export type Direction = 'out' | 'back';

export interface Gate {
  readonly mode: NetworkMode;
  readonly held: boolean;
  /** When bytes of that direction that come now are due, by performance.now(). */
  due(direction: Direction, bytes: number): number;
  /** Whether the answer that begins with these bytes is one of those that are dropped. */
  drops(): boolean;
}

export function createGate(mode: NetworkMode, random: Random, counts: LinkCounts): Gate {
  const free: Record<Direction, number> = { out: 0, back: 0 };
  return {
    mode,
    held: mode.kind === 'blackhole',
    due(direction, bytes) {
      const now = performance.now();
      if (mode.kind === 'blackhole') counts.bytesHeld += bytes;
      if (mode.kind === 'latency') {
        counts.bytesDelayed += bytes;
        return now + Math.max(0, mode.delayMs + mode.jitterMs * (2 * random.next() - 1));
      }
      if (mode.kind === 'bandwidth') {
        counts.bytesDelayed += bytes;
        free[direction] = Math.max(now, free[direction]) + (bytes * 1000) / mode.bytesPerSecond;
        return free[direction];
      }
      return now;
    },
    drops: () => mode.kind === 'drop-answer' && random.below(100) < mode.percent,
  };
}
