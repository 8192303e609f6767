/** Defects of writes: when they are acknowledged, what decides them, and whether they are whole. */

import { fdatasyncSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Backend, BatchItem, Condition, RecordAddress, SetOutcome } from '../../../server/backends/backend.ts';
import { holds } from '../../../server/backends/condition.ts';
import { openLmdb } from '../../../server/backends/lmdb/lmdb-backend.ts';
import { openBackend } from '../../../server/backends/registry.ts';
import { CommanderError } from '../../../server/errors.ts';
import { type Plant, pathOf, plantBackend } from './decorate.ts';

/** How long an acknowledged write is still on its way. */
const behindMs = 20;

/** Writes without a condition are acknowledged at once and done a little later. Whoever asks for the key waits. */
function writeBehind(inner: Backend): Partial<Backend> {
  const pending = new Map<string, Promise<SetOutcome>>();
  const settled = async (address: RecordAddress): Promise<void> => {
    await pending.get(pathOf(address))?.catch(() => undefined);
  };
  return {
    async set(address, request, call) {
      await settled(address);
      const current = await inner.head(address, call);
      if (request.condition !== undefined || current === undefined) return inner.set(address, request, call);
      const path = pathOf(address);
      const late = delay(behindMs).then(() => inner.set(address, request, call));
      pending.set(path, late);
      void late.catch(() => undefined).finally(() => pending.get(path) === late && pending.delete(path));
      return { outcome: 'replaced', revision: current.revision, expiresAtMs: undefined };
    },
    get: async (address, call) => {
      await settled(address);
      return inner.get(address, call);
    },
  };
}

/** The condition is looked at first, and the write is done after. */
function readThenWrite(inner: Backend): Partial<Backend> {
  const decide = async (
    address: RecordAddress,
    condition: Condition | undefined,
    call: Parameters<Backend['head']>[1],
  ) => {
    const current = (await inner.head(address, call))?.revision;
    await delay(1);
    return { current, good: holds(condition, current) };
  };
  return {
    async set(address, request, call) {
      const { current, good } = await decide(address, request.condition, call);
      if (!good) return { outcome: 'precondition_failed', current };
      return inner.set(address, { ...request, condition: undefined }, call);
    },
  };
}

/** Each operation of an atomic batch by itself, in order; what was done before a failed condition stays. */
function oneByOne(inner: Backend): Partial<Backend> {
  return {
    async batch(request, call) {
      const items: BatchItem[] = [];
      for (const [index, operation] of request.operations.entries()) {
        const done = await inner.batch(
          { ...request, operations: [operation], atomic: false, receipt: undefined },
          call,
        );
        const [item] = done.outcome === 'done' ? done.items : [];
        if (item === undefined) throw new Error('a batch of one gave no item');
        if (request.atomic && item.outcome === 'precondition_failed')
          return { outcome: 'aborted', index, failure: item };
        items.push(item);
        await delay(1);
      }
      return { outcome: 'done', items };
    },
  };
}

/** Every so many writes: applied, and then refused as if nothing had happened. */
const everyNth = 15;

function refuseWhatWasDone(inner: Backend): Partial<Backend> {
  let count = 0;
  return {
    async set(address, request, call) {
      const done = await inner.set(address, request, call);
      count += 1;
      if (count % everyNth !== 0 || done.outcome === 'precondition_failed') return done;
      throw new CommanderError('rate_limited', 'Too many requests.');
    },
  };
}

/** The driver sends a write again whose answer it did not get. */
function sendTwice(inner: Backend): Partial<Backend> {
  let count = 0;
  return {
    async set(address, request, call) {
      const done = await inner.set(address, request, call);
      count += 1;
      return count % 5 === 0 && done.outcome !== 'precondition_failed' ? inner.set(address, request, call) : done;
    },
  };
}

const tornFromBytes = 100_000;

/** A large value is written in two steps. */
function writeInHalves(inner: Backend): Partial<Backend> {
  return {
    async set(address, request, call) {
      const { value } = request;
      if (value.length < tornFromBytes || request.condition !== undefined) return inner.set(address, request, call);
      const previous = await inner.get(address, call);
      const half = Buffer.from(value);
      previous?.value.copy(half, half.length >> 1, previous.value.length >> 1);
      await inner.set(address, { ...request, value: half }, call);
      return inner.set(address, request, call);
    },
  };
}

/** What a write replaces is moved away instead, to where nobody finds it. */
function keepReplaced(inner: Backend): Partial<Backend> {
  let count = 0;
  return {
    async set(address, request, call) {
      const replaced = await inner.get(address, call);
      if (replaced !== undefined) {
        count += 1;
        const { value, contentType } = replaced;
        const place = { namespace: '_replaced', collection: 'left', key: String(count) };
        await inner.set(place, { value, contentType, expiry: { kind: 'none' }, condition: undefined }, call);
      }
      return inner.set(address, request, call);
    },
  };
}

/** The answer of a batch is kept by a write of its own, some time after those of the batch, each after another one. */
function keepAnswerApart(inner: Backend): Partial<Backend> {
  let count = 0;
  return {
    async batch(request, call) {
      const outcome = await inner.batch({ ...request, receipt: undefined }, call);
      const { receipt } = request;
      if (receipt === undefined) return outcome;
      count += 1;
      await delay(behindMs * (1 + (count % 8)));
      await inner.set(receipt.address, receipt.write(outcome), call);
      return outcome;
    },
  };
}

/** Every write but a delete is flushed before it is acknowledged. */
const flushAllButDeletes: Plant = () => ({
  async openBackend(name, settings, context) {
    if (name !== 'lmdb') return openBackend(name, settings, context);
    const inner = await openLmdb({ folder: settings.data, noSync: true }, context);
    const file = openSync(join(settings.data, 'data.mdb'), 'r');
    const flushed = async <T>(write: Promise<T>): Promise<T> => {
      const done = await write;
      fdatasyncSync(file);
      return done;
    };
    return {
      ...inner,
      set: (...request) => flushed(inner.set(...request)),
      touch: (...request) => flushed(inner.touch(...request)),
      batch: (...request) => flushed(inner.batch(...request)),
    };
  },
});

export const writePlants = {
  'reply-before-commit': plantBackend(writeBehind),
  'reply-before-flush': () => ({
    openBackend: (name, settings, context) =>
      name === 'lmdb'
        ? openLmdb({ folder: settings.data, noSync: true }, context)
        : openBackend(name, settings, context),
  }),
  'delete-before-flush': flushAllButDeletes,
  'answer-apart-from-effect': plantBackend(keepAnswerApart),
  'replaced-stays': plantBackend(keepReplaced),
  'condition-read-then-write': plantBackend(readThenWrite),
  'batch-one-by-one': plantBackend(oneByOne),
  'refused-but-applied': plantBackend(refuseWhatWasDone),
  'silent-retry': plantBackend(sendTwice),
  'value-in-halves': plantBackend(writeInHalves),
  'value-truncated': plantBackend((inner) => ({
    set: (address, request, call) => {
      const { value } = request;
      const stored = value.length > 65_536 ? value.subarray(0, value.length - 1) : value;
      return inner.set(address, { ...request, value: stored }, call);
    },
  })),
  'limit-off-by-one': plantBackend((inner) => ({
    set(address, request, call) {
      if (request.value.length === 16_000_000) throw new CommanderError('value_too_large', 'The value is too large.');
      return inner.set(address, request, call);
    },
  })),
  'engine-limit-leaks': plantBackend((inner) => ({
    set(address, request, call) {
      if (Buffer.byteLength(address.key) > 511) throw new Error('MDB_BAD_VALSIZE: Unsupported size of key');
      return inner.set(address, request, call);
    },
  })),
} as const satisfies Record<string, Plant>;
