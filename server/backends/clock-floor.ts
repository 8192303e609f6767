/**
 * Any backend, with the time remembered beside the records: before a call that found something expired is answered, the
 * store durably holds a time at which it has. A server that starts goes on from that time, so what was seen to expire
 * stays expired although the system clock is behind. Calls that find nothing expired pay for a comparison.
 */

import type { ServerClock } from '../clock.ts';
import { CommanderError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Backend, Call } from './backend.ts';
import { Deadline } from './deadline.ts';
import { createFloorRecord } from './floor-record.ts';

export interface ClockFloorOptions {
  readonly clock: ServerClock;
  /** True: the remembered time is dropped, and that of the system clock takes its place. */
  readonly reset: boolean;
  /** What reading or writing the time may take. */
  readonly storeTimeoutMs: number;
  readonly log: Logger;
  readonly monotonicMs?: () => number;
}

export interface ClockFlooredBackend extends Backend {
  /** Raises the clock to the remembered time. Before, no record is served; where it rejects, the next call tries again. */
  learnTime(): Promise<void>;
}

/** How long a full store is not asked again. */
const fullForMs = 1_000;

export function keepClockFloor(backend: Backend, options: ClockFloorOptions): ClockFlooredBackend {
  const { clock, log, storeTimeoutMs, monotonicMs = () => performance.now() } = options;
  const record = createFloorRecord(backend, clock.believes);
  let learned = false;
  let learning: Promise<void> | undefined;
  /** What the store holds, as far as this process knows. */
  let floorMs = 0;
  /** The latest time at which something is known to have expired. */
  let wantedMs = 0;
  let writing: Promise<void> | undefined;
  let fullUntilMs = 0;
  let toldFull = false;

  const ownCall = (): Call => ({ nowMs: clock.now(), deadline: new Deadline(storeTimeoutMs) });

  const learn = async (): Promise<void> => {
    const stored = await record.read(ownCall());
    if (options.reset) {
      floorMs = clock.floorOf(clock.now());
      await record.raise(floorMs, ownCall());
      if (stored !== undefined) log.warn({ droppedMs: stored }, 'The time that the store remembered is dropped');
    } else if (stored !== undefined && !clock.believes(stored)) {
      log.warn({ storedMs: stored }, 'The store remembers a time too far in the future to be believed; it is ignored');
    } else if (stored !== undefined) {
      clock.raiseTo(stored);
      floorMs = stored;
      const aheadSeconds = clock.aheadMs() / 1_000;
      if (aheadSeconds > 0) {
        log.warn({ aheadSeconds }, 'The system clock is behind the time that the store remembers: going on from that');
      }
    }
    learned = true;
  };

  const learnTime = (): Promise<void> => {
    learning ??= learn().finally(() => {
      learning = undefined;
    });
    return learning;
  };

  /** For a call that came before the time was known. */
  const awaitTime = async (call: Call): Promise<void> => {
    await call.deadline.bound(learnTime(), 'Reading the time');
    if (clock.floorOf(call.nowMs) < floorMs) {
      throw new CommanderError('store_unavailable', 'The server has just learned the time; nothing was done.');
    }
  };

  const isKept = (expiresAtMs: number): boolean => clock.floorOf(expiresAtMs) <= floorMs;

  const write = async (): Promise<void> => {
    const nextMs = clock.floorOf(wantedMs);
    try {
      await record.raise(nextMs, ownCall());
      floorMs = Math.max(floorMs, nextMs);
      toldFull = false;
    } catch (error) {
      if (!(error instanceof CommanderError) || error.code !== 'store_full') throw error;
      // Reads go on over a full store; the first one after it covers those in between.
      fullUntilMs = monotonicMs() + fullForMs;
      if (!toldFull) log.warn({ err: error }, 'The store is full: what expires now may be back after a restart');
      toldFull = true;
    }
  };

  /** Those who come while a write is under way share the next one. */
  const keep = async (expiresAtMs: number, call: Call): Promise<void> => {
    // Below, a call may be given a later time than it came with.
    wantedMs = Math.max(wantedMs, call.nowMs, expiresAtMs);
    try {
      while (!isKept(expiresAtMs) && monotonicMs() >= fullUntilMs) {
        writing ??= write().finally(() => {
          writing = undefined;
        });
        await call.deadline.bound(writing, 'Remembering the time');
      }
    } catch (cause) {
      // Whatever it says of itself: what the call did stands.
      if (!(cause instanceof CommanderError)) throw cause;
      throw new CommanderError('store_unavailable', 'Something has expired, and the time could not be remembered.', {
        cause,
      });
    }
  };

  const watch = async <T>(call: Call, run: (watched: Call) => T | Promise<T>): Promise<T> => {
    if (!learned) await awaitTime(call);
    let latestMs = 0;
    const onExpired = (expiresAtMs: number): void => {
      latestMs = Math.max(latestMs, expiresAtMs);
    };
    const outcome = await run({ ...call, onExpired });
    if (!isKept(latestMs)) await keep(latestMs, call);
    return outcome;
  };

  return {
    ...backend,
    learnTime,
    // By hand: an engine that answers at once stays one that does.
    get(address, call) {
      if (!learned) return watch(call, (watched) => backend.get(address, watched));
      let latestMs = 0;
      const onExpired = (expiresAtMs: number): void => {
        latestMs = expiresAtMs;
      };
      const found = backend.get(address, { ...call, onExpired });
      const answer = (): typeof found => (isKept(latestMs) ? found : keep(latestMs, call).then(() => found));
      return found instanceof Promise ? found.then(answer) : answer();
    },
    head: (address, call) => watch(call, (watched) => backend.head(address, watched)),
    set: (address, request, call) => watch(call, (watched) => backend.set(address, request, watched)),
    touch: (address, request, call) => watch(call, (watched) => backend.touch(address, request, watched)),
    delete: (address, condition, call) => watch(call, (watched) => backend.delete(address, condition, watched)),
    batch: (request, call) => watch(call, (watched) => backend.batch(request, watched)),
    list: (request, call) => watch(call, (watched) => backend.list(request, watched)),
    deletePrefix: (request, call) => watch(call, (watched) => backend.deletePrefix(request, watched)),
    drop: (request, call) => watch(call, (watched) => backend.drop(request, watched)),
  };
}
