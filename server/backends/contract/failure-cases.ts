import assert from 'node:assert/strict';
import type { BatchOutcome, Call, ListRequest, SetRequest } from '../backend.ts';
import { type ContractCase, rejectsWith, revisionOf, until } from './contract-case.ts';
import { callAt, type LinkedBackend, none, type Shelf, type Subject, shelfOf, step } from './subject.ts';

const request: SetRequest = {
  value: Buffer.from('value'),
  contentType: 'text/plain',
  expiry: none,
  condition: undefined,
};

/** Every method that asks the store something. */
function operations(subject: Subject, call: () => Call): Readonly<Record<string, () => Promise<unknown>>> {
  const { backend, namespace } = subject;
  const address = shelfOf(subject).address('key');
  const list: ListRequest = {
    namespace,
    collection: 'shelf',
    prefix: '',
    after: undefined,
    limit: 10,
    withValues: false,
  };
  return {
    get: async () => backend.get(address, call()),
    head: () => backend.head(address, call()),
    set: () => backend.set(address, request, call()),
    'conditional set': () =>
      backend.set(address, { ...request, condition: { ifMatch: undefined, ifNoneMatch: '*' } }, call()),
    touch: () => backend.touch(address, { expiry: none, condition: undefined }, call()),
    delete: () => backend.delete(address, undefined, call()),
    'batch of one set': () =>
      soleItem(backend.batch({ operations: [step.set(address, 'value')], atomic: false, receipt: undefined }, call())),
    list: () => backend.list(list, call()),
    ping: () => backend.ping(call()),
  };
}

/** The one item of a batch, rejected with what it failed with. */
async function soleItem(batch: Promise<BatchOutcome>): Promise<unknown> {
  const outcome = await batch;
  const item = outcome.outcome === 'done' ? outcome.items[0] : undefined;
  if (item?.outcome === 'failed') throw item.error;
  return item;
}

async function withLink(
  subject: Subject,
  action: (linked: LinkedBackend, over: Subject, shelf: Shelf) => Promise<void>,
  state: 'restored' | 'cut' = 'restored',
): Promise<void> {
  const { openLinked } = subject.hooks;
  assert.ok(openLinked);
  await using linked = await openLinked(state);
  const over = { ...subject, backend: linked.backend };
  await action(linked, over, shelfOf(over));
}

/**
 * Waits until the backend answers a read. Whether the key is there is another question: a write that was rejected may
 * land when the store is back.
 */
async function untilServing({ backend, nowMs }: Subject, shelf: Shelf): Promise<void> {
  const read = async (): Promise<boolean> => {
    await backend.get(shelf.address('key'), callAt(nowMs, 1_000));
    return true;
  };
  await until(read, 'serving', 20_000);
}

export const failureCases: readonly ContractCase[] = [
  {
    title: 'every method rejects a call whose deadline has passed, and does nothing',
    async run(subject) {
      const shelf = shelfOf(subject);
      const revision = revisionOf(await shelf.set('key', 'before'));
      for (const operation of Object.values(operations(subject, () => callAt(subject.nowMs, 0)))) {
        await rejectsWith('store_unavailable', operation);
      }
      assert.equal((await shelf.get('key'))?.revision, revision);
    },
  },
  {
    title: 'the engine states limits that hold a value of 16,000,000 bytes, and how durable a write is',
    async run(subject) {
      const capabilities = await subject.backend.capabilities(callAt(subject.nowMs));
      assert.ok(capabilities.maxValueBytes >= 16_000_000);
      assert.ok(capabilities.expiryPrecisionMs >= 1);
      assert.match(capabilities.engine, /^[a-z]+$/);
      assert.ok(capabilities.durability.probedBy.length > 10);
      assert.equal(capabilities.durability.windowMs === 0, capabilities.durability.profile === 'on-ack');
    },
  },
  {
    title: 'ping resolves, and the statistics hold bytes or say that they are not known',
    async run(subject) {
      await subject.backend.ping(callAt(subject.nowMs));
      const { bytes } = await subject.backend.stats(callAt(subject.nowMs));
      assert.ok(bytes === undefined || bytes > 0);
    },
  },
  {
    title: 'while connections are refused every method rejects as unavailable, and serves again by itself afterwards',
    needs: 'openLinked',
    run: (subject) =>
      withLink(subject, async (linked, over, shelf) => {
        await shelf.set('key', 'before');
        await linked.cut();
        for (const operation of Object.values(operations(over, () => callAt(subject.nowMs, 2_000)))) {
          await rejectsWith('store_unavailable', operation);
        }
        await rejectsWith('store_unavailable', () => over.backend.capabilities(callAt(subject.nowMs, 2_000)));
        await linked.restore();
        await untilServing(over, shelf);
        assert.equal((await shelf.get('key'))?.value.toString(), 'before');
        await over.backend.capabilities(callAt(subject.nowMs));
      }),
  },
  {
    title: 'a backend opened while its store is away opens, rejects as unavailable, and serves once the store is there',
    needs: 'openLinked',
    run: (subject) =>
      withLink(
        subject,
        async (linked, over, shelf) => {
          for (const operation of Object.values(operations(over, () => callAt(subject.nowMs, 2_000)))) {
            await rejectsWith('store_unavailable', operation);
          }
          await linked.restore();
          await untilServing(over, shelf);
          assert.equal((await shelf.set('key', 'value')).outcome, 'created');
          await over.backend.capabilities(callAt(subject.nowMs));
        },
        'cut',
      ),
  },
  {
    title: 'a connection that breaks under calls in flight rejects each of them then, not at its deadline',
    needs: 'openLinked',
    run: (subject) =>
      withLink(subject, async (linked, over, shelf) => {
        await shelf.set('key', 'before');
        linked.stall();
        const deadlineMs = 25_000;
        const calls = Object.values(operations(over, () => callAt(subject.nowMs, deadlineMs)));
        const inFlight = Promise.allSettled(calls.map((operation) => operation()));
        const started = performance.now();
        await linked.cut();
        for (const outcome of await inFlight) {
          assert.equal(outcome.status, 'rejected');
          assert.equal(outcome.reason.code, 'store_unavailable', String(outcome.reason));
        }
        assert.ok(performance.now() - started < deadlineMs / 2);
        await linked.restore();
        await untilServing(over, shelf);
      }),
  },
  {
    title: 'a store that falls silent makes every method reject at its deadline, and is served from again afterwards',
    needs: 'openLinked',
    run: (subject) =>
      withLink(subject, async (linked, over, shelf) => {
        await shelf.set('key', 'before');
        linked.stall();
        const started = performance.now();
        const calls = Object.values(operations(over, () => callAt(subject.nowMs, 600)));
        await Promise.all(calls.map((operation) => rejectsWith('store_unavailable', operation)));
        // Well before a driver finds out by itself that nobody is there.
        assert.ok(performance.now() - started < 2_000);
        await linked.restore();
        await untilServing(over, shelf);
      }),
  },
  {
    title: 'a backend is closed within seconds while its store is silent, and rejects calls from then on',
    needs: 'openLinked',
    run: (subject) =>
      withLink(subject, async (linked, over) => {
        linked.stall();
        const started = performance.now();
        await over.backend[Symbol.asyncDispose]();
        assert.ok(performance.now() - started < 10_000);
        const { get, set } = operations(over, () => callAt(subject.nowMs));
        for (const operation of [get, set]) await rejectsWith('store_unavailable', async () => operation?.());
      }),
  },
  {
    title: 'a write acknowledged before the store was killed is read after its restart, by the same backend',
    needs: 'openLinked',
    run: (subject) =>
      withLink(subject, async (linked, over, shelf) => {
        const revision = revisionOf(await shelf.set('key', 'acknowledged'));
        await linked.restartStore();
        await untilServing(over, shelf);
        const record = await shelf.get('key');
        assert.equal(record?.revision, revision);
        assert.equal(record.value.toString(), 'acknowledged');
        assert.equal((await shelf.set('key', 'after')).outcome, 'replaced');
        assert.deepEqual((await shelfOf(over).list()).items.length, 1);
      }),
  },
];
