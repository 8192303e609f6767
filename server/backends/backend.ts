/**
 * The backend contract: what a store must do for Commander. It has no optional method and names no engine.
 * An engine is one folder beside this file, one line in registry.ts, and the contract suite (contract.test.ts) green.
 *
 * Rules that hold for every method:
 * - A record whose expiry is at or before `call.nowMs` is absent, in every method, whatever the store still holds.
 * - Conditions, expiry and the revision order are decided in the store's own atomic step.
 * - A write resolves once it is durable by the profile that `capabilities()` states.
 * - An outage rejects with CommanderError `store_unavailable`, a full store with `store_full`, a record that fails
 *   its checksum with `record_corrupt`. It never resolves as absent.
 */

import type { Logger } from '../log.ts';
import type { Revision, RevisionClock } from '../revision.ts';
import type { Deadline } from './deadline.ts';

/** Where a record lives. The names are checked before they reach a backend; `key` is 1 to 1024 bytes of UTF-8. */
export interface RecordAddress {
  readonly namespace: string;
  readonly collection: string;
  readonly key: string;
}

/** What every call carries: the server's clock decides expiry, never the store's. */
export interface Call {
  /** Server wall clock in milliseconds since the epoch. */
  readonly nowMs: number;
  readonly deadline: Deadline;
}

/** A record without its value. */
export interface RecordHead {
  readonly revision: Revision;
  readonly contentType: string;
  /** Bytes of the value. */
  readonly size: number;
  /** Milliseconds since the epoch; undefined when the record does not expire. */
  readonly expiresAtMs: number | undefined;
}

export interface StoredRecord extends RecordHead {
  /** The caller may keep it: no backend reuses the memory. */
  readonly value: Buffer;
}

/** `*` or the revisions an `If-Match` / `If-None-Match` header lists. An unknown or weak tag is left out by the parser. */
export type EtagList = '*' | readonly Revision[];

/** RFC 9110 section 13, decided with `holds` of condition.ts: ifMatch first, then ifNoneMatch. */
export interface Condition {
  readonly ifMatch: EtagList | undefined;
  readonly ifNoneMatch: EtagList | undefined;
}

/** What a write does to the expiry. `keep` on an absent record sets none. */
export type ExpiryChange =
  | { readonly kind: 'none' }
  | { readonly kind: 'keep' }
  | { readonly kind: 'at'; readonly atMs: number };

export interface SetRequest {
  readonly value: Buffer;
  readonly contentType: string;
  readonly expiry: ExpiryChange;
  readonly condition: Condition | undefined;
}

export interface TouchRequest {
  readonly expiry: { readonly kind: 'none' } | { readonly kind: 'at'; readonly atMs: number };
  readonly condition: Condition | undefined;
}

/** `current` is the revision read after the decision; undefined when the record is absent. */
export interface PreconditionFailed {
  readonly outcome: 'precondition_failed';
  readonly current: Revision | undefined;
}

export type SetOutcome =
  | { readonly outcome: 'created' | 'replaced'; readonly revision: Revision; readonly expiresAtMs: number | undefined }
  | PreconditionFailed;

export type TouchOutcome =
  | { readonly outcome: 'touched'; readonly head: RecordHead }
  | { readonly outcome: 'absent' }
  | PreconditionFailed;

export type DeleteOutcome = { readonly outcome: 'deleted' } | { readonly outcome: 'absent' } | PreconditionFailed;

export interface ListRequest {
  readonly namespace: string;
  readonly collection: string;
  /** Only keys that begin with these characters; '' for all. */
  readonly prefix: string;
  /** Only keys bytewise greater than this one; undefined starts at the beginning. */
  readonly after: string | undefined;
  /** At most so many items; 1 to 1000. */
  readonly limit: number;
  /** With values a page ends once their sizes exceed 4 MB; a page with any item holds at least one. */
  readonly withValues: boolean;
}

export interface ListItem extends RecordHead {
  readonly key: string;
  /** Present exactly when the request asked for values. */
  readonly value: Buffer | undefined;
}

export interface ListPage {
  /** In bytewise order of the keys' UTF-8. */
  readonly items: readonly ListItem[];
  /**
   * The last key the store examined, returned or not; undefined when the listing is complete.
   * A page examines a bounded number of records, so it may hold fewer than `limit` items, even none.
   */
  readonly examinedTo: string | undefined;
}

export interface DurabilityProfile {
  /** on-ack: nothing acknowledged is lost. prefix: the last `windowMs` may be. none: all may be. unknown: not told. */
  readonly profile: 'on-ack' | 'prefix' | 'none' | 'unknown';
  /** How much acknowledged time a power loss can take; 0 for on-ack, undefined where there is no bound. */
  readonly windowMs: number | undefined;
  /** How this was found out, in one sentence. */
  readonly probedBy: string;
}

/** Probed, not declared. */
export interface BackendCapabilities {
  /** Registry name of the engine, for people and reports only; nothing branches on it. */
  readonly engine: string;
  /** What the engine says of itself, such as "7.0.15"; undefined where it does not say. */
  readonly engineVersion: string | undefined;
  /** Largest value the store can hold, in bytes. */
  readonly maxValueBytes: number;
  readonly atomicBatch: 'none' | 'collection' | 'store';
  readonly expiryPrecisionMs: number;
  readonly durability: DurabilityProfile;
}

export interface BackendStats {
  /** Bytes the store says it uses; undefined where it does not say. */
  readonly bytes: number | undefined;
}

export interface Backend extends AsyncDisposable {
  get(address: RecordAddress, call: Call): Promise<StoredRecord | undefined>;
  head(address: RecordAddress, call: Call): Promise<RecordHead | undefined>;
  set(address: RecordAddress, request: SetRequest, call: Call): Promise<SetOutcome>;
  touch(address: RecordAddress, request: TouchRequest, call: Call): Promise<TouchOutcome>;
  delete(address: RecordAddress, condition: Condition | undefined, call: Call): Promise<DeleteOutcome>;
  list(request: ListRequest, call: Call): Promise<ListPage>;
  stats(call: Call): Promise<BackendStats>;
  /** Resolves when the store answers and accepts reads; rejects like every other method. */
  ping(call: Call): Promise<void>;
  /** Probes at first contact and after every reconnect; rejects with `store_unavailable` until then. */
  capabilities(call: Call): Promise<BackendCapabilities>;
}

/** The seams that every engine's `open` takes beside its own options. */
export interface BackendContext {
  /** Wall clock in milliseconds, for sweeping; calls bring their own. */
  readonly now: () => number;
  readonly revisions: RevisionClock;
  readonly log: Logger;
}
