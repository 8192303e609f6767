/**
 * The server goes on: every operation ends within its deadline, something ends at least every stallMs while anything is
 * under way, and after a fault has been healed something succeeds within recoverMs. Times in which a fault was at work
 * are left out, with what was under way in them.
 */

import { Type } from 'typebox';
import { byCall, type Operation } from '../history.ts';
import type { Checker, CheckVerdict, Violation } from './checker.ts';
import { violationAt } from './finding.ts';

/** When a fault was at work: nanoseconds of the history's clock, in digits. */
export interface FaultTime {
  readonly from: string;
  readonly to: string;
}

export interface LivenessParameters {
  readonly deadlineMs: number;
  readonly stallMs: number;
  readonly recoverMs: number;
  readonly faults: readonly FaultTime[];
}

const Nanoseconds = Type.String({ pattern: '^\\d{1,20}$' });

export const liveness: Checker<LivenessParameters> = {
  version: 1,
  parameters: Type.Object(
    {
      deadlineMs: Type.Number({ minimum: 0 }),
      stallMs: Type.Number({ minimum: 0 }),
      recoverMs: Type.Number({ minimum: 0 }),
      faults: Type.Array(Type.Object({ from: Nanoseconds, to: Nanoseconds }, { additionalProperties: false })),
    },
    { additionalProperties: false },
  ),
  check: checkLiveness,
};

interface Span {
  readonly from: bigint;
  readonly to: bigint;
}

const toNs = (ms: number): bigint => BigInt(Math.round(ms * 1e6));
const toMs = (ns: bigint): number => Math.round(Number(ns) / 1e6);

function checkLiveness(operations: readonly Operation[], parameters: LivenessParameters): CheckVerdict {
  const requests = operations.filter(({ f }) => f !== 'advance' && f !== 'fence');
  const faults = parameters.faults.map(({ from, to }): Span => ({ from: BigInt(from), to: BigInt(to) }));
  const quiet = requests.filter((one) => !faults.some(({ from, to }) => one.call <= to && one.return >= from));
  const slow = quiet.find((one) => one.return - one.call > toNs(parameters.deadlineMs));
  if (slow !== undefined) {
    const actual = `operation ${slow.i} took ${toMs(slow.return - slow.call)} ms`;
    return violationAt(`an end within ${parameters.deadlineMs} ms`, actual, [slow]);
  }
  const stall = findStall(requests, faults, parameters) ?? findStuck(requests, faults, parameters);
  if (stall !== undefined) return stall;
  const counts = { operations: requests.length, 'operations without a fault': quiet.length, faults: faults.length };
  return { verdict: 'holds', counts: { ...counts, 'under way together': mostTogether(requests) } };
}

/** A wait for any end that was too long, while something was under way and no fault at work. */
function findStall(
  requests: readonly Operation[],
  faults: readonly Span[],
  { stallMs }: LivenessParameters,
): Violation | undefined {
  const expected = `an end at least every ${stallMs} ms while anything is under way`;
  const waits = waitsFor([...requests].sort(byCall));
  const long = waits.find(({ from, to }) => withoutFaults({ from, to }, faults) > toNs(stallMs));
  if (long === undefined) return undefined;
  const waited = toMs(withoutFaults(long, faults));
  const [first] = long.ended;
  if (first !== undefined)
    return violationAt(expected, `nothing ended for ${waited} ms before operation ${first.i} did`, [first]);
  const stuck = requests.filter((one) => !hasEnded(one));
  return violationAt(expected, `${stuck.length} operations had not ended after ${waited} ms`, stuck.slice(0, 10));
}

interface Wait extends Span {
  /** What the wait was for; empty for what never ended. */
  readonly ended: readonly Operation[];
}

/** From each end, or call that found nothing under way, to the next end. */
function waitsFor(inOrder: readonly Operation[]): readonly Wait[] {
  const edges = inOrder.flatMap((one) => [
    { at: one.call, one, isEnd: false },
    { at: one.return, one, isEnd: true },
  ]);
  edges.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : Number(a.isEnd) - Number(b.isEnd)));
  const waits: Wait[] = [];
  let open = 0;
  let from = 0n;
  for (const { at, one, isEnd } of edges) {
    if (!isEnd && open === 0) from = at;
    open += isEnd ? -1 : 1;
    if (!isEnd) continue;
    waits.push({ from, to: at, ended: hasEnded(one) ? [one] : [] });
    from = at;
  }
  return waits;
}

/** What was still open when the history was closed has no end. */
function hasEnded({ error }: Operation): boolean {
  return error === null || !error.startsWith('still under way');
}

function withoutFaults({ from, to }: Span, faults: readonly Span[]): bigint {
  let length = to - from;
  for (const fault of faults) {
    const [start, end] = [fault.from > from ? fault.from : from, fault.to < to ? fault.to : to];
    if (end > start) length -= end - start;
  }
  return length;
}

function findStuck(
  requests: readonly Operation[],
  faults: readonly Span[],
  { recoverMs }: LivenessParameters,
): Violation | undefined {
  for (const { to } of faults) {
    const until = to + toNs(recoverMs);
    const progress = requests.some(({ type, return: end }) => type === 'ok' && end > to && end <= until);
    if (progress) continue;
    const tried = requests
      .filter(({ call }) => call > to)
      .sort(byCall)
      .slice(0, 5);
    return violationAt(`progress within ${recoverMs} ms of the end of a fault`, 'nothing succeeded', tried);
  }
  return undefined;
}

function mostTogether(requests: readonly Operation[]): number {
  const edges = requests.flatMap(({ call, return: end }) => [
    { at: call, by: 1 },
    { at: end, by: -1 },
  ]);
  edges.sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : b.by - a.by));
  let [open, most] = [0, 0];
  for (const { by } of edges) {
    open += by;
    if (open > most) most = open;
  }
  return most;
}
