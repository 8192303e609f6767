import { type Collection, openCollection } from '../collection.ts';
import type { CaseOptions } from '../define-case.ts';
import type { Stage } from '../suite.ts';

export interface Pair {
  readonly stages: readonly [Stage, Stage];
  /** One collection, as seen from each. */
  readonly both: readonly [Collection, Collection];
}

export const skewMs = 2_000;

export const pairOptions: CaseOptions = {
  isolation: 'server',
  requires: ['server', 'testing.clock', 'shared-store'],
  timeoutMs: 90_000,
  costMs: 4_000,
};

/** Two servers on one store; the clock of the second goes `skewMs` ahead. */
export async function openPair(stage: Stage): Promise<Pair> {
  const second = await stage.startSecondServer();
  await second.advanceClock(skewMs);
  return { stages: [stage, second], both: [openCollection(stage), openCollection(second)] };
}
