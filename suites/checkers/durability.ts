/**
 * What a store that promised something kept over a death.
 * on-ack: of every key the last acknowledged write is there, or a later one.
 * prefix: there is one moment before which nothing is lost and after which everything may be, at most windowMs before
 * the death. Operations under way together have no order, so what can be held against it is a write that is lost although
 * it ended before one began that is there.
 * none: nothing is promised but that what is there was written.
 * Each key is judged by its first read after the death, where nobody wrote to it in between.
 */

import { Type } from 'typebox';
import { byCall, type Fence, type Get, type Operation } from '../history.ts';
import { underWayAtDeath } from './activity.ts';
import { type Checker, type CheckVerdict, NotApplicable, type Violation } from './checker.ts';
import { violationAt } from './finding.ts';
import { deathsIn, type KeyHistory, keyHistories, type Write } from './writes.ts';

export interface DurabilityParameters {
  readonly profile: 'on-ack' | 'prefix' | 'none';
  /** Of prefix alone; what was acknowledged longer before the death is there. */
  readonly windowMs: number;
}

export const durability: Checker<DurabilityParameters> = {
  version: 2,
  parameters: Type.Object(
    {
      profile: Type.Union([Type.Literal('on-ack'), Type.Literal('prefix'), Type.Literal('none')]),
      windowMs: Type.Number({ minimum: 0 }),
    },
    { additionalProperties: false },
  ),
  check: checkDurability,
};

/** What is known of a key after a death. */
interface Survival {
  readonly read: Get;
  /** Undefined: absent, and nobody deleted it. */
  readonly survivor: Write | undefined;
  /** Acknowledged writes that came after the survivor, in time. */
  readonly lost: readonly Operation[];
}

function checkDurability(operations: readonly Operation[], parameters: DurabilityParameters): CheckVerdict {
  const deaths = deathsIn(operations);
  const counts = { deaths: deaths.length, 'acknowledged before a death': 0, 'keys read': 0, lost: 0 };
  const keys = [...keyHistories(operations).values()];
  for (const [n, death] of deaths.entries()) {
    const since = deaths[n - 1];
    const survivals: Survival[] = [];
    for (const key of keys) {
      const before = key.writes.filter(({ operation: { call } }) => call <= death.return);
      counts['acknowledged before a death'] += before.filter(({ operation }) => operation.type === 'ok').length;
      const survival = survivalOf(key, before, { death, since });
      if (survival === undefined) continue;
      if (survival.lost === unknownValue) return madeUp(survival.read);
      survivals.push(survival);
    }
    counts['keys read'] += survivals.length;
    counts.lost += survivals.reduce((sum, { lost }) => sum + lost.length, 0);
    const broken = judgeSurvivals(survivals, death, parameters);
    if (broken !== undefined) return broken;
  }
  return { verdict: 'holds', counts: { ...counts, 'under way at a death': underWayAtDeath(operations) } };
}

/** Stands for what is lost where the value that was read was never written. */
const unknownValue: readonly Operation[] = [];

function survivalOf(
  { writes, gets }: KeyHistory,
  before: readonly Write[],
  { death, since }: { readonly death: Fence; readonly since: Fence | undefined },
): Survival | undefined {
  const read = gets.find(({ call }) => call >= death.return);
  const nextWrite = writes.find(({ operation }) => operation.call > death.return);
  if (read === undefined || (nextWrite !== undefined && nextWrite.operation.call <= read.return)) return undefined;
  for (const { operation, value } of before) {
    const mayEnd = 'ttlMs' in operation && typeof operation.ttlMs === 'number';
    if (mayEnd || value === undefined) throw new NotApplicable(`operation ${operation.i} gives its key an end`);
  }
  // What an earlier death left is what its first read saw: of what it lost nothing can be asked again.
  const seenThen = since && gets.find(({ call }) => call >= since.return && call <= death.call);
  const own = writesSince(before, since, seenThen);
  const base = seenThen === undefined ? undefined : { operation: seenThen, value: seenThen.output };
  const candidates = base === undefined ? own : [base, ...own];
  const matching = candidates.filter(({ value }) => value === read.output);
  if (matching.length === 0 && read.output !== null) return { read, survivor: undefined, lost: unknownValue };
  // Of several that could have left it the last one loses least.
  const survivor = matching.at(-1);
  const acknowledged = own.filter(({ operation }) => operation.type === 'ok').map(({ operation }) => operation);
  const lost = survivor === undefined ? acknowledged : acknowledged.filter((one) => isAfter(one, survivor.operation));
  return { read, survivor, lost };
}

/** Those that may have followed the first read since a death: what was beside it, too, and what has no outcome. */
function writesSince(writes: readonly Write[], death: Fence | undefined, seen: Get | undefined): readonly Write[] {
  if (death === undefined || seen === undefined) return writes;
  return writes.filter(({ operation: { type, call, return: end } }) =>
    type === 'info' ? call > death.return : end >= seen.call,
  );
}

/** In time; what has no outcome may have come at the very end. */
function isAfter(one: Operation, other: Operation): boolean {
  return other.type === 'ok' && one.call > other.return;
}

function judgeSurvivals(
  survivals: readonly Survival[],
  death: Fence,
  { profile, windowMs }: DurabilityParameters,
): Violation | undefined {
  if (profile === 'none') return undefined;
  const losses = survivals.flatMap(({ lost, read }) => lost.map((one) => ({ one, read })));
  losses.sort((a, b) => (a.one.return < b.one.return ? -1 : 1));
  const [first] = losses;
  if (first === undefined) return undefined;
  const { one, read } = first;
  const shown = [one, death, read].sort(byCall);
  const told = `${losses.length} acknowledged writes are not there, operation ${one.i} is the first of them`;
  if (profile === 'on-ack')
    return violationAt('every acknowledged write, or a later one, after the death', told, shown);
  const agoMs = Number(death.call - one.return) / 1e6;
  if (agoMs > windowMs) {
    const actual = `operation ${one.i} was acknowledged ${Math.round(agoMs)} ms before the death and is lost`;
    return violationAt(`nothing lost that was acknowledged ${windowMs} ms before the death`, actual, shown);
  }
  const later = survivals.find(({ survivor }) => survivor !== undefined && survivor.operation.call > one.return);
  if (later?.survivor === undefined) return undefined;
  const actual = `operation ${one.i} is lost, and operation ${later.survivor.operation.i}, which began later, is there`;
  const hole = [one, later.survivor.operation, death, read, later.read].sort(byCall);
  return violationAt('one moment up to which everything is there, and nothing after it', actual, hole);
}

function madeUp(read: Get): Violation {
  return violationAt('a value that was written', `${read.output} was read, which nobody wrote`, [read]);
}
