/** Defects of a cache before the store. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Backend, StoredRecord } from '../../../server/backends/backend.ts';
import { openBackend } from '../../../server/backends/registry.ts';
import { type Plant, pathOf, plantBackend } from './decorate.ts';

interface Cached {
  readonly record: StoredRecord;
}

/** What each kind of naive cache forgets to do. */
interface Omissions {
  readonly dropOnDelete: boolean;
  readonly lookAtExpiry: boolean;
  /** Else an entry is dropped once the write of its key has succeeded. */
  readonly dropBeforeWrite: boolean;
}

const usual: Omissions = { dropOnDelete: true, lookAtExpiry: true, dropBeforeWrite: true };

function cacheNaively(inner: Backend, omissions: Partial<Omissions> = {}): Partial<Backend> {
  const { dropOnDelete, lookAtExpiry, dropBeforeWrite } = { ...usual, ...omissions };
  const entries = new Map<string, Cached>();
  const write = async <T>(path: string, run: () => Promise<T>): Promise<T> => {
    if (dropBeforeWrite) entries.delete(path);
    const done = await run();
    if (!dropBeforeWrite) entries.delete(path);
    return done;
  };
  return {
    async get(address, call) {
      const path = pathOf(address);
      const found = entries.get(path)?.record;
      const isOver = (found?.expiresAtMs ?? Number.POSITIVE_INFINITY) <= call.nowMs;
      if (found !== undefined && !(lookAtExpiry && isOver)) return found;
      const record = await inner.get(address, call);
      if (record === undefined) entries.delete(path);
      else entries.set(path, { record });
      return record;
    },
    set: (address, request, call) => write(pathOf(address), () => inner.set(address, request, call)),
    touch: (address, request, call) => write(pathOf(address), () => inner.touch(address, request, call)),
    delete(address, condition, call) {
      if (dropOnDelete) entries.delete(pathOf(address));
      return inner.delete(address, condition, call);
    },
  };
}

const saveEveryMs = 50;

interface Saved {
  readonly path: string;
  readonly record: Omit<StoredRecord, 'value'>;
  readonly value: string;
}

/** A cache that is saved now and then and read again at the start, whatever was written since. */
function rememberOverRestart(inner: Backend, file: string): Backend {
  const entries = new Map<string, StoredRecord>();
  try {
    const saved = JSON.parse(readFileSync(file, 'utf8')) as readonly Saved[];
    for (const { path, record, value } of saved) entries.set(path, { ...record, value: Buffer.from(value, 'base64') });
  } catch {
    // The first start.
  }
  const timer = setInterval(() => {
    const saved = [...entries].map(([path, { value, ...record }]) => ({
      path,
      record,
      value: value.toString('base64'),
    }));
    writeFileSync(file, JSON.stringify(saved));
  }, saveEveryMs);
  return {
    ...inner,
    async get(address, call) {
      const path = pathOf(address);
      const found = entries.get(path);
      if (found !== undefined) return found;
      const record = await inner.get(address, call);
      if (record !== undefined) entries.set(path, record);
      return record;
    },
    async set(address, request, call) {
      const path = pathOf(address);
      entries.delete(path);
      const done = await inner.set(address, request, call);
      entries.delete(path);
      return done;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await inner[Symbol.asyncDispose]();
    },
  };
}

/** Its key is too short: whatever is asked for, the answer is the same. The ceiling of what a GET can cost, too. */
function keepOneRecord(inner: Backend): Partial<Backend> {
  let kept: StoredRecord | undefined;
  return {
    get(address, call) {
      if (kept !== undefined) return kept;
      const read = async (): Promise<StoredRecord | undefined> => {
        kept = await inner.get(address, call);
        return kept;
      };
      return read();
    },
  };
}

export const cachePlants = {
  'cache-has-one-entry': plantBackend(keepOneRecord),
  'cache-keeps-deleted': plantBackend((inner) => cacheNaively(inner, { dropOnDelete: false })),
  'cache-keeps-expired': plantBackend((inner) => cacheNaively(inner, { lookAtExpiry: false })),
  /** An entry is dropped before a write and not after: a read that overlaps the write keeps the old value. */
  'cache-keeps-overlapped': plantBackend((inner) => cacheNaively(inner)),
  'cache-keeps-unknown': plantBackend((inner) => cacheNaively(inner, { dropBeforeWrite: false })),
  'cache-survives-restart': () => ({
    openBackend: async (name, settings, context) =>
      rememberOverRestart(await openBackend(name, settings, context), join(settings.data, 'cache.json')),
  }),
} as const satisfies Record<string, Plant>;
