/**
 * The backend contract: what a store must do for Commander. It has no optional method and names no engine.
 * An engine is one folder beside this file, one line in registry.ts, and the contract suite (contract.test.ts) green.
 *
 * Rules that hold for every method:
 * - A record whose expiry is at or before `call.nowMs` is absent, in every method, whatever the store still holds.
 * - Where a call finds such a record, it tells `call.onExpired` before it resolves. Engines may let an older call that is
 *   done later bring the record back; above them nobody sees that (late-writes.ts).
 * - Conditions, expiry and the revision order are decided in the store's own atomic step.
 * - A write resolves once it is durable by the profile that `capabilities()` states.
 * - An outage rejects with CommanderError `store_unavailable`, a full store with `store_full`, a damaged record with
 *   `record_corrupt`, too many calls at once with `overloaded` before anything is sent, any call of an engine that
 *   has broken with `shutting_down`. None resolves as absent.
 */

import type { CommanderError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Revision, RevisionClock } from '../revision.ts';
import type { ConnectionCounts } from './connection-counts.ts';
import type { Deadline } from './deadline.ts';
import type { PageSink } from './page-sink.ts';
import type { SpaceState } from './space-state.ts';
import type { StorageState } from './storage-state.ts';

/** Names are checked before they reach a backend; one that begins with `_` is the server's own. A key has 1 to 1024 bytes. */
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
  /** What a cache may answer this read with; undefined: with what it has. */
  readonly freshness?: Freshness;
  /** Told the expiries of records that the call took for absent because of them, or the latest of several. */
  readonly onExpired?: (expiresAtMs: number) => void;
}

/** How a client wants its read answered, where a cache stands before the store. */
export interface Freshness {
  /** Only with what was read from the store less than this ago; 0: with what is read now. */
  readonly maxAgeMs: number;
  /** False: what is read now is not kept. */
  readonly keep: boolean;
}

/** A record without its value. */
export interface RecordHead {
  readonly revision: Revision;
  readonly contentType: string;
  /** Bytes of the value. */
  readonly size: number;
  /** Milliseconds since the epoch; undefined when the record does not expire. */
  readonly expiresAtMs: number | undefined;
  /** Milliseconds since it was read from the store; present exactly when a cache answers. */
  readonly ageMs?: number;
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
  /** An engine whose records are bytes may fill it in the place of `items`, which are empty then; not with values. */
  readonly sink?: PageSink;
}

/** A record of a page. */
export interface ListedRecord extends RecordHead {
  readonly key: string;
  /** Present exactly when the request asked for values. */
  readonly value: Buffer | undefined;
}

/** A record that fails its checksum: the listing names it and goes on. */
export interface DamagedItem {
  readonly key: string;
  readonly damaged: true;
}

export type ListItem = ListedRecord | DamagedItem;

export interface ListPage {
  /** In bytewise order of the keys' UTF-8. */
  readonly items: readonly ListItem[];
  /**
   * The last key the store examined, returned or not; undefined when the listing is complete.
   * A page examines a bounded number of records, so it may hold fewer than `limit` items, even none.
   */
  readonly examinedTo: string | undefined;
}

export type BatchOperation =
  | { readonly op: 'get'; readonly address: RecordAddress }
  | { readonly op: 'set'; readonly address: RecordAddress; readonly request: SetRequest }
  | { readonly op: 'touch'; readonly address: RecordAddress; readonly request: TouchRequest }
  | { readonly op: 'delete'; readonly address: RecordAddress; readonly condition: Condition | undefined };

/**
 * What one operation of a batch came to; `failed` carries what the single call would have rejected with. In an atomic
 * batch only a get can be `failed`: a write that fails rejects the whole, and nothing was written. The gets of a batch
 * read at most `maxBatchReadBytes` (limits.ts) together; one beyond that is `failed` with `batch_too_large`.
 */
export type BatchItem =
  | { readonly outcome: 'found'; readonly record: StoredRecord }
  | SetOutcome
  | TouchOutcome
  | DeleteOutcome
  | { readonly outcome: 'failed'; readonly error: CommanderError };

/**
 * A record that is written in the atomic step of a batch, where the store can, and right after it elsewhere; should that
 * second write fail, the batch still resolves with what it came to.
 */
export interface BatchReceipt {
  readonly address: RecordAddress;
  /** The record for what the batch came to. Called once the results are known; it must not wait. */
  readonly write: (outcome: BatchOutcome) => SetRequest;
}

export interface BatchRequest {
  /** 1 to 1000, in order: a later operation on a key sees what an earlier one did. */
  readonly operations: readonly BatchOperation[];
  /**
   * All or nothing: a condition that fails aborts the whole, an absent key does not. Beyond what
   * `capabilities().atomicBatch` states it rejects with `capability_unsupported` before any write.
   * Without it each operation stands by itself, and across keys their order is open.
   */
  readonly atomic: boolean;
  readonly receipt: BatchReceipt | undefined;
}

export type BatchOutcome =
  | { readonly outcome: 'done'; readonly items: readonly BatchItem[] }
  /** Nothing was written. `index` is the first operation whose condition failed. */
  | { readonly outcome: 'aborted'; readonly index: number; readonly failure: PreconditionFailed };

export interface PrefixRequest {
  readonly namespace: string;
  readonly collection: string;
  /** Only keys that begin with these characters; never ''. */
  readonly prefix: string;
}

/** What is dropped: a namespace, or one collection of it. */
export interface DropRequest {
  readonly namespace: string;
  /** Undefined: all collections of the namespace. */
  readonly collection: string | undefined;
}

/**
 * One bounded step of a removal, so that no other call waits long. Call again until `done`; a write that comes in
 * between may survive.
 */
export interface RemovalStep {
  /** Live records removed in this step; expired ones go too and are not counted. */
  readonly deleted: number;
  readonly done: boolean;
}

export interface NamesRequest {
  /** Only names bytewise greater than this one; undefined starts at the beginning. */
  readonly after: string | undefined;
  /** At most so many names; 1 to 1000. */
  readonly limit: number;
}

/** In bytewise order: those that hold a record; an expired record counts until it is swept. */
export interface NamesPage {
  readonly names: readonly string[];
  /** The last name the store examined, returned or not; undefined when the listing is complete. */
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

/** Each is undefined where the store does not say. */
export interface BackendStats {
  /** Bytes the store uses. */
  readonly bytes: number | undefined;
  /** Bytes of those that a write can use again. */
  readonly freeBytes: number | undefined;
  /** Records, expired ones that are not swept yet among them. */
  readonly records: number | undefined;
}

export interface Backend extends AsyncDisposable {
  /** An engine that has the record at hand answers at once: a promise costs a tenth of a read. It may throw, too. */
  get(address: RecordAddress, call: Call): StoredRecord | undefined | Promise<StoredRecord | undefined>;
  head(address: RecordAddress, call: Call): Promise<RecordHead | undefined>;
  set(address: RecordAddress, request: SetRequest, call: Call): Promise<SetOutcome>;
  touch(address: RecordAddress, request: TouchRequest, call: Call): Promise<TouchOutcome>;
  delete(address: RecordAddress, condition: Condition | undefined, call: Call): Promise<DeleteOutcome>;
  batch(request: BatchRequest, call: Call): Promise<BatchOutcome>;
  list(request: ListRequest, call: Call): Promise<ListPage>;
  deletePrefix(request: PrefixRequest, call: Call): Promise<RemovalStep>;
  drop(request: DropRequest, call: Call): Promise<RemovalStep>;
  /** Of names that a client can use; what the server keeps for itself under others is not shown. */
  namespaces(request: NamesRequest, call: Call): Promise<NamesPage>;
  collections(namespace: string, request: NamesRequest, call: Call): Promise<NamesPage>;
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
  /** Takes, from an engine that has connections, the function that counts them. */
  readonly watchConnections?: (count: () => ConnectionCounts) => void;
  /** Takes, from an engine on a disk of this machine, the function that looks at the room there. */
  readonly watchSpace?: (look: () => SpaceState) => void;
  /** Takes, from an engine that keeps files of its own, the function that tells of their damage and their copies. */
  readonly watchStorage?: (state: () => StorageState) => void;
  /** Called once when the engine must not go on in this process: answer what is under way and end. */
  readonly onBroken?: (reason: Error) => void;
}
