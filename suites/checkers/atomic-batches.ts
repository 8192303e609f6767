/**
 * Batches that write one token to all keys of a group happen as a whole: who reads the group in one atomic batch sees one
 * token, and after a death either all keys have a batch or none has it.
 */

import { Type } from 'typebox';
import { type Batch, byCall, type Fence, type Get, type Operation } from '../history.ts';
import { type Checker, type CheckVerdict, NotApplicable } from './checker.ts';
import { violationAt } from './finding.ts';
import { deathsIn } from './writes.ts';

export const atomicBatches: Checker<Readonly<Record<string, never>>> = {
  version: 1,
  parameters: Type.Object({}, { additionalProperties: false }),
  check: checkAtomicBatches,
};

function checkAtomicBatches(operations: readonly Operation[]): CheckVerdict {
  const batches = operations.filter((one): one is Batch => one.f === 'batch' && one.input.atomic);
  const writers = batches.filter(({ input }) => input.writes.length > 1);
  const sights = groupsOf(writers).flatMap((group) => [
    ...batches.flatMap((reader) => snapshotOf(reader, group)),
    ...deathsIn(operations).flatMap((death) => sightAfter(operations, group, death)),
  ]);
  for (const { seen, operations: readers } of sights) {
    const mix = [...new Set(seen.map(({ value }) => value ?? 'absent'))];
    if (mix.length === 1) continue;
    const shown = [...writersOf(writers, seen), ...readers];
    return violationAt('all of a batch, or nothing of it', `the group was seen with ${mix.join(' and ')}`, shown);
  }
  const after = sights.filter(({ operations: [first] }) => first?.f === 'fence').length;
  const acknowledged = writers.filter(({ type }) => type === 'ok').length;
  const counts = { writers: acknowledged, snapshots: sights.length - after, 'groups after a death': after };
  return { verdict: 'holds', counts };
}

/** What was seen of a group at one time, and by what. */
interface Sight {
  readonly seen: readonly Seen[];
  readonly operations: readonly Operation[];
}

function snapshotOf(reader: Batch, group: ReadonlySet<string>): readonly Sight[] {
  const seen = (reader.output ?? []).filter(({ key }) => group.has(key));
  return seen.length < 2 ? [] : [{ seen, operations: [reader] }];
}

interface Seen {
  readonly key: string;
  readonly value: string | null;
}

function groupsOf(writers: readonly Batch[]): readonly ReadonlySet<string>[] {
  const groups = new Map<string, ReadonlySet<string>>();
  for (const { i, input } of writers) {
    if (new Set(input.writes.map(({ value }) => value)).size > 1) {
      throw new NotApplicable(`operation ${i} writes different tokens`);
    }
    const keys = new Set(input.writes.map(({ key }) => key));
    groups.set([...keys].sort().join('\n'), keys);
  }
  const all = [...groups.values()].flatMap((keys) => [...keys]);
  if (new Set(all).size < all.length) throw new NotApplicable('a key is in several groups');
  return [...groups.values()];
}

/** The first read of every key of the group after the death, where no batch wrote to it in between. */
function sightAfter(operations: readonly Operation[], group: ReadonlySet<string>, death: Fence): readonly Sight[] {
  const later = operations.filter(({ call }) => call >= death.return).sort(byCall);
  const reads = new Map<string, Get>();
  for (const one of later) {
    if (one.f === 'get' && one.type === 'ok' && group.has(one.key) && !reads.has(one.key)) reads.set(one.key, one);
    if (one.f === 'batch' && one.input.writes.some(({ key }) => group.has(key))) break;
  }
  if (reads.size < group.size) return [];
  const seen = [...reads.values()].map(({ key, output }) => ({ key, value: output }));
  return [{ seen, operations: [death, ...reads.values()] }];
}

function writersOf(writers: readonly Batch[], seen: readonly Seen[]): readonly Batch[] {
  const values = new Set(seen.map(({ value }) => value));
  return writers.filter(({ input }) => values.has(input.writes[0]?.value ?? null));
}
