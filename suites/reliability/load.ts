/** Clients at work while something happens to the system, and the judgement of all that they did and saw. */

import type { Check } from '../checkers/registry.ts';
import type { Operation } from '../history.ts';
import { judgeHistory } from '../judge-history.ts';
import { createRecordedClient } from '../recorded-client.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import type { Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';
import { waitUntil } from '../wait-until.ts';
import { readAll, startWorkload, type WorkloadOptions } from './workload.ts';

export interface Load {
  /** For what the case does beside its clients. */
  readonly history: Recorder;
  /** Operations that have been called and have not returned. */
  readonly inFlight: number;
  /** Waits for so many further acknowledged writes. Throws CaseInconclusive when they do not come within 20 s. */
  more(writes: number): Promise<void>;
  /** The same where the case claims that they come; throws CaseFailed when they do not. */
  goOn(writes: number): Promise<void>;
  /** Does it, and notes how many operations it met. */
  strike<T>(inject: () => Promise<T>): Promise<T>;
  /** Waits for further acknowledged writes; fails when they do not come within `withinMs`. */
  recover(withinMs: number): Promise<void>;
  /** Ends the clients, reads every key once more, judges all that was done, by these checks too, and resolves with it. */
  judge(checks?: readonly Check[]): Promise<readonly Operation[]>;
}

const usual: WorkloadOptions = { clients: 8, keys: 12, valueBytes: 600, sets: 60 };
const recovered = 20;
const zones: Check = {
  checker: 'zones',
  parameters: {},
  minimums: { writes: 50, reads: 20, values: 20, overlaps: 20 },
};

/**
 * Writes every key, so that from then on to find one absent is a miss, and lets clients work until the load is judged.
 * With several stages the same clients work on each of them: servers over one store.
 */
export async function startLoad(
  stages: readonly [Stage, ...Stage[]],
  options: Partial<WorkloadOptions> = {},
): Promise<Load> {
  const [stage] = stages;
  const history = openHistory(stage);
  const work = { ...usual, ...options };
  const first = createRecordedClient(stage, history);
  for (let key = 0; key < work.keys; key += 1) await first.set(`k${key}`);
  const workloads = stages.map((one) => startWorkload(one, history.from(one), work));
  const sum = (count: 'acknowledged' | 'inFlight'): number => workloads.reduce((total, one) => total + one[count], 0);
  const met: number[] = [];
  let healed = 0;

  const wait = async (writes: number, claimed: boolean): Promise<void> => {
    const target = sum('acknowledged') + writes;
    const done = (): boolean => sum('acknowledged') >= target;
    await waitUntil(`${writes} acknowledged writes`, done, { signal: stage.signal, timeoutMs: 20_000, claimed });
  };
  const more = (writes: number): Promise<void> => wait(writes, false);
  return {
    history,
    get inFlight() {
      return sum('inFlight');
    },
    more,
    goOn: (writes) => wait(writes, true),
    async strike(inject) {
      met.push(sum('inFlight'));
      return inject();
    },
    async recover(withinMs) {
      const from = performance.now();
      const before = sum('acknowledged');
      await more(recovered).catch(() => undefined);
      const tookMs = Math.round(performance.now() - from);
      const came = sum('acknowledged') - before;
      healed += 1;
      stage.note.measurement({ name: `recovery ${healed}`, unit: 'ms', value: tookMs });
      if (tookMs <= withinMs && came >= recovered) return;
      throw new CaseFailed(
        `${recovered} acknowledged writes within ${withinMs} ms after the heal`,
        `${came} in ${tookMs} ms`,
      );
    },
    async judge(checks = []) {
      await Promise.all(workloads.map((one) => one.stop()));
      await readAll(stage, history, work);
      if (met.length > 0) {
        const value = Math.min(...met);
        stage.note.vacuity({ guard: 'operations under way when the fault struck', value, minimum: 1 });
      }
      stage.note.measurement({ name: 'acknowledged writes', unit: 'writes', value: sum('acknowledged') });
      return judgeHistory(stage, history, [zones, ...checks]);
    },
  };
}
