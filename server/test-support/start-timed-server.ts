import type { Backend, RecordAddress } from '../backends/backend.ts';
import { type ClockFlooredBackend, keepClockFloor } from '../backends/clock-floor.ts';
import { at, callAt } from '../backends/contract/subject.ts';
import { createSystemClock, type ServerClock } from '../clock.ts';
import type { Logger } from '../log.ts';

export interface TimedServer extends AsyncDisposable {
  readonly clock: ServerClock;
  readonly backend: ClockFlooredBackend;
  readonly log: readonly string[];
}

/** What `commander serve` makes of a store, its system clock ahead by `aheadMs`. */
export async function startTimedServer(
  store: Backend,
  { aheadMs, reset = false, learns = true }: { aheadMs: number; reset?: boolean; learns?: boolean },
): Promise<TimedServer> {
  const log: string[] = [];
  const add = (_fields: object, message: string): void => void log.push(message);
  const logger: Logger = { debug: add, info: add, warn: add, error: add };
  const clock = createSystemClock({ systemNow: () => Date.now() + aheadMs });
  const backend = keepClockFloor(store, { clock, reset, storeTimeoutMs: 5_000, log: logger });
  if (learns) await backend.learnTime();
  return { clock, backend, log, [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose]() };
}

/** A record that expires then, whatever the time is. */
export function setExpiring(backend: Backend, address: RecordAddress, expiresAtMs: number): Promise<unknown> {
  const request = { value: Buffer.from('v'), contentType: 'text/plain', expiry: at(expiresAtMs), condition: undefined };
  return backend.set(address, request, callAt(Date.now()));
}
