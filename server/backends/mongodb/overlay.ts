/** A batch on copies: what each key holds at a place in the order, over what the store holds. */

import type { RevisionClock } from '../../revision.ts';
import type { Call, RecordAddress } from '../backend.ts';
import type { ImmediateStore } from '../batch-run.ts';
import { holds } from '../condition.ts';
import {
  expiryFields,
  type HeadDocument,
  idOf,
  isLiveDocument,
  type RecordDocument,
  readHead,
  readRecord,
  readRevision,
  valueFields,
} from './documents.ts';

/** One key that the batch has written. */
export interface KeyState {
  readonly id: string;
  /** What the store holds; undefined: nothing. */
  readonly stored: HeadDocument | undefined;
  /** What it is to hold; undefined: nothing. */
  readonly document: HeadDocument | undefined;
  /** The new value; undefined where it stays. */
  readonly value: Buffer | undefined;
}

export interface Overlay {
  readonly store: ImmediateStore;
  /** The keys whose documents are to be written. */
  changed(): readonly KeyState[];
}

export function overlayOf(
  stored: ReadonlyMap<string, HeadDocument | RecordDocument>,
  { revisions, call }: { readonly revisions: RevisionClock; readonly call: Call },
): Overlay {
  const states = new Map<string, KeyState>();

  const documentOf = (id: string): HeadDocument | undefined => {
    const state = states.get(id);
    return state === undefined ? stored.get(id) : state.document;
  };
  const liveAt = (address: RecordAddress): HeadDocument | undefined => {
    const document = documentOf(idOf(address));
    return document !== undefined && isLiveDocument(document, call) ? document : undefined;
  };
  /** Also past what lies there expired. */
  const nextRevision = (id: string): HeadDocument['rev'] => {
    const before = documentOf(id) ?? stored.get(id);
    if (before !== undefined) revisions.movePast(readRevision(before));
    return revisions.next();
  };
  const put = (id: string, document: HeadDocument | undefined, value: Buffer | undefined): void => {
    const before = stored.get(id);
    if (document === undefined && before === undefined) states.delete(id);
    else states.set(id, { id, stored: before, document, value });
  };

  return {
    store: {
      head(address) {
        const document = liveAt(address);
        return document && readHead(document);
      },
      get(address) {
        const document = liveAt(address);
        if (document === undefined) return undefined;
        const value = states.get(document._id)?.value;
        const whole = value === undefined ? document : { ...document, value: Buffer.from(value) };
        return readRecord(address.key, whole as RecordDocument);
      },
      set({ address, request }) {
        const id = idOf(address);
        const live = liveAt(address);
        const current = live && readRevision(live);
        if (!holds(request.condition, current)) return { outcome: 'precondition_failed', current };
        const { expiry } = request;
        const kept = expiry.kind === 'keep' ? (live?.exp ?? undefined) : undefined;
        const expiresAtMs = expiry.kind === 'at' ? expiry.atMs : kept;
        const { value, ...fields } = valueFields(address.key, request);
        const rev = nextRevision(id);
        const document = { _id: id, rev, ...expiryFields(expiresAtMs), ...fields };
        put(id, document, value);
        const revision = readRevision(document);
        return { outcome: live === undefined ? 'created' : 'replaced', revision, expiresAtMs };
      },
      touch(address, { expiry, condition }) {
        const live = liveAt(address);
        if (live === undefined) return { outcome: 'absent' };
        const current = readRevision(live);
        if (!holds(condition, current)) return { outcome: 'precondition_failed', current };
        const { reapAt, ...rest } = live;
        const rev = nextRevision(live._id);
        const document = { ...rest, rev, ...expiryFields(expiry.kind === 'at' ? expiry.atMs : undefined) };
        put(live._id, document, states.get(live._id)?.value);
        return { outcome: 'touched', head: readHead(document) };
      },
      delete(address, condition) {
        const live = liveAt(address);
        if (live === undefined) return { outcome: 'absent' };
        const current = readRevision(live);
        if (!holds(condition, current)) return { outcome: 'precondition_failed', current };
        put(live._id, undefined, undefined);
        return { outcome: 'deleted' };
      },
    },
    changed: () => [...states.values()],
  };
}
