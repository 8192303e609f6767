/**
 * What clients did and saw, one operation a line, written before anything is judged: a checker is a pure function of
 * it, so that a stored run can be judged again.
 */

/** What every operation has, whatever it does. */
interface Occurrence {
  /** Position in the order in which they ended. */
  readonly i: number;
  /** One client that does one thing at a time. */
  readonly process: number;
  /** ok: it happened. fail: provably no effect. info: it may have happened or not, or may still. */
  readonly type: 'ok' | 'fail' | 'info';
  /** Monotonic nanoseconds, one clock for all processes of a boot. On a tie calls come before returns. */
  readonly call: bigint;
  readonly return: bigint;
  /** Version: the ETag of the answer. Boot: which start of the server it was sent to. */
  readonly server: { readonly version: string | null; readonly boot: string | null };
  /** `status code` of an answer that was no success, or why there was none. */
  readonly error: string | null;
}

/** Milliseconds of life from the write on; null: it has no end any more; keep: the end stays as it was. */
export type Ttl = number | null | 'keep';

export interface Get extends Occurrence {
  readonly f: 'get';
  readonly key: string;
  readonly input: null;
  /** Where ok: what was read, null for absent. Else null. */
  readonly output: string | null;
}

/** A write without a condition. */
export interface SetValue extends Occurrence {
  readonly f: 'set';
  readonly key: string;
  readonly input: string;
  readonly ttlMs: Ttl;
  /** What was there before, where the answer says so. */
  readonly output: 'created' | 'replaced' | null;
}

/** A write for an absent key alone. */
export interface Create extends Occurrence {
  readonly f: 'create';
  readonly key: string;
  readonly input: string;
  readonly ttlMs: Ttl;
  /** `exists` comes with fail: the condition did not hold. A fail with null says nothing of the key. */
  readonly output: 'created' | 'exists' | null;
}

/** What a compare-and-set demands of the key. */
export type Expected =
  | { readonly by: 'value'; readonly value: string }
  | { readonly by: 'version'; readonly version: string };

export interface CompareAndSet extends Occurrence {
  readonly f: 'cas';
  readonly key: string;
  readonly expected: Expected;
  readonly input: string;
  readonly ttlMs: Ttl;
  /** `mismatch` comes with fail: another value or version, or none. A fail with null says nothing of the key. */
  readonly output: 'replaced' | 'mismatch' | null;
}

export interface Delete extends Occurrence {
  readonly f: 'delete';
  readonly key: string;
  readonly input: null;
  /** `absent` comes with fail. */
  readonly output: 'deleted' | 'absent' | null;
}

/** Changes how long the key lives, and its version with it. */
export interface Touch extends Occurrence {
  readonly f: 'touch';
  readonly key: string;
  readonly input: null;
  readonly ttlMs: number | null;
  /** `absent` comes with fail. */
  readonly output: 'touched' | 'absent' | null;
}

/** Value null: absent, and as a write a delete. */
export interface KeyValue {
  readonly key: string;
  readonly value: string | null;
}

/** Several keys in one request: writes first, then reads. Its keys do not show in `key`. */
export interface Batch extends Occurrence {
  readonly f: 'batch';
  readonly key: null;
  readonly input: { readonly atomic: boolean; readonly writes: readonly KeyValue[]; readonly reads: readonly string[] };
  /** Where ok: what the reads saw, in their order. Else null. */
  readonly output: readonly KeyValue[] | null;
}

/** The testing clock of the server moved forward. */
export interface Advance extends Occurrence {
  readonly f: 'advance';
  readonly key: null;
  readonly input: null;
  readonly output: null;
  readonly advanceMs: number;
}

/**
 * A death that was waited for: what was sent to that boot before and has no outcome happened by its return, or never.
 * Called just before the kill, returned when the death is certain and nothing that was sent can still arrive.
 */
export interface Fence extends Occurrence {
  readonly f: 'fence';
  readonly key: null;
  readonly input: null;
  readonly output: null;
  /** Null: of every boot. */
  readonly deadBoot: string | null;
}

/** One that is about one key. */
export type KeyedOperation = Get | SetValue | Create | CompareAndSet | Delete | Touch;
export type Operation = KeyedOperation | Batch | Advance | Fence;
export type OperationKind = Operation['f'];

/** By call, and where two were called at once by position. */
export function byCall(a: Operation, b: Operation): number {
  return a.call < b.call ? -1 : a.call > b.call ? 1 : a.i - b.i;
}

export function isKeyed(operation: Operation): operation is KeyedOperation {
  return operation.key !== null;
}

/** The keys that it reads or writes. */
export function keysOf(operation: Operation): readonly string[] {
  if (isKeyed(operation)) return [operation.key];
  if (operation.f !== 'batch') return [];
  return [...operation.input.writes.map(({ key }) => key), ...operation.input.reads];
}

/** True for what may change a key. */
export function isWrite({ f }: Operation): boolean {
  return f !== 'get' && f !== 'advance' && f !== 'fence';
}

/** How many operations were under way together with a write of another process to the same key. */
export function countOverlaps(operations: readonly Operation[]): number {
  let count = 0;
  for (const own of groupByKey(operations).values()) count += overlapping(own).size;
  return count;
}

function overlapping(own: readonly Operation[]): ReadonlySet<Operation> {
  const found = new Set<Operation>();
  const open: Operation[] = [];
  for (const operation of [...own].sort(byCall)) {
    let kept = 0;
    for (const other of open) {
      if (other.return < operation.call) continue;
      open[kept] = other;
      kept += 1;
      if (other.process === operation.process) continue;
      if (isWrite(other)) found.add(operation);
      if (isWrite(operation)) found.add(other);
    }
    open.length = kept;
    open.push(operation);
  }
  return found;
}

/** What concerns each key, batches among it, in the order of the history. */
export function groupByKey(operations: readonly Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    for (const key of new Set(keysOf(operation))) {
      const group = groups.get(key);
      if (group === undefined) groups.set(key, [operation]);
      else group.push(operation);
    }
  }
  return groups;
}
