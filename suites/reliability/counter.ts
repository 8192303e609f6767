/** One counter that several clients raise by compare-and-set, over a link that loses answers. */

import { setTimeout as delay } from 'node:timers/promises';
import type { ActiveFault } from '../fault.ts';
import { judgeHistory } from '../judge-history.ts';
import { createRecordedClient } from '../recorded-client.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import type { Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { waitUntil } from '../wait-until.ts';

const clients = 6;
const pauseMs = 20;

interface Counting {
  readonly acknowledged: number;
  readonly unknown: number;
  stop(): Promise<void>;
}

function startCounting(stage: Stage, history: Recorder): Counting {
  let stopping = false;
  const count = { ok: 0, fail: 0, info: 0 };
  const raise = async (): Promise<void> => {
    const client = createRecordedClient(stage, history);
    while (!stopping && !stage.signal.aborted) {
      const { type, output, server } = await client.get('counter');
      if (type !== 'ok') {
        await delay(pauseMs, undefined, { signal: stage.signal });
        continue;
      }
      const raised = await client.cas('counter', server.version ?? '', { text: String(Number(output) + 1) });
      count[raised.type] += 1;
    }
  };
  const running = Promise.all(Array.from({ length: clients }, raise));
  // A case that has failed waits for nobody any more.
  running.catch(() => undefined);
  return {
    get acknowledged() {
      return count.ok;
    },
    get unknown() {
      return count.info;
    },
    async stop() {
      stopping = true;
      await running;
    },
  };
}

/** Counts under the fault, and demands one chain of increments whose end lies within what was told. */
export async function countUnder(stage: Stage, inject: () => Promise<ActiveFault>, minimumLost: number): Promise<void> {
  const history = openHistory(stage);
  const own = createRecordedClient(stage, history);
  await own.set('counter', { text: '0' });
  const counting = startCounting(stage, history);
  const until = (what: string, condition: () => boolean): Promise<void> =>
    waitUntil(what, condition, { signal: stage.signal, timeoutMs: 30_000 });
  await until('the first increments', () => counting.acknowledged >= 20);
  const fault = await inject();
  await until('lost answers', () => counting.unknown >= minimumLost);
  await fault.heal();
  const before = counting.acknowledged;
  await until('increments after the heal', () => counting.acknowledged >= before + 20);
  await counting.stop();
  const last = await own.get('counter');
  if (last.type !== 'ok') throw new CaseInconclusive('no_end', `the counter could not be read: ${last.error}`);
  stage.note.vacuity({ guard: 'increments without an outcome', value: counting.unknown, minimum: minimumLost });
  const happened = Number(last.output) - counting.acknowledged;
  stage.note.measurement({ name: 'increments without an outcome that happened', unit: 'increments', value: happened });
  await judgeHistory(stage, history, [{ checker: 'increments', parameters: {}, minimums: { acknowledged: 40 } }]);
}
