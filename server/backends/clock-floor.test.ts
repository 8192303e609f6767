import { expect, test } from 'vitest';
import { createSystemClock } from '../clock.ts';
import { CommanderError } from '../errors.ts';
import { createFailingBackend } from '../test-support/failing-backend.ts';
import { setExpiring, startTimedServer } from '../test-support/start-timed-server.ts';
import type { Backend, RecordAddress } from './backend.ts';
import { keepClockFloor } from './clock-floor.ts';
import { createClock, createContext } from './contract/engines.ts';
import { callAt } from './contract/subject.ts';
import { floorAddress } from './floor-record.ts';
import { awaitLateWrites } from './late-writes.ts';
import { openMemory } from './memory.ts';

const hourMs = 3_600_000;
const startMs = Date.now();
const key: RecordAddress = { namespace: 'n', collection: 'c', key: 'k' };

function openMemoryStore(): Backend {
  return openMemory(createContext(createClock()));
}

/** A store whose writes of the time wait until they are let through; it counts them. */
function heldStore(store: Backend) {
  const gate = Promise.withResolvers<void>();
  const state = { writes: 0 };
  const held: Backend = {
    ...store,
    set: async (address, request, call) => {
      if (address === floorAddress) {
        state.writes += 1;
        await gate.promise;
      }
      return store.set(address, request, call);
    },
  };
  return { held, state, letThrough: () => gate.resolve() };
}

test('an answer that tells of an expiry waits until the time is remembered, and one that does not is not held up', async () => {
  const { held, letThrough } = heldStore(openMemoryStore());
  await using server = await startTimedServer(held, { aheadMs: 0 });
  await setExpiring(server.backend, key, startMs - 1);
  await setExpiring(server.backend, { ...key, key: 'live' }, startMs + hourMs);
  let answered = false;
  const answer = Promise.resolve(server.backend.get(key, callAt(Date.now()))).finally(() => {
    answered = true;
  });
  const live = server.backend.get({ ...key, key: 'live' }, callAt(Date.now()));
  expect(live).not.toBeInstanceOf(Promise);
  expect(server.backend.get({ ...key, key: 'none' }, callAt(Date.now()))).toBeUndefined();
  expect(await server.backend.head({ ...key, key: 'live' }, callAt(Date.now()))).toBeDefined();
  expect(answered).toBe(false);
  letThrough();
  expect(await answer).toBeUndefined();
});

test('a thousand calls at once that find something expired cost two writes, and the next ones none', async () => {
  const { held, state, letThrough } = heldStore(openMemoryStore());
  await using server = await startTimedServer(held, { aheadMs: 0 });
  await setExpiring(server.backend, key, startMs - 1);
  const calls = Array.from({ length: 1_000 }, async (_, index) =>
    // Each a millisecond later than the one before.
    server.backend.get(key, callAt(Date.now() + index)),
  );
  letThrough();
  await Promise.all(calls);
  expect(state.writes).toBeLessThanOrEqual(2);
  const before = state.writes;
  expect(server.backend.get(key, callAt(Date.now() + 5_000))).toBeUndefined();
  expect(state.writes).toBe(before);
});

function withFloorWrites(store: Backend, set: Backend['set']): Backend {
  return { ...store, set: (address, ...rest) => (address === floorAddress ? set : store.set)(address, ...rest) };
}

test('over a full store an expired record is absent all the same; it is said once, and written once there is room', async () => {
  const store = openMemoryStore();
  let full = true;
  let writes = 0;
  const set: Backend['set'] = async (...request) => {
    writes += 1;
    if (full) throw new CommanderError('store_full', 'no room');
    return store.set(...request);
  };
  const clock = createSystemClock();
  const log: string[] = [];
  const quiet = (): void => undefined;
  let monotonicMs = 0;
  const backend = keepClockFloor(withFloorWrites(store, set), {
    clock,
    reset: false,
    storeTimeoutMs: 1_000,
    log: { debug: quiet, info: quiet, error: quiet, warn: (_fields, message) => void log.push(message) },
    monotonicMs: () => monotonicMs,
  });
  await backend.learnTime();
  await setExpiring(store, key, startMs - 1);
  for (let reads = 0; reads < 5; reads += 1) expect(await backend.get(key, callAt(clock.now()))).toBeUndefined();
  expect([writes, log.length]).toEqual([1, 1]);
  monotonicMs += 1_000;
  expect(await backend.get(key, callAt(clock.now()))).toBeUndefined();
  expect([writes, log.length]).toEqual([2, 1]);
  full = false;
  monotonicMs += 1_000;
  expect(await backend.get(key, callAt(clock.now()))).toBeUndefined();
  expect(writes).toBe(3);
  await using later = await startTimedServer(store, { aheadMs: -hourMs });
  expect(later.clock.now()).toBeGreaterThanOrEqual(startMs - 1);
});

test.each(['store_unavailable', 'overloaded'] as const)(
  'where the time cannot be written because of %s, an answer that tells of an expiry is unavailable, others are given',
  async (code) => {
    const store = openMemoryStore();
    const fail = async (): Promise<never> => {
      throw new CommanderError(code, 'not now');
    };
    await using server = await startTimedServer(withFloorWrites(store, fail), { aheadMs: 0 });
    await setExpiring(store, key, startMs - 1);
    await expect(server.backend.get(key, callAt(Date.now()))).rejects.toMatchObject({ code: 'store_unavailable' });
    const replaced = server.backend.delete(key, undefined, callAt(Date.now()));
    await expect(replaced).rejects.toMatchObject({ code: 'store_unavailable' });
    expect(server.backend.get({ ...key, key: 'none' }, callAt(Date.now()))).toBeUndefined();
  },
);

test('a server that cannot read the time yet serves no record, and refuses the call by whose time it learned it', async () => {
  const store = openMemoryStore();
  await setExpiring(store, key, startMs + hourMs);
  {
    const ahead = await startTimedServer(store, { aheadMs: 2 * hourMs });
    await ahead.backend.get(key, callAt(ahead.clock.now()));
  }
  let away = true;
  const failing = createFailingBackend(() => new CommanderError('store_unavailable', 'away'));
  const reached: Backend = { ...store, get: (...request) => (away ? failing : store).get(...request) };
  const server = await startTimedServer(reached, { aheadMs: 0, learns: false });
  const call = callAt(server.clock.now());
  await expect(server.backend.learnTime()).rejects.toMatchObject({ code: 'store_unavailable' });
  await expect(server.backend.head(key, call)).rejects.toMatchObject({ code: 'store_unavailable', message: 'away' });
  away = false;
  await expect(server.backend.head(key, call)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect(await server.backend.head(key, callAt(server.clock.now()))).toBeUndefined();
});

test('of two servers the time of the one ahead is remembered, whoever writes last', async () => {
  const store = openMemoryStore();
  await setExpiring(store, key, startMs - hourMs);
  const right = await startTimedServer(store, { aheadMs: 0 });
  const ahead = await startTimedServer(store, { aheadMs: 2 * hourMs });
  await setExpiring(store, { ...key, key: 'k2' }, startMs + hourMs);
  await ahead.backend.get({ ...key, key: 'k2' }, callAt(ahead.clock.now()));
  expect(await right.backend.get(key, callAt(right.clock.now()))).toBeUndefined();
  // It keeps to its own clock as long as it runs.
  expect(await right.backend.get({ ...key, key: 'k2' }, callAt(right.clock.now()))).toBeDefined();
  const later = await startTimedServer(store, { aheadMs: 0 });
  expect(await later.backend.get({ ...key, key: 'k2' }, callAt(later.clock.now()))).toBeUndefined();
});

test('a time too far in the future is not believed, and makes room for the next', async () => {
  const store = openMemoryStore();
  const century = 100 * 365 * 24 * hourMs;
  {
    const wrong = await startTimedServer(store, { aheadMs: century });
    await setExpiring(store, key, startMs + century - hourMs);
    await wrong.backend.get(key, callAt(wrong.clock.now()));
  }
  const right = await startTimedServer(store, { aheadMs: 2 * hourMs });
  expect(right.log).toEqual([expect.stringContaining('too far in the future')]);
  expect(Math.abs(right.clock.now() - Date.now() - 2 * hourMs)).toBeLessThan(60_000);
  await setExpiring(store, key, startMs + hourMs);
  await right.backend.get(key, callAt(right.clock.now()));
  const behind = await startTimedServer(store, { aheadMs: 0 });
  expect(await behind.backend.get(key, callAt(behind.clock.now()))).toBeUndefined();
});

test('a reset drops the remembered time for good', async () => {
  const store = openMemoryStore();
  await setExpiring(store, key, startMs + hourMs);
  const ahead = await startTimedServer(store, { aheadMs: 2 * hourMs });
  await ahead.backend.get(key, callAt(ahead.clock.now()));
  const reset = await startTimedServer(store, { aheadMs: 0, reset: true });
  expect(reset.log).toEqual([expect.stringContaining('dropped')]);
  for (const server of [reset, await startTimedServer(store, { aheadMs: 0 })]) {
    expect(await server.backend.get(key, callAt(server.clock.now()))).toBeDefined();
  }
});

test('what a call finds expired by a later time than its own is remembered, and the call ends', async () => {
  await using server = await startTimedServer(awaitLateWrites(openMemoryStore()), { aheadMs: 0 });
  await setExpiring(server.backend, key, startMs + hourMs);
  await server.backend.get({ ...key, key: 'later' }, callAt(startMs + 2 * hourMs));
  expect(await server.backend.get(key, callAt(startMs))).toBeUndefined();
});
