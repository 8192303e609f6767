import assert from 'node:assert/strict';
import type { Backend, Call, Condition, RecordAddress } from '../backend.ts';
import { type ContractCase, rejectsWith } from './contract-case.ts';
import { at, callAt, keep, none, shelfOf, step } from './subject.ts';

type Run = (backend: Backend, address: RecordAddress, call: Call) => Promise<unknown>;

const create: Condition = { ifMatch: undefined, ifNoneMatch: '*' };
const replace: Condition = { ifMatch: '*', ifNoneMatch: undefined };
const write = { value: Buffer.from('new'), contentType: 'text/plain', expiry: none, condition: undefined };

const list =
  (withValues: boolean): Run =>
  (backend, { namespace, collection }, call) =>
    backend.list({ namespace, collection, prefix: '', after: undefined, limit: 10, withValues }, call);

const batch =
  (
    atomic: boolean,
    operation: (address: RecordAddress) => Parameters<Backend['batch']>[0]['operations'][number],
  ): Run =>
  (backend, address, call) =>
    backend.batch({ operations: [operation(address)], atomic, receipt: undefined }, call);

/** Every way in which a call can find that a record has expired, where each store has it. */
export const sightings: Readonly<Record<string, Run>> = {
  get: async (backend, address, call) => backend.get(address, call),
  head: (backend, address, call) => backend.head(address, call),
  'a set': (backend, address, call) => backend.set(address, write, call),
  'a set that keeps the expiry': (backend, address, call) => backend.set(address, { ...write, expiry: keep }, call),
  'a create-only set': (backend, address, call) => backend.set(address, { ...write, condition: create }, call),
  'a set whose condition fails': (backend, address, call) =>
    backend.set(address, { ...write, condition: replace }, call),
  'a touch': (backend, address, call) => backend.touch(address, { expiry: none, condition: undefined }, call),
  'a conditional touch': (backend, address, call) => backend.touch(address, { expiry: none, condition: replace }, call),
  'a delete': (backend, address, call) => backend.delete(address, undefined, call),
  'a conditional delete': (backend, address, call) => backend.delete(address, replace, call),
  'a listing': list(false),
  'a listing with values': list(true),
  'a removal by prefix': (backend, { namespace, collection }, call) =>
    backend.deletePrefix({ namespace, collection, prefix: 'k' }, call),
  'a drop': (backend, { namespace, collection }, call) => backend.drop({ namespace, collection }, call),
  'a get in a batch': batch(false, step.get),
  'a delete in a batch': batch(false, (address) => step.delete(address)),
};

const inAtomicBatches: Readonly<Record<string, Run>> = {
  'a get in an atomic batch': batch(true, step.get),
  'a set in an atomic batch': batch(true, (address) => step.set(address, 'new')),
  'a touch in an atomic batch': batch(true, (address) => step.touch(address, none)),
  'a delete in an atomic batch': batch(true, (address) => step.delete(address)),
  'an atomic batch that is aborted': batch(true, (address) =>
    step.set(address, 'new', { condition: { ifMatch: '*' } }),
  ),
};

/** What a call was told; a store without atomic batches refuses them. */
async function seenByAtomic(
  run: Run,
  backend: Backend,
  address: RecordAddress,
  nowMs: number,
): Promise<readonly number[] | undefined> {
  const { atomicBatch } = await backend.capabilities(callAt(nowMs));
  if (atomicBatch !== 'none') return seenBy(run, backend, address, nowMs);
  await rejectsWith('capability_unsupported', () => seenBy(run, backend, address, nowMs));
  return undefined;
}

async function seenBy(run: Run, backend: Backend, address: RecordAddress, nowMs: number): Promise<readonly number[]> {
  const seen: number[] = [];
  await run(backend, address, { ...callAt(nowMs), onExpired: (expiresAtMs) => seen.push(expiresAtMs) });
  return seen;
}

export const expiryWatchCases: readonly ContractCase[] = [
  ...Object.entries({ ...sightings, ...inAtomicBatches }).map(
    ([name, run]): ContractCase => ({
      title: `${name} tells its call that a record has expired, and when`,
      async run(subject) {
        const shelf = shelfOf(subject);
        await shelf.set('key', 'value', { expiry: at(subject.nowMs), nowMs: subject.nowMs - 1 });
        // Over a cache: read, so that it knows it.
        await shelf.get('key', subject.nowMs - 1);
        const look = name in sightings ? seenBy : seenByAtomic;
        const seen = await look(run, subject.backend, shelf.address('key'), subject.nowMs + 5);
        if (seen !== undefined) assert.deepEqual([...new Set(seen)], [subject.nowMs]);
      },
    }),
  ),
  {
    title: 'a page with several expired records tells the latest',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (const [key, sinceMs] of [
        ['a', 3],
        ['b', 1],
        ['c', 2],
        ['d', -60_000],
      ] as const) {
        await shelf.set(key, 'value', { expiry: at(subject.nowMs - sinceMs), nowMs: subject.nowMs - 10 });
      }
      const seen = await seenBy(list(false), subject.backend, shelf.address('a'), subject.nowMs);
      assert.equal(Math.max(...seen), subject.nowMs - 1);
    },
  },
  {
    title: 'nothing is told of records that live, nor of absent ones',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (const [name, run] of Object.entries(sightings)) {
        await shelf.set('key', 'value', { expiry: at(subject.nowMs + 1) });
        assert.deepEqual(await seenBy(run, subject.backend, shelf.address('key'), subject.nowMs), [], name);
        assert.deepEqual(await seenBy(run, subject.backend, shelf.address('none'), subject.nowMs), [], name);
      }
    },
  },
];
