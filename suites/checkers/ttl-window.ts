/**
 * A key with an end lives as long as it should: a read that returned before the end hits, one that was called after it
 * misses, slack on both sides; and what was gone once does not come back. Reads that overlap a write, and those that
 * follow one without an outcome, decide nothing here (linearizability.ts judges them).
 */

import { Type } from 'typebox';
import { byCall, type Get, groupByKey, isWrite, type Operation, type Ttl } from '../history.ts';
import { type Checker, type CheckVerdict, NotApplicable, type Violation } from './checker.ts';
import { violationAt } from './finding.ts';
import { type ClockParameters, createServerTime, type ServerTime } from './server-time.ts';

export interface TtlWindowParameters extends ClockParameters {
  /** How near to an end, in ms of the server's clock, a read is one that looks at the edge. */
  readonly edgeMs: number;
}

export const ttlWindow: Checker<TtlWindowParameters> = {
  version: 1,
  parameters: Type.Object(
    {
      clock: Type.Union([Type.Literal('running'), Type.Literal('frozen')]),
      slackMs: Type.Number({ minimum: 0 }),
      edgeMs: Type.Number({ minimum: 0 }),
    },
    { additionalProperties: false },
  ),
  check: checkTtlWindow,
};

/** The last write, and what it means for reads. */
interface Last {
  readonly write: Operation;
  readonly value: string;
  /** Null: no end. On the server's clock, ms. */
  readonly end: { readonly from: number; readonly to: number } | null;
  /** The read that found it gone. */
  goneAt: Get | undefined;
}

function checkTtlWindow(operations: readonly Operation[], parameters: TtlWindowParameters): CheckVerdict {
  const time = createServerTime(operations, parameters);
  const counts = { 'hits before an end': 0, 'misses after an end': 0, 'just before an end': 0, 'just after an end': 0 };
  for (const own of groupByKey(operations).values()) {
    const broken = checkKey([...own].sort(byCall), { time, parameters, counts });
    if (broken !== undefined) return broken;
  }
  return { verdict: 'holds', counts };
}

interface Judging {
  readonly time: ServerTime;
  readonly parameters: TtlWindowParameters;
  readonly counts: Record<
    'hits before an end' | 'misses after an end' | 'just before an end' | 'just after an end',
    number
  >;
}

/** What is known at a place of the history. */
interface Following {
  last: Last | undefined;
  /** The latest return of the writes so far. */
  writing: bigint;
}

function checkKey(inOrder: readonly Operation[], judging: Judging): Violation | undefined {
  const following: Following = { last: undefined, writing: -1n };
  for (const [at, operation] of inOrder.entries()) {
    follow(operation, following, judging.time);
    const read = clearRead(operation, inOrder, at);
    const broken = read && judgeRead(read, following, judging);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

function follow(operation: Operation, following: Following, time: ServerTime): void {
  if (!isWrite(operation) || operation.type === 'fail') return;
  const { last, writing } = following;
  following.last = operation.call < writing ? undefined : after(operation, last, time);
  if (operation.return > writing) following.writing = operation.return;
}

function judgeRead(read: Get, { last, writing }: Following, judging: Judging): Violation | undefined {
  return last === undefined || read.call < writing ? undefined : checkRead(read, last, judging);
}

/** The operation where it is an answered read that meets no later write. */
function clearRead(operation: Operation, inOrder: readonly Operation[], at: number): Get | undefined {
  if (operation.f !== 'get' || operation.type !== 'ok') return undefined;
  return meetsWrite(operation, inOrder, at) ? undefined : operation;
}

/** True where a write was called before the read had returned. */
function meetsWrite(read: Get, inOrder: readonly Operation[], at: number): boolean {
  for (let next = at + 1; next < inOrder.length; next += 1) {
    const other = inOrder[next];
    if (other === undefined || other.call > read.return) return false;
    if (isWrite(other)) return true;
  }
  return false;
}

/** Undefined where reads after it decide nothing. */
function after(write: Operation, last: Last | undefined, time: ServerTime): Last | undefined {
  if (write.f === 'batch') throw new NotApplicable('batches have no place in a history of expiry');
  if (write.type === 'info' || !('ttlMs' in write)) return undefined;
  const [earliest, latest] = [time.earliest(write.call), time.latest(write.return)];
  const endOf = (ttlMs: Ttl): Last['end'] => {
    if (ttlMs === null) return null;
    if (ttlMs !== 'keep') return { from: earliest + ttlMs, to: latest + ttlMs };
    return last?.end ?? null;
  };
  if (write.f === 'touch') return last && { ...last, write, end: endOf(write.ttlMs), goneAt: undefined };
  // Whether there was still an end to keep cannot be told.
  if (write.ttlMs === 'keep' && (last === undefined || last.end !== null)) return undefined;
  return { write, value: write.input, end: endOf(write.ttlMs), goneAt: undefined };
}

function checkRead(read: Get, last: Last, { time, parameters, counts }: Judging): Violation | undefined {
  const { end } = last;
  const { slackMs, edgeMs } = parameters;
  // How long before every moment at which it may have ended, and how long after: below 0 it is not.
  const early = end === null ? Number.POSITIVE_INFINITY : end.from - slackMs - time.latest(read.return);
  const late = end === null ? Number.NEGATIVE_INFINITY : time.earliest(read.call) - end.to - slackMs;
  const broken = read.output === null ? checkMiss(read, last, early) : checkHit(read, last, late);
  if (broken !== undefined || end === null) return broken;
  if (early > 0) counts['hits before an end'] += 1;
  if (early > 0 && early <= edgeMs) counts['just before an end'] += 1;
  if (late > 0) counts['misses after an end'] += 1;
  if (late > 0 && late <= edgeMs) counts['just after an end'] += 1;
  return undefined;
}

function checkMiss(read: Get, last: Last, early: number): Violation | undefined {
  const { write, value, end } = last;
  last.goneAt ??= read;
  if (early <= 0) return undefined;
  const by = end === null ? 'although it has no end' : `${Math.round(early)} ms before its end`;
  return violationAt('a hit until the end', `${value} was gone ${by}`, [write, read]);
}

function checkHit(read: Get, { write, value, goneAt }: Last, late: number): Violation | undefined {
  if (read.output !== value) return violationAt(`a read of ${value}`, `it returned ${read.output}`, [write, read]);
  if (goneAt !== undefined && goneAt.return < read.call) {
    return violationAt('what has ended to stay gone', `${value} came back`, [write, goneAt, read]);
  }
  if (late <= 0) return undefined;
  return violationAt('a miss from the end on', `${value} was there ${Math.round(late)} ms after its end`, [
    write,
    read,
  ]);
}
