import { expect, test } from 'vitest';
import type { Backend, Call, RecordAddress } from './backend.ts';
import { createClock, createContext } from './contract/engines.ts';
import { at, callAt, none } from './contract/subject.ts';
import { awaitLateWrites } from './late-writes.ts';
import { openMemory } from './memory.ts';

const endMs = 1_900_000_000_000;
const key: RecordAddress = { namespace: 'n', collection: 'c', key: 'k' };
const other: RecordAddress = { ...key, key: 'other' };
const before = (): Call => callAt(endMs - 1);
const after = (): Call => callAt(endMs);
const touch = { expiry: none, condition: undefined };
const value = { value: Buffer.from('v'), contentType: 'text/plain', condition: undefined };

/** A store with two records that end, in which a touch is done once it is let through. */
async function openSlow() {
  const store = openMemory(createContext(createClock()));
  const gate = Promise.withResolvers<void>();
  const slow: Backend = {
    ...store,
    async touch(address, request, call) {
      await gate.promise;
      return store.touch(address, request, call);
    },
  };
  const backend = awaitLateWrites(slow);
  for (const address of [key, other]) await backend.set(address, { ...value, expiry: at(endMs) }, before());
  return { backend, letThrough: () => gate.resolve() };
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(resolve, 'pending'));
  return (await Promise.race([promise, turn])) === 'pending';
}

const looks: readonly (readonly [
  what: string,
  run: (backend: Backend) => Promise<unknown>,
  outcome: Record<string, unknown>,
])[] = [
  ['get', async (backend) => backend.get(key, after()), { expiresAtMs: undefined }],
  ['head', (backend) => backend.head(key, after()), { expiresAtMs: undefined }],
  ['a touch', (backend) => backend.touch(key, touch, after()), { outcome: 'touched' }],
  ['a delete', (backend) => backend.delete(key, undefined, after()), { outcome: 'deleted' }],
  [
    'a conditional set',
    (backend) =>
      backend.set(key, { ...value, expiry: none, condition: { ifMatch: '*', ifNoneMatch: undefined } }, after()),
    { outcome: 'replaced' },
  ],
];

for (const [what, run, outcome] of looks) {
  test(`${what} that finds expired what an older write may keep alive waits for it, and sees what it left`, async () => {
    const { backend, letThrough } = await openSlow();
    const touched = backend.touch(key, touch, before());
    const looking = run(backend);
    expect(await isPending(looking)).toBe(true);
    letThrough();
    expect(await touched).toMatchObject({ outcome: 'touched' });
    expect(await looking).toMatchObject(outcome);
  });
}

test('what has taken the place of an expired record waits for nobody', async () => {
  const { backend, letThrough } = await openSlow();
  const touched = backend.touch(key, touch, before());
  expect(await backend.set(key, { ...value, expiry: none }, after())).toMatchObject({ outcome: 'created' });
  letThrough();
  expect(await touched).toMatchObject({ outcome: 'touched' });
});

test('neither writes to other keys nor those that came after the end are waited for, and what lives is read at once', async () => {
  const { backend, letThrough } = await openSlow();
  const touched = [backend.touch(other, touch, before()), backend.touch(key, touch, before())];
  expect(await backend.get(key, before())).toBeDefined();
  expect(await isPending(Promise.resolve(backend.get(key, after())))).toBe(true);
  letThrough();
  await Promise.all(touched);
  const held = await openSlow();
  const late = [held.backend.touch(other, touch, before()), held.backend.touch(key, touch, after())];
  expect(await held.backend.get(key, after())).toBeUndefined();
  held.letThrough();
  expect(await Promise.all(late)).toMatchObject([{ outcome: 'touched' }, { outcome: 'absent' }]);
});

test('a call that comes with an earlier time than one before it decides by the later one', async () => {
  const { backend, letThrough } = await openSlow();
  letThrough();
  expect(backend.get(key, after())).toBeUndefined();
  expect(await backend.touch(key, touch, before())).toEqual({ outcome: 'absent' });
  expect(backend.get(key, before())).toBeUndefined();
});

test('the caller is told of the end once, and not of one that a write has taken back', async () => {
  const { backend, letThrough } = await openSlow();
  const seen: number[] = [];
  const watched = (): Call => ({ ...after(), onExpired: (ms) => seen.push(ms) });
  const touched = backend.touch(key, touch, before());
  const looking = backend.get(key, watched());
  letThrough();
  await Promise.all([touched, looking]);
  expect(seen).toEqual([]);
  await backend.touch(other, touch, watched());
  expect(seen).toEqual([endMs]);
});

test('an engine that answers at once stays one that does, and a write that fails is waited for no more', async () => {
  const store = openMemory(createContext(createClock()));
  const backend = awaitLateWrites({ ...store, touch: () => Promise.reject(new Error('away')) });
  await backend.set(key, { ...value, expiry: at(endMs) }, before());
  const touched = backend.touch(key, touch, before());
  await expect(touched).rejects.toThrow('away');
  expect(backend.get(key, before())).not.toBeInstanceOf(Promise);
  expect(backend.get(key, after())).toBeUndefined();
});

test('an atomic batch that is under way is waited for', async () => {
  const store = openMemory(createContext(createClock()));
  const gate = Promise.withResolvers<void>();
  const backend = awaitLateWrites({
    ...store,
    async batch(request, call) {
      await gate.promise;
      return store.batch(request, call);
    },
  });
  await backend.set(key, { ...value, expiry: at(endMs) }, before());
  const operations = [{ op: 'touch', address: key, request: touch }] as const;
  const batch = backend.batch({ operations, atomic: true, receipt: undefined }, before());
  const looking = Promise.resolve(backend.get(key, after()));
  expect(await isPending(looking)).toBe(true);
  gate.resolve();
  await batch;
  expect(await looking).toBeDefined();
});
