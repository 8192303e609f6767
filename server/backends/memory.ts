/** A backend in memory: the oracle of the tests. Simple before fast; nothing outlives the process. */

import { constants } from 'node:buffer';
import type { Revision } from '../revision.ts';
import type {
  Backend,
  BackendContext,
  BatchOutcome,
  BatchRequest,
  Call,
  Condition,
  DeleteOutcome,
  ListItem,
  ListPage,
  ListRequest,
  RecordAddress,
  RecordHead,
  SetOutcome,
  SetRequest,
  StoredRecord,
  TouchOutcome,
  TouchRequest,
} from './backend.ts';
import { runInOrder } from './batch-run.ts';
import { holds } from './condition.ts';
import { isLive } from './is-live.ts';
import { maxListValueBytes } from './limits.ts';
import { createMemoryRemoval } from './memory-removal.ts';

export function openMemory(context: BackendContext): Backend {
  /** Collections by `namespace/collection`, records by key. */
  const collections = new Map<string, Map<string, StoredRecord>>();
  const { revisions } = context;

  const collectionOf = (at: { readonly namespace: string; readonly collection: string }): Map<string, StoredRecord> => {
    const name = `${at.namespace}/${at.collection}`;
    let collection = collections.get(name);
    if (collection === undefined) {
      collection = new Map();
      collections.set(name, collection);
    }
    return collection;
  };

  /** A revision greater than the stored one, live or expired, whatever clock wrote that. */
  const nextRevision = (address: RecordAddress): Revision => {
    const stored = collectionOf(address).get(address.key);
    if (stored !== undefined) revisions.movePast(stored.revision);
    return revisions.next();
  };

  const find = (address: RecordAddress, call: Call): StoredRecord | undefined => {
    call.deadline.check('The read');
    const record = collectionOf(address).get(address.key);
    return record !== undefined && isLive(record.expiresAtMs, call) ? record : undefined;
  };

  const set = (address: RecordAddress, request: SetRequest, call: Call): SetOutcome => {
    const current = find(address, call);
    if (!holds(request.condition, current?.revision)) {
      return { outcome: 'precondition_failed', current: current?.revision };
    }
    const { expiry } = request;
    const expiresAtMs = expiry.kind === 'at' ? expiry.atMs : expiry.kind === 'keep' ? current?.expiresAtMs : undefined;
    const record = {
      revision: nextRevision(address),
      contentType: request.contentType,
      size: request.value.length,
      expiresAtMs,
      value: Buffer.from(request.value),
    };
    collectionOf(address).set(address.key, record);
    return { outcome: current === undefined ? 'created' : 'replaced', revision: record.revision, expiresAtMs };
  };

  const touch = (address: RecordAddress, request: TouchRequest, call: Call): TouchOutcome => {
    const current = find(address, call);
    if (current === undefined) return { outcome: 'absent' };
    if (!holds(request.condition, current.revision)) {
      return { outcome: 'precondition_failed', current: current.revision };
    }
    const expiresAtMs = request.expiry.kind === 'at' ? request.expiry.atMs : undefined;
    const touched = { ...current, revision: nextRevision(address), expiresAtMs };
    collectionOf(address).set(address.key, touched);
    return { outcome: 'touched', head: headOf(touched) };
  };

  const remove = (address: RecordAddress, condition: Condition | undefined, call: Call): DeleteOutcome => {
    const current = find(address, call);
    if (current === undefined) return { outcome: 'absent' };
    if (!holds(condition, current.revision)) return { outcome: 'precondition_failed', current: current.revision };
    collectionOf(address).delete(address.key);
    return { outcome: 'deleted' };
  };

  const get = (address: RecordAddress, call: Call): StoredRecord | undefined => {
    const record = find(address, call);
    return record === undefined ? undefined : { ...record, value: Buffer.from(record.value) };
  };

  const head = (address: RecordAddress, call: Call): RecordHead | undefined => {
    const record = find(address, call);
    return record && headOf(record);
  };

  const runBatch = (request: BatchRequest, call: Call): BatchOutcome => {
    call.deadline.check('The batch');
    const before = request.operations.map(({ address }) => [address, collectionOf(address).get(address.key)] as const);
    const restore = (): void => {
      for (const [address, record] of before) {
        if (record === undefined) collectionOf(address).delete(address.key);
        else collectionOf(address).set(address.key, record);
      }
    };
    let kept = false;
    try {
      const outcome = runInOrder(request, {
        head: (address) => head(address, call),
        get: (address) => get(address, call),
        set: (operation) => set(operation.address, operation.request, call),
        touch: (address, change) => touch(address, change, call),
        delete: (address, condition) => remove(address, condition, call),
      });
      kept = outcome.outcome === 'done';
      return outcome;
    } finally {
      if (!kept) restore();
    }
  };

  return {
    get: (address, call) => get(address, call),
    head: async (address, call) => head(address, call),
    set: async (address, request, call) => set(address, request, call),
    touch: async (address, request, call) => touch(address, request, call),
    delete: async (address, condition, call) => remove(address, condition, call),
    batch: async (request, call) => {
      const outcome = runBatch(request, call);
      const { receipt } = request;
      if (receipt !== undefined) set(receipt.address, receipt.write(outcome), call);
      return outcome;
    },
    list: async (request, call) => {
      call.deadline.check('The listing');
      return listPage(collectionOf(request), request, call);
    },
    ...createMemoryRemoval(collections),
    stats: async () => {
      const records = [...collections.values()].reduce((sum, { size }) => sum + size, 0);
      return { bytes: undefined, freeBytes: undefined, records };
    },
    ping: async (call) => call.deadline.check('The read'),
    capabilities: async () => ({
      engine: 'memory',
      engineVersion: undefined,
      maxValueBytes: constants.MAX_LENGTH,
      atomicBatch: 'store',
      expiryPrecisionMs: 1,
      durability: { profile: 'none', windowMs: undefined, probedBy: 'Nothing outlives the process.' },
    }),
    [Symbol.asyncDispose]: async () => collections.clear(),
  };
}

function headOf({ revision, contentType, size, expiresAtMs }: StoredRecord): RecordHead {
  return { revision, contentType, size, expiresAtMs };
}

function listPage(collection: ReadonlyMap<string, StoredRecord>, request: ListRequest, call: Call): ListPage {
  const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
  const keys = [...collection.keys()]
    .filter((key) => key.startsWith(request.prefix))
    .filter((key) => request.after === undefined || bytewise(key, request.after) > 0)
    .sort(bytewise);
  const items: ListItem[] = [];
  let valueBytes = 0;
  for (const [index, key] of keys.entries()) {
    const record = collection.get(key);
    if (record === undefined || !isLive(record.expiresAtMs, call)) continue;
    items.push({ ...record, key, value: request.withValues ? Buffer.from(record.value) : undefined });
    valueBytes += request.withValues ? record.size : 0;
    const full = items.length === request.limit || valueBytes > maxListValueBytes;
    if (full && index < keys.length - 1) return { items, examinedTo: key };
  }
  return { items, examinedTo: undefined };
}
