import type { Backend } from '../backends/backend.ts';
import { keepClockFloor } from '../backends/clock-floor.ts';
import { Deadline } from '../backends/deadline.ts';
import type { ServerClock } from '../clock.ts';
import type { ServeSettings } from '../config.ts';
import type { Logger } from '../log.ts';

export interface TimeSeams {
  readonly clock: ServerClock;
  readonly settings: Pick<ServeSettings, 'reset-clock' | 'store-timeout-ms'>;
  readonly log: Logger;
}

/** What the start waits for a store that is silent; a restarted device is to listen soon. */
const firstContactMs = 1_000;

/**
 * The backend that remembers the time, the clock raised to it. Where the store is out of reach it resolves all the same:
 * then calls wait until the time is known, and are refused like all others.
 */
export async function learnTime(backend: Backend, { clock, settings, log }: TimeSeams): Promise<Backend> {
  const { 'reset-clock': reset, 'store-timeout-ms': storeTimeoutMs } = settings;
  const timed = keepClockFloor(backend, { clock, reset, storeTimeoutMs, log });
  await new Deadline(firstContactMs).bound(timed.learnTime(), 'Reading the time').catch((error: unknown) => {
    log.warn({ err: error }, 'The time that the store remembers cannot be read yet');
  });
  return timed;
}
