import type { SuiteName, Tier } from '../../reports/schema.ts';

/** Where a defect sits. harness: in the harness itself, which must notice that it proves nothing. */
export type DefectLayer = 'backend' | 'store options' | 'cache' | 'app' | 'harness';

export interface WatchedCase {
  readonly suite: SuiteName;
  readonly id: string;
}

export interface Defect {
  readonly name: string;
  /** What the broken program does, as a sentence without a full stop. */
  readonly does: string;
  readonly layer: DefectLayer;
  /** The case that must say no. */
  readonly caughtBy: WatchedCase;
  /** What in that case says it. */
  readonly checker: string;
  /** A case that stays green although the defect is there: what it cannot see. */
  readonly unseenBy?: WatchedCase;
  readonly tier: Tier;
  /** Where it is planted; absent: on LMDB. */
  readonly backend?: 'redis' | 'mongodb';
}

export const conformance = (id: string): WatchedCase => ({ suite: 'conformance', id });
export const edge = (id: string): WatchedCase => ({ suite: 'edge-cases', id });
export const reliability = (id: string): WatchedCase => ({ suite: 'reliability', id });
