import type { ActiveFault } from '../fault.ts';
import type { Recorder } from '../recorder.ts';
import type { Stage } from '../suite.ts';

/** A crash that can be taken back, whatever it hit. */
export type Crash = Pick<ActiveFault, 'heal'>;

/** Kills what holds the data. A server that lives on may send what it had before to the store that comes back. */
export async function crashHolder(stage: Stage, history: Recorder): Promise<Crash> {
  return stage.holder === 'store' ? stage.faults.crash() : crashAll(stage, history);
}

/**
 * Kills the store, where there is one, and the server. Nothing that was sent can arrive any more: what has no outcome
 * happened by then or never, and the history says so.
 */
export async function crashAll(stage: Stage, history: Recorder): Promise<Crash> {
  const crashes: ActiveFault[] = [];
  await history.fence(async () => {
    if (stage.holder === 'store') crashes.push(await stage.faults.crash('holder'));
    crashes.push(await stage.faults.crash('server'));
  }, null);
  return {
    async heal() {
      for (const crash of crashes) await crash.heal();
    },
  };
}
