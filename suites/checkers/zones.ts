/**
 * Linearizability of a register whose writes are all different: the zone check of Gibbons and Korach ("Testing Shared
 * Memories", SIAM J. Comput. 26(4), 1997, section 4.3). It needs set and get alone, and sorts once.
 *
 * A value's cluster is its write and the reads that saw it; in a legal order a cluster stands together, its write
 * first. With f the earliest return and s the latest call of a cluster, cluster A cannot stand before B when B has an
 * operation that returned before one of A was called: s(A) > f(B). So two clusters contradict each other exactly when
 * s(A) > f(B) and s(B) > f(A), and a history is legal exactly when no two do and no read ends before its write begins.
 *
 * A write without an outcome counts only if its value was read; it may take effect any time after its call. Reads
 * without an answer are dropped. The key is absent at first, and a read may see that (null).
 */

import { Type } from 'typebox';
import { byCall, countOverlaps, type Get, groupByKey, type Operation, type SetValue } from '../history.ts';
import { type Budget, type Checker, type CheckVerdict, NotApplicable } from './checker.ts';
import { renderWitness } from './witness.ts';

export const zones: Checker<Readonly<Record<string, never>>> = {
  version: 1,
  parameters: Type.Object({}, { additionalProperties: false }),
  check: (operations, _parameters, budget) => checkZones(operations, budget),
};

/** Judges every key by itself. Throws NotApplicable. */
function checkZones(operations: readonly Operation[], budget: Budget): CheckVerdict {
  const keys = groupByKey(operations);
  for (const own of keys.values()) {
    const illegal = checkKey(own.map(readOrWrite), budget);
    if (illegal !== undefined) return violationOf(illegal);
  }
  const ok = operations.filter(({ type }) => type === 'ok');
  const reads = ok.filter(({ f }) => f === 'get');
  const values = new Set(reads.map(({ output }) => output)).size;
  const counts = { keys: keys.size, reads: reads.length, writes: ok.length - reads.length, values };
  return { verdict: 'holds', counts: { ...counts, overlaps: countOverlaps(operations) } };
}

function readOrWrite(operation: Operation): Get | SetValue {
  const { f, i } = operation;
  if (f === 'get') return operation;
  if (f === 'set' && (operation.ttlMs === null || operation.ttlMs === 'keep')) return operation;
  throw new NotApplicable(`operation ${i} is neither a read nor a write without conditions and expiry`);
}

function violationOf({ reason, operations }: Illegal): CheckVerdict {
  const shown = [...new Set(operations)].sort(byCall);
  return {
    verdict: 'violated',
    expected: 'some order of the operations that explains every read',
    actual: 'none',
    witness: renderWitness(reason, shown),
    operations: shown.map(({ i }) => i),
  };
}

interface Illegal {
  readonly reason: string;
  readonly operations: readonly ReadOrWrite[];
}

type ReadOrWrite = Get | SetValue;

interface Cluster {
  readonly value: string | null;
  /** Undefined for the absence that every key begins with. */
  readonly write: SetValue | undefined;
  readonly reads: Get[];
}

interface Zone {
  readonly cluster: Cluster;
  /** Earliest return; undefined when it lies before the history. */
  readonly f: Bound;
  /** Latest call. */
  readonly s: Bound;
}

interface Bound {
  /** Nanoseconds; -1 stands for a moment before the history. */
  readonly at: bigint;
  readonly operation: ReadOrWrite | undefined;
}

const beforeAll: Bound = { at: -1n, operation: undefined };

function checkKey(operations: readonly ReadOrWrite[], budget: Budget): Illegal | undefined {
  const clusters = clustersOf(operations);
  if ('reason' in clusters) return clusters;
  const zones: Zone[] = [];
  for (const cluster of clusters) {
    budget.spend();
    const early = readBeforeWrite(cluster);
    if (early !== undefined) return early;
    zones.push(zoneOf(cluster));
  }
  return contradiction(zones);
}

function clustersOf(operations: readonly ReadOrWrite[]): readonly Cluster[] | Illegal {
  const { clusters, failed } = writesOf(operations);
  for (const read of operations) {
    if (read.f !== 'get' || read.type !== 'ok') continue;
    const cluster = clusters.get(read.output);
    if (cluster === undefined) return unexplained(read, failed.get(read.output ?? ''));
    cluster.reads.push(read);
  }
  // A write that may not have happened and that nobody saw explains itself.
  return [...clusters.values()].filter(({ write, reads }) => write?.type !== 'info' || reads.length > 0);
}

interface Writes {
  readonly clusters: ReadonlyMap<string | null, Cluster>;
  /** Those that provably did not happen. */
  readonly failed: ReadonlyMap<string, SetValue>;
}

function writesOf(operations: readonly ReadOrWrite[]): Writes {
  const clusters = new Map<string | null, Cluster>([[null, { value: null, write: undefined, reads: [] }]]);
  const failed = new Map<string, SetValue>();
  for (const write of operations) {
    if (write.f === 'get') continue;
    const { input, type } = write;
    if (clusters.has(input) || failed.has(input)) throw new NotApplicable(`the value ${input} was written twice`);
    if (type === 'fail') failed.set(input, write);
    else clusters.set(input, { value: input, write, reads: [] });
  }
  return { clusters, failed };
}

function unexplained(read: Get, failed: SetValue | undefined): Illegal {
  const reason = `a read returned ${read.output}, ${failed === undefined ? 'which nobody wrote' : 'whose write failed'}`;
  return { reason, operations: failed === undefined ? [read] : [failed, read] };
}

function readBeforeWrite({ value, write, reads }: Cluster): Illegal | undefined {
  const read = reads.find((one) => write !== undefined && one.return < write.call);
  if (read === undefined || write === undefined) return undefined;
  return { reason: `a read returned ${value} before its write was called`, operations: [read, write] };
}

function zoneOf(cluster: Cluster): Zone {
  const { write, reads } = cluster;
  let f: Bound | undefined = write === undefined ? beforeAll : undefined;
  let s = beforeAll;
  for (const operation of write === undefined ? reads : [write, ...reads]) {
    // Without an outcome the write may still be under way: it has no return.
    const returned = operation.type === 'ok';
    if (returned && (f === undefined || operation.return < f.at)) f = { at: operation.return, operation };
    if (operation.call > s.at) s = { at: operation.call, operation };
  }
  return { cluster, f: f ?? s, s };
}

/** Forward zones have f before s; all others are backward. Two backward zones never contradict each other. */
function contradiction(zones: readonly Zone[]): Illegal | undefined {
  const forward = zones.filter(({ f, s }) => f.at < s.at).sort((a, b) => compare(a.f.at, b.f.at));
  let last: Zone | undefined;
  for (const zone of forward) {
    if (last !== undefined && zone.f.at < last.s.at) return describe(last, zone);
    last = zone;
  }
  for (const zone of zones) {
    if (zone.f.at < zone.s.at) continue;
    const around = lastWithFBefore(forward, zone.s.at);
    if (around !== undefined && zone.f.at < around.s.at) return describe(around, zone);
  }
  return undefined;
}

/** Binary search: of disjoint zones in order, the one that could hold the moment. */
function lastWithFBefore(forward: readonly Zone[], at: bigint): Zone | undefined {
  let low = 0;
  let high = forward.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const zone = forward[middle];
    if (zone !== undefined && zone.f.at < at) low = middle + 1;
    else high = middle;
  }
  return forward[low - 1];
}

function describe(a: Zone, b: Zone): Illegal {
  const name = ({ cluster }: Zone): string => (cluster.value === null ? 'absence' : `value ${cluster.value}`);
  const shown = [...evidence(a, b), ...evidence(b, a)];
  return { reason: `${name(a)} would have to come both before and after ${name(b)}`, operations: shown };
}

/** Of a cluster, its write, what ended before the other, and what began after it: the write itself if it can. */
function evidence({ cluster, f, s }: Zone, other: Zone): ReadOrWrite[] {
  const { write } = cluster;
  const late = write !== undefined && write.call > other.f.at ? write : s.operation;
  return [write, f.operation, late].filter((operation) => operation !== undefined);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
