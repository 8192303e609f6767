/** What holds the data stops for a while, with its connections open. */

import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { waitUntil } from '../wait-until.ts';
import { outages } from './declared-errors.ts';
import { startLoad } from './load.ts';

const pauseMs = 2_000;
/** After its end. */
const progressMs = 5_000;
/** Of an operation that no pause met. */
const deadlineMs = 5_000;

async function endurePause(stage: Stage): Promise<void> {
  let underWay = 0;
  const load = await startLoad([stage]);
  await load.more(100);
  const fault = await stage.faults.pause();
  const over = performance.now() + pauseMs;
  const { signal } = stage;
  const isOver = (): boolean => {
    underWay = Math.max(underWay, load.inFlight);
    return performance.now() >= over;
  };
  await waitUntil('the pause to be over', isOver, { signal, timeoutMs: 2 * pauseMs });
  const to = process.hrtime.bigint();
  await fault.heal();
  await load.goOn(100);
  const times = [{ from: `${fault.begunNs}`, to: `${to}` }];
  const declared = { get: outages, set: outages };
  await load.judge([
    { checker: 'error-contract', parameters: { declared, mayStayOpen: false } },
    { checker: 'liveness', parameters: { deadlineMs, stallMs: deadlineMs, recoverMs: progressMs, faults: times } },
  ]);
  stage.note.vacuity({ guard: 'operations under way during the pause', value: underWay, minimum: 1 });
}

export const pauseCases: readonly Case[] = [
  defineCase(
    'pause/holder',
    `While what holds the data stands still for ${pauseMs} ms nothing is missing and nothing is wrong, and it goes on after`,
    endurePause,
    {
      isolation: 'machine',
      requires: ['server'],
      tiers: { lmdb: 'pr', redis: 'pr', mongodb: 'nightly' },
      stage: { durability: 'declared' },
      faults: ['pause'],
      timeoutMs: 90_000,
      costMs: 5_000,
      liveness: true,
    },
  ),
];
