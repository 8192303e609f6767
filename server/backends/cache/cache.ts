/**
 * A cache before a store. It knows what is written through this server and drops it before and after, whatever comes
 * of the write; what others write it sees once an entry is older than the bound on staleness.
 *
 * Only single reads are answered from it. Conditions are always the store's to decide, and that a key is absent is
 * never remembered.
 */

import { CommanderError } from '../../errors.ts';
import type { Backend, Call, RecordAddress, RecordHead, StoredRecord } from '../backend.ts';
import { failedOf, writesOf } from './batch-writes.ts';
import { type Coherence, type CoherenceOptions, createCoherence, type Gate, type Reach } from './coherence.ts';
import type { CreateEntries, Entries } from './entries.ts';
import { createLfu } from './lfu.ts';
import { createLru } from './lru.ts';

export type CachePolicy = 'lru' | 'lfu';

export interface CacheOptions {
  /** What the entries may take, `entryOverheadBytes` for each among them. */
  readonly maxBytes: number;
  readonly policy: CachePolicy;
  /** An entry older than that is not used; undefined where nobody else writes to the store. */
  readonly maxStalenessMs: number | undefined;
  readonly monotonicMs?: () => number;
  readonly createCoherence?: (options: CoherenceOptions) => Coherence;
  /** In place of the policy's own. */
  readonly createEntries?: CreateEntries | undefined;
}

/** Counts since the start, and what is held now. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
  /** Entries that made room for others. */
  readonly evictions: number;
  readonly bytes: number;
  readonly entries: number;
}

export interface CachedBackend extends Backend {
  readonly cacheCounts: () => CacheCounts;
}

interface Entry {
  /** Nobody else has its buffer. */
  readonly record: StoredRecord;
  readonly bytes: number;
  /** The gate of its collection. */
  readonly gate: Gate;
  readonly readAt: number;
  readonly readAtMs: number;
  readonly readAtMonotonicMs: number;
}

/** A read that is under way, for those who want the same. */
interface Flight {
  readonly gate: Gate;
  readonly beganAt: number;
  readonly beganAtMonotonicMs: number;
  readonly call: Call;
  readonly end: Promise<StoredRecord | undefined>;
  followers: number;
  /** What it found, once it has ended, when somebody follows; not the leader's buffer. */
  shared: StoredRecord | undefined;
}

/** What an entry takes beside its value and its names, measured with values of 100 bytes. */
export const entryOverheadBytes = 900;
/** One value shall not push out everything else. */
const maxEntryShare = 1 / 8;

const policies = { lru: createLru, lfu: createLfu } as const;

export function createCache(backend: Backend, options: CacheOptions): CachedBackend {
  const { maxBytes, maxStalenessMs, monotonicMs = () => performance.now() } = options;
  const counts = { hits: 0, misses: 0, evictions: 0 };
  const entries: Entries<Entry> = (options.createEntries ?? policies[options.policy])({
    maxBytes,
    onLeave(entry, reason) {
      if (reason === 'evicted') counts.evictions += 1;
      coherence.close(entry.gate);
    },
  });
  const forget = (path: string): void => entries.delete(path);
  const coherence = (options.createCoherence ?? createCoherence)({ monotonicMs, forget });
  const flights = new Map<string, Flight>();
  let closed = false;

  /** By whichever clock has gone further: the wall clock may lag while it is ahead of the system's. */
  const ageOf = (entry: Entry, call: Call): number =>
    Math.max(call.nowMs - entry.readAtMs, monotonicMs() - entry.readAtMonotonicMs, 0);

  const find = (path: string, call: Call): Entry | undefined => {
    const entry = entries.get(path);
    if (entry === undefined) return undefined;
    const { freshness } = call;
    const isGood = coherence.isUnchanged(entry.gate, entry.readAt) && isLive(entry.record, call);
    if (!isGood || (maxStalenessMs !== undefined && ageOf(entry, call) > maxStalenessMs)) {
      entries.delete(path);
      return undefined;
    }
    return freshness !== undefined && ageOf(entry, call) >= freshness.maxAgeMs ? undefined : entry;
  };

  /** Keeps what a read has found, unless a write overlapped it. */
  const keep = (
    flight: Pick<Flight, 'gate' | 'beganAt' | 'beganAtMonotonicMs' | 'call'>,
    found: StoredRecord | undefined,
  ): void => {
    const { gate, beganAt, call } = flight;
    const { path, outer } = gate;
    const known = entries.get(path);
    if (known !== undefined && known.readAt < beganAt) entries.delete(path);
    if (found === undefined || closed || outer === undefined || call.freshness?.keep === false) return;
    if ((known?.readAt ?? 0) > beganAt || !coherence.isQuiet(gate, beganAt)) return;
    const bytes = entryOverheadBytes + path.length * 2 + found.contentType.length + found.size;
    if (bytes > maxBytes * maxEntryShare) return;
    coherence.reopen(outer);
    entries.set(path, {
      // Not of the pool: a slice of it would keep 8 KB alive.
      record: { ...found, value: copyOf(found.value, Buffer.allocUnsafeSlow(found.size)) },
      bytes,
      gate: outer,
      readAt: beganAt,
      readAtMs: call.nowMs,
      readAtMonotonicMs: flight.beganAtMonotonicMs,
    });
  };

  const lead = (address: RecordAddress, call: Call): StoredRecord | undefined | Promise<StoredRecord | undefined> => {
    const gate = coherence.open(address);
    const beganAt = coherence.tick();
    const began = { gate, beganAt, beganAtMonotonicMs: monotonicMs(), call };
    let found: StoredRecord | undefined | Promise<StoredRecord | undefined>;
    try {
      found = backend.get(address, call);
      if (!(found instanceof Promise)) keep(began, found);
    } catch (error) {
      coherence.close(gate);
      throw error;
    }
    if (!(found instanceof Promise)) {
      coherence.close(gate);
      return found;
    }
    const end = found
      .then((record) => {
        keep(flight, record);
        if (flight.followers > 0) flight.shared = record && withOwnValue(record);
        return record;
      })
      .finally(() => {
        if (flights.get(gate.path) === flight) flights.delete(gate.path);
        coherence.close(gate);
      });
    const flight: Flight = { ...began, end, followers: 0, shared: undefined };
    flights.set(gate.path, flight);
    return end;
  };

  const follow = async (flight: Flight, address: RecordAddress, call: Call): Promise<StoredRecord | undefined> => {
    flight.followers += 1;
    try {
      await call.deadline.bound(flight.end, 'The read');
    } catch (error) {
      const leadersMs = flight.call.deadline.remainingMs();
      // Only the leader's time is up: a timer may fire a little early.
      if (leadersMs > 2 || call.deadline.remainingMs() <= leadersMs) throw error;
      return read(address, call);
    }
    const { shared } = flight;
    // Whether it has expired by now is the store's to say.
    if (shared !== undefined && !isLive(shared, call)) return lead(address, call);
    return shared && withOwnValue(shared);
  };

  const read = (address: RecordAddress, call: Call): StoredRecord | undefined | Promise<StoredRecord | undefined> => {
    const flight = flights.get(pathOf(address));
    const mayFollow =
      flight !== undefined &&
      call.freshness === undefined &&
      flight.call.nowMs <= call.nowMs &&
      coherence.isQuiet(flight.gate, flight.beganAt);
    return mayFollow ? follow(flight, address, call) : lead(address, call);
  };

  /** `unknown` tells of which parts nobody knows what came of them; of all, when it rejects. */
  const write = async <T>(
    reaches: readonly Reach[],
    run: () => Promise<T>,
    unknown: (outcome: T) => readonly number[] = () => [],
  ): Promise<T> => {
    const gates = reaches.map(coherence.open);
    let held: Iterable<number> = gates.keys();
    for (const gate of gates) {
      coherence.beginWrite(gate);
      coherence.change(gate, 'before');
    }
    try {
      const outcome = await run();
      held = unknown(outcome);
      return outcome;
    } catch (error) {
      // Nothing was sent; to hold the key would add to the load.
      if (error instanceof CommanderError && error.code === 'overloaded') held = [];
      throw error;
    } finally {
      for (const index of held) coherence.hold(gates[index] as Gate);
      for (const gate of gates) {
        coherence.change(gate, 'after');
        coherence.endWrite(gate);
        coherence.close(gate);
      }
    }
  };

  return {
    get(address, call) {
      call.deadline.check('The read');
      const entry = find(pathOf(address), call);
      if (entry === undefined) {
        counts.misses += 1;
        return read(address, call);
      }
      counts.hits += 1;
      return { ...withOwnValue(entry.record), ageMs: ageOf(entry, call) };
    },
    async head(address, call) {
      call.deadline.check('The read');
      const entry = find(pathOf(address), call);
      if (entry === undefined) {
        counts.misses += 1;
        return backend.head(address, call);
      }
      counts.hits += 1;
      return { ...headOf(entry.record), ageMs: ageOf(entry, call) };
    },
    set: (address, request, call) => write([address], () => backend.set(address, request, call)),
    touch: (address, request, call) => write([address], () => backend.touch(address, request, call)),
    delete: (address, condition, call) => write([address], () => backend.delete(address, condition, call)),
    batch: (request, call) => {
      const { indices, reaches } = writesOf(request);
      return write(
        reaches,
        () => backend.batch(request, call),
        (outcome) => failedOf(outcome, indices),
      );
    },
    deletePrefix: (request, call) => write([collectionOf(request)], () => backend.deletePrefix(request, call)),
    drop: (request, call) => write([collectionOf(request)], () => backend.drop(request, call)),
    list: (request, call) => backend.list(request, call),
    namespaces: (request, call) => backend.namespaces(request, call),
    collections: (namespace, request, call) => backend.collections(namespace, request, call),
    stats: (call) => backend.stats(call),
    ping: (call) => backend.ping(call),
    capabilities: (call) => backend.capabilities(call),
    cacheCounts: () => ({ ...counts, bytes: entries.bytes(), entries: entries.count() }),
    [Symbol.asyncDispose]: async () => {
      closed = true;
      entries.clear();
      await backend[Symbol.asyncDispose]();
    },
  };
}

/** As coherence.ts names a key: no name holds a slash. */
function pathOf({ namespace, collection, key }: RecordAddress): string {
  return `${namespace}/${collection}/${key}`;
}

function collectionOf({ namespace, collection }: Reach): Reach {
  return { namespace, collection };
}

function isLive(head: RecordHead, call: Call): boolean {
  return head.expiresAtMs === undefined || head.expiresAtMs > call.nowMs;
}

function headOf({ revision, contentType, size, expiresAtMs }: RecordHead): RecordHead {
  return { revision, contentType, size, expiresAtMs };
}

function withOwnValue(record: StoredRecord): StoredRecord {
  return { ...record, value: Buffer.from(record.value) };
}

function copyOf(value: Buffer, into: Buffer): Buffer {
  value.copy(into);
  return into;
}
