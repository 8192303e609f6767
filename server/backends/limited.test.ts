import { expect, test } from 'vitest';
import type { Backend, SetRequest } from './backend.ts';
import { createClock, createContext } from './contract/engines.ts';
import { Deadline } from './deadline.ts';
import { limitCalls } from './limited.ts';
import { openMemory } from './memory.ts';

const address = { namespace: 'n', collection: 'c', key: 'k' };
const request: SetRequest = {
  value: Buffer.from('v'),
  contentType: 'text/plain',
  expiry: { kind: 'none' },
  condition: undefined,
};
const call = () => ({ nowMs: Date.now(), deadline: new Deadline(5_000) });

/** Memory whose reads wait until they are let go. */
function openHeld(): { readonly backend: Backend; readonly release: () => void } {
  const memory = openMemory(createContext(createClock()));
  const { promise, resolve } = Promise.withResolvers<void>();
  return { backend: { ...memory, get: async (at, one) => promise.then(() => memory.get(at, one)) }, release: resolve };
}

test('what comes beyond the limit is refused at once and does nothing, and what ends makes room', async () => {
  const { backend, release } = openHeld();
  const limited = limitCalls(backend, 2);
  const waiting = [0, 1].map(() => limited.get(address, call()));
  await expect(limited.get(address, call())).rejects.toMatchObject({ code: 'overloaded' });
  await expect(limited.set(address, request, call())).rejects.toMatchObject({ code: 'overloaded' });
  release();
  expect(await Promise.all(waiting)).toEqual([undefined, undefined]);
  expect((await limited.set(address, request, call())).outcome).toBe('created');
});

test('a call that fails makes room, too', async () => {
  const limited = limitCalls(openMemory(createContext(createClock())), 1);
  const late = () => ({ nowMs: Date.now(), deadline: new Deadline(0) });
  for (let round = 0; round < 3; round += 1) {
    await expect(limited.get(address, late())).rejects.toMatchObject({ code: 'store_unavailable' });
  }
  expect((await limited.set(address, request, call())).outcome).toBe('created');
});

test('whether the store is there is answered when it is busy', async () => {
  const { backend, release } = openHeld();
  const limited = limitCalls(backend, 1);
  const waiting = limited.get(address, call());
  await limited.ping(call());
  expect((await limited.capabilities(call())).engine).toBe('memory');
  release();
  await waiting;
});
