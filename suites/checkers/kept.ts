/**
 * What was acknowledged is there at the end, for keys that were written once: the last read of a key that began after
 * its write was acknowledged sees it. A value that was never written is wrong whatever may be lost.
 */

import { Type } from 'typebox';
import { type Get, groupByKey, type Operation, type SetValue } from '../history.ts';
import { type Checker, type CheckVerdict, NotApplicable } from './checker.ts';
import { renderWitness } from './witness.ts';

/** Of the clock of histories, in milliseconds. */
export interface LossWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

interface Parameters {
  /**
   * For controls and for damage: absence is counted and no violation. A window: of what was acknowledged in it alone,
   * as one who lost it has told.
   */
  readonly mayLose: boolean | LossWindow;
}

export const kept: Checker<Parameters> = {
  version: 1,
  parameters: Type.Object(
    {
      mayLose: Type.Union([
        Type.Boolean(),
        Type.Object({ fromMs: Type.Number(), toMs: Type.Number() }, { additionalProperties: false }),
      ]),
    },
    { additionalProperties: false },
  ),
  check(operations, { mayLose }, budget) {
    const fates: Fate[] = [];
    for (const own of groupByKey(operations).values()) {
      budget.spend();
      fates.push(fateOf(own));
    }
    const made = fates.find(({ wrong }) => wrong !== undefined);
    if (made?.wrong !== undefined) {
      return violation(`a value that nobody wrote: ${made.wrong.output}`, made.write, made.wrong);
    }
    const acknowledged = fates.filter(({ write }) => write.type === 'ok');
    const read = acknowledged.filter(({ last }) => last !== undefined);
    const lost = read.filter(isLost);
    const broken = lost.filter(({ write }) => !isExcused(write, mayLose));
    const [first] = broken;
    if (first?.last !== undefined) {
      const where =
        typeof mayLose === 'boolean' ? '' : ' that were acknowledged before or after the loss that was told';
      return violation(`${broken.length} of ${read.length} acknowledged writes lost${where}`, first.write, first.last);
    }
    return { verdict: 'holds', counts: { acknowledged: acknowledged.length, read: read.length, lost: lost.length } };
  },
};

/** Of keys that were written once: acknowledged writes that were read at the end, and how many of them were absent. */
export function countLost(operations: readonly Operation[]): { readonly acknowledged: number; readonly lost: number } {
  const fates = [...groupByKey(operations).values()].map(fateOf);
  const read = fates.filter(({ write, last }) => write.type === 'ok' && last !== undefined);
  return { acknowledged: read.length, lost: read.filter(isLost).length };
}

function isExcused({ return: acknowledged }: SetValue, mayLose: Parameters['mayLose']): boolean {
  if (typeof mayLose === 'boolean') return mayLose;
  const atMs = Number(acknowledged) / 1e6;
  return atMs >= mayLose.fromMs && atMs <= mayLose.toMs;
}

function isLost({ last }: Fate): boolean {
  return last?.output === null;
}

interface Fate {
  readonly write: SetValue;
  /** The last answered read that began after the acknowledgement. */
  readonly last: Get | undefined;
  /** A read of something else than what was written. */
  readonly wrong: Get | undefined;
}

function fateOf(operations: readonly Operation[]): Fate {
  const writes = operations.filter((one) => one.f === 'set');
  const reads = operations.filter((one) => one.f === 'get');
  const [write] = writes;
  if (write === undefined || writes.length > 1 || writes.length + reads.length < operations.length) {
    const [{ i, key } = { i: -1, key: '' }] = operations;
    throw new NotApplicable(`key ${key} of operation ${i} is not one that is written once and read`);
  }
  const answered = reads.filter(({ type }) => type === 'ok');
  const wrong = answered.find(({ output }) => output !== null && output !== write.input);
  const last = answered.filter(({ call }) => call >= write.return).sort((a, b) => Number(b.call - a.call))[0];
  return { write, last, wrong };
}

function violation(actual: string, write: SetValue, read: Get): CheckVerdict {
  return {
    verdict: 'violated',
    expected: 'every acknowledged write to be read at the end',
    actual,
    witness: renderWitness(actual, [write, read]),
    operations: [write.i, read.i],
    impossible: read.i,
  };
}
