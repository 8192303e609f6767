/** What each operation reads and writes; the writes run inside a transaction, and see what it has written before. */

import { CommanderError } from '../../errors.ts';
import {
  decodeHead,
  hasSoundHead,
  joinRecord,
  recordExpiryMs,
  recordIsDetached,
  recordRevision,
  rewriteHead,
} from '../../record.ts';
import type { Revision, RevisionClock } from '../../revision.ts';
import type {
  Call,
  Condition,
  DeleteOutcome,
  ExpiryChange,
  RecordAddress,
  RecordHead,
  SetOutcome,
  SetRequest,
  StoredRecord,
  TouchOutcome,
  TouchRequest,
} from '../backend.ts';
import { holds } from '../condition.ts';
import { isLive } from '../is-live.ts';
import {
  copyInline,
  copyOf,
  encodeForStore,
  type LmdbStore,
  readRecord,
  readValue,
  removeRecord,
  replaceHead,
  replaceRecord,
} from './store.ts';

export interface LmdbOperations {
  head(address: RecordAddress, call: Call): RecordHead | undefined;
  get(address: RecordAddress, call: Call): StoredRecord | undefined;
  /** `bytes`: what `encodeSet` made of the request, outside of the transaction. */
  set(address: RecordAddress, request: SetRequest, bytes: Buffer, call: Call): SetOutcome;
  touch(address: RecordAddress, request: TouchRequest, call: Call): TouchOutcome;
  delete(address: RecordAddress, condition: Condition | undefined, call: Call): DeleteOutcome;
}

const unset = '0'.repeat(32) as Revision;

export function createOperations(store: LmdbStore, revisions: RevisionClock): LmdbOperations {
  /** A revision greater than the stored one, whatever clock wrote that. */
  const nextRevision = (stored: Buffer | undefined): Revision => {
    const next = revisions.next();
    if (stored === undefined || !hasSoundHead(stored) || recordRevision(stored) < next) return next;
    revisions.movePast(recordRevision(stored));
    return revisions.next();
  };

  return {
    head(address, call) {
      call.deadline.check('The read');
      const bytes = store.records.getBinaryFast(storageKeyOf(address));
      const head = bytes && decodeHead(bytes);
      return head && isLive(head.expiresAtMs, call) ? head : undefined;
    },

    get(address, call) {
      call.deadline.check('The read');
      const shared = store.records.getBinaryFast(storageKeyOf(address));
      if (shared === undefined) return undefined;
      const head = decodeHead(shared);
      if (!isLive(head.expiresAtMs, call)) return undefined;
      if (!recordIsDetached(shared)) {
        return joinRecord(address.key, shared, head, copyInline(shared, head.contentType.length));
      }
      // Reading its chunks overwrites what the library shares.
      const bytes = copyOf(shared);
      return joinRecord(address.key, bytes, head, readValue(store, bytes, head.contentType.length, head.size));
    },

    set(address, request, bytes, call) {
      const { value, condition } = request;
      const storageKey = storageKeyOf(address);
      // Not copied: nothing is read in between.
      const previous = store.records.getBinaryFast(storageKey);
      const unreadable = request.expiry.kind !== 'keep' && isUnreadable(previous, condition);
      const live = unreadable ? undefined : liveOf(previous, call);
      if (condition !== undefined) {
        const current = live && recordRevision(live);
        if (!holds(condition, current)) return { outcome: 'precondition_failed', current };
      }
      const expiresAtMs = expiryAfter(request.expiry, live);
      const revision = nextRevision(previous);
      rewriteHead(bytes, revision, expiresAtMs);
      replaceRecord(store, storageKey, bytes, { previous, value });
      return { outcome: live !== undefined || unreadable ? 'replaced' : 'created', revision, expiresAtMs };
    },

    touch(address, request, call) {
      const storageKey = storageKeyOf(address);
      const expiresAtMs = request.expiry.kind === 'at' ? request.expiry.atMs : undefined;
      const bytes = liveOf(readRecord(store, storageKey), call);
      if (bytes === undefined) return { outcome: 'absent' };
      const current = recordRevision(bytes);
      if (!holds(request.condition, current)) return { outcome: 'precondition_failed', current };
      const { contentType, size, expiresAtMs: previousExpiryMs } = decodeHead(bytes);
      const revision = nextRevision(bytes);
      rewriteHead(bytes, revision, expiresAtMs);
      replaceHead(store, storageKey, bytes, previousExpiryMs ?? 0);
      return { outcome: 'touched', head: { revision, contentType, size, expiresAtMs } };
    },

    delete(address, condition, call) {
      const storageKey = storageKeyOf(address);
      const stored = readRecord(store, storageKey);
      const bytes = isUnreadable(stored, condition) ? stored : liveOf(stored, call);
      if (bytes === undefined) return { outcome: 'absent' };
      const current = recordRevision(bytes);
      if (!holds(condition, current)) return { outcome: 'precondition_failed', current };
      removeRecord(store, storageKey, bytes);
      return { outcome: 'deleted' };
    },
  };
}

/** The record of a set; its revision and its expiry are written inside the transaction. */
export function encodeSet(address: RecordAddress, { value, contentType }: SetRequest): Buffer {
  return encodeForStore(address.key, { revision: unset, contentType, expiresAtMs: undefined, value });
}

/** Whether there is a record so damaged that nothing can be decided on it; a blind write may take its place. */
function isUnreadable(bytes: Buffer | undefined, condition: Condition | undefined): boolean {
  return bytes !== undefined && condition === undefined && !hasSoundHead(bytes);
}

/** The stored bytes unless they have expired. Throws CommanderError `record_corrupt`. */
function liveOf(bytes: Buffer | undefined, call: Call): Buffer | undefined {
  if (bytes === undefined) return undefined;
  if (!hasSoundHead(bytes)) {
    throw new CommanderError('record_corrupt', 'The stored record is damaged: its head is not readable.');
  }
  return isLive(recordExpiryMs(bytes), call) ? bytes : undefined;
}

function expiryAfter(change: ExpiryChange, live: Buffer | undefined): number | undefined {
  if (change.kind === 'at') return change.atMs;
  return change.kind === 'keep' && live !== undefined ? recordExpiryMs(live) || undefined : undefined;
}

function storageKeyOf(address: RecordAddress): string {
  return `${address.namespace}/${address.collection}/${address.key}`;
}
