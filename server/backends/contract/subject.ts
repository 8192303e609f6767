import assert from 'node:assert/strict';
import type { RevisionClock } from '../../revision.ts';
import type {
  Backend,
  BatchItem,
  BatchOperation,
  BatchOutcome,
  BatchReceipt,
  Call,
  Condition,
  DeleteOutcome,
  ExpiryChange,
  ListedRecord,
  ListItem,
  ListRequest,
  RecordAddress,
  RecordHead,
  SetOutcome,
  StoredRecord,
  TouchOutcome,
  TouchRequest,
} from '../backend.ts';
import { Deadline } from '../deadline.ts';

/** What an engine under test offers beside the contract. What it lacks, it says before it is started. */
export interface EngineHooks {
  /** Changes one byte of the stored value behind the backend's back. `value` is what was stored, at least 16 bytes. */
  readonly damage: (address: RecordAddress, value: Buffer) => Promise<void>;
  /** Makes the stored head of a record, which holds expiry and revision, unreadable behind the backend's back. */
  readonly damageHead: (address: RecordAddress) => Promise<void>;
  /** A second backend over the same store, opened behind a link in that state. */
  readonly openLinked: (link: 'restored' | 'cut') => Promise<LinkedBackend>;
}

/** A backend whose store can be taken away. Every step resolves once it has happened. */
export interface LinkedBackend extends AsyncDisposable {
  readonly backend: Backend;
  /** Connections break, and new ones are refused. */
  cut(): Promise<void>;
  /** Connections stay, and nothing passes. */
  stall(): void;
  restore(): Promise<void>;
  /** SIGKILL, and a new start on the same data. */
  restartStore(): Promise<void>;
}

/** Everything a case sees. The namespace is its own, so cases do not meet on a shared store. */
export interface Subject {
  readonly backend: Backend;
  readonly hooks: Partial<EngineHooks>;
  readonly namespace: string;
  /** Time of the case's calls in ms since the epoch, where none is given. */
  readonly nowMs: number;
  /** Makes the backend take its revisions from this clock. Undone when the case ends. */
  useRevisions(clock: RevisionClock): void;
}

export interface WriteOptions {
  readonly expiry?: ExpiryChange;
  readonly condition?: Partial<Condition>;
  readonly contentType?: string;
  readonly nowMs?: number;
}

export interface SoundPage {
  readonly items: readonly ListedRecord[];
  readonly examinedTo: string | undefined;
}

/** One collection of the subject, with calls that read well in a case. */
export interface Shelf {
  readonly address: (key: string) => RecordAddress;
  set(key: string, value: string | Buffer, options?: WriteOptions): Promise<SetOutcome>;
  get(key: string, nowMs?: number): Promise<StoredRecord | undefined>;
  head(key: string, nowMs?: number): Promise<RecordHead | undefined>;
  touch(key: string, expiry: TouchRequest['expiry'], options?: Omit<WriteOptions, 'expiry'>): Promise<TouchOutcome>;
  delete(key: string, options?: Omit<WriteOptions, 'expiry'>): Promise<DeleteOutcome>;
  /** What a batch of these operations comes to; atomic unless told otherwise. */
  batch(operations: readonly BatchOperation[], options?: BatchOptions): Promise<BatchOutcome>;
  /** The items of a batch that is not aborted; not atomic unless told otherwise. */
  items(operations: readonly BatchOperation[], options?: BatchOptions): Promise<readonly BatchItem[]>;
  /** A page on which nothing is damaged. */
  list(request?: ListOptions): Promise<SoundPage>;
  /** Follows `examinedTo` to the end. */
  walk(request?: ListOptions): Promise<readonly ListedRecord[]>;
}

export interface BatchOptions {
  readonly atomic?: boolean;
  readonly receipt?: BatchReceipt;
  readonly nowMs?: number;
}

export type ListOptions = Partial<Omit<ListRequest, 'namespace' | 'collection'>> & { readonly nowMs?: number };

export const none: ExpiryChange & TouchRequest['expiry'] = { kind: 'none' };
export const keep: ExpiryChange = { kind: 'keep' };
export const at = (atMs: number): ExpiryChange & TouchRequest['expiry'] => ({ kind: 'at', atMs });

/** Generous: a case claims what happens, not how fast. */
const deadlineMs = 20_000;

export function callAt(nowMs: number, timeoutMs = deadlineMs): Call {
  return { nowMs, deadline: new Deadline(timeoutMs) };
}

export function shelfOf(subject: Subject, name = 'shelf', namespace = subject.namespace): Shelf {
  const { backend } = subject;
  const address = (key: string): RecordAddress => ({ namespace, collection: name, key });
  const call = (nowMs = subject.nowMs): Call => callAt(nowMs);
  const batch: Shelf['batch'] = (operations, { atomic = true, receipt, nowMs } = {}) =>
    backend.batch({ operations, atomic, receipt }, call(nowMs));
  const list: Shelf['list'] = async ({ nowMs, ...request } = {}) => {
    const page = await backend.list(
      { namespace, collection: name, prefix: '', after: undefined, limit: 100, withValues: false, ...request },
      call(nowMs),
    );
    return { ...page, items: page.items.map(sound) };
  };
  return {
    address,
    set: (key, value, options = {}) =>
      backend.set(
        address(key),
        {
          value: typeof value === 'string' ? Buffer.from(value) : value,
          contentType: options.contentType ?? 'text/plain',
          expiry: options.expiry ?? none,
          condition: conditionOf(options),
        },
        call(options.nowMs),
      ),
    get: async (key, nowMs) => backend.get(address(key), call(nowMs)),
    head: (key, nowMs) => backend.head(address(key), call(nowMs)),
    touch: (key, expiry, options = {}) =>
      backend.touch(address(key), { expiry, condition: conditionOf(options) }, call(options.nowMs)),
    delete: (key, options = {}) => backend.delete(address(key), conditionOf(options), call(options.nowMs)),
    batch,
    async items(operations, { atomic = false, ...options } = {}) {
      const outcome = await batch(operations, { atomic, ...options });
      assert.ok(outcome.outcome === 'done', 'the batch was aborted');
      return outcome.items;
    },
    list,
    async walk(request = {}) {
      const items: ListedRecord[] = [];
      let after = request.after;
      for (;;) {
        const page = await list({ ...request, after });
        items.push(...page.items);
        if (page.examinedTo === undefined) return items;
        after = page.examinedTo;
      }
    },
  };
}

export const step = {
  get: (address: RecordAddress): BatchOperation => ({ op: 'get', address }),
  set: (address: RecordAddress, value: string | Buffer, options: WriteOptions = {}): BatchOperation => ({
    op: 'set',
    address,
    request: {
      value: Buffer.from(value),
      contentType: options.contentType ?? 'text/plain',
      expiry: options.expiry ?? none,
      condition: conditionOf(options),
    },
  }),
  touch: (address: RecordAddress, expiry: TouchRequest['expiry'], options: WriteOptions = {}): BatchOperation => ({
    op: 'touch',
    address,
    request: { expiry, condition: conditionOf(options) },
  }),
  delete: (address: RecordAddress, options: WriteOptions = {}): BatchOperation => ({
    op: 'delete',
    address,
    condition: conditionOf(options),
  }),
} as const;

function conditionOf({ condition }: WriteOptions): Condition | undefined {
  return condition && { ifMatch: condition.ifMatch, ifNoneMatch: condition.ifNoneMatch };
}

function sound(item: ListItem): ListedRecord {
  assert.ok(!('damaged' in item), `${item.key} is damaged`);
  return item;
}
