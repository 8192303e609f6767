/** Defects of the time that a record lives. */

import type { Backend, Call, ExpiryChange, RecordAddress } from '../../../server/backends/backend.ts';
import { Deadline } from '../../../server/backends/deadline.ts';
import { floorAddress } from '../../../server/backends/floor-record.ts';
import { openBackend } from '../../../server/backends/registry.ts';
import { type Plant, pathOf, plantBackend } from './decorate.ts';

/** The largest delay of a timer; a greater one fires at once. */
const maxTimerMs = 2 ** 31 - 1;
const timerFallbackMs = 1;

/** Every end that a write asks for, changed by its distance from now. */
function plantTtl(change: (ttlMs: number) => number): Plant {
  const changed = <E extends ExpiryChange>(expiry: E, { nowMs }: Call): E =>
    expiry.kind === 'at' ? { ...expiry, atMs: nowMs + change(expiry.atMs - nowMs) } : expiry;
  return plantBackend((inner) => ({
    set: (address, request, call) => inner.set(address, { ...request, expiry: changed(request.expiry, call) }, call),
    touch: (address, request, call) =>
      inner.touch(address, { ...request, expiry: changed(request.expiry, call) }, call),
  }));
}

/** Deletes by a timer of its own, however long. */
function expireByTimer(inner: Backend): Partial<Backend> {
  return {
    async set(address, request, call) {
      const done = await inner.set(address, request, call);
      if (request.expiry.kind === 'at') deleteAfter(address, request.expiry.atMs - call.nowMs, call);
      return done;
    },
  };
  function deleteAfter(address: RecordAddress, ttlMs: number, call: Call): void {
    const delayMs = ttlMs > maxTimerMs ? timerFallbackMs : ttlMs;
    setTimeout(() => void inner.delete(address, undefined, call).catch(() => undefined), delayMs).unref();
  }
}

/** Ends are kept in memory alone: after a start everything lives for ever. */
function keepEndsInMemory(inner: Backend): Partial<Backend> {
  const ends = new Map<string, number>();
  const isOver = (address: RecordAddress, { nowMs }: Call): boolean => (ends.get(pathOf(address)) ?? Infinity) <= nowMs;
  return {
    async set(address, request, call) {
      if (request.expiry.kind === 'at') ends.set(pathOf(address), request.expiry.atMs);
      else if (request.expiry.kind === 'none') ends.delete(pathOf(address));
      return inner.set(address, { ...request, expiry: { kind: 'none' } }, call);
    },
    get: async (address, call) => (isOver(address, call) ? undefined : inner.get(address, call)),
    head: async (address, call) => (isOver(address, call) ? undefined : inner.head(address, call)),
  };
}

/** What the store's own reaper would do: reads still find what ended up to a minute ago. */
function findUntilSwept(inner: Backend): Partial<Backend> {
  const earlier = (call: Call): Call => ({ ...call, nowMs: call.nowMs - 60_000 });
  return {
    get: (address, call) => inner.get(address, earlier(call)),
    head: (address, call) => inner.head(address, earlier(call)),
  };
}

const forgetWithinMs = 5_000;

/** The record of the time goes before the start reads it. */
async function openWithoutFloor(...[name, settings, context]: Parameters<typeof openBackend>): Promise<Backend> {
  const inner = await openBackend(name, settings, context);
  const call = { nowMs: context.now(), deadline: new Deadline(forgetWithinMs) };
  await inner.delete(floorAddress, undefined, call);
  return inner;
}

export const expiryPlants = {
  'ttl-divided': plantTtl((ttlMs) => ttlMs / 1000),
  'ttl-multiplied': plantTtl((ttlMs) => ttlMs * 1000),
  'ttl-in-whole-seconds': plantTtl((ttlMs) => Math.floor(ttlMs / 1000) * 1000),
  'ttl-of-32-bits': plantTtl((ttlMs) => ttlMs | 0),
  'ttl-by-timer': plantBackend(expireByTimer),
  'ttl-not-persisted': plantBackend(keepEndsInMemory),
  'clock-floor-forgotten': () => ({ openBackend: openWithoutFloor }),
  'ttl-kept-by-overwrite': plantBackend((inner) => ({
    set: (address, request, call) =>
      inner.set(address, request.expiry.kind === 'none' ? { ...request, expiry: { kind: 'keep' } } : request, call),
  })),
  'expired-until-swept': plantBackend(findUntilSwept),
} as const satisfies Record<string, Plant>;
