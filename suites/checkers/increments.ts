/**
 * No lost update: compare-and-sets that each add one to what they read. Every acknowledged one begins at the version
 * that exactly one write made, so that they form one chain; the last read of the counter lies within what was
 * acknowledged and that plus what has no known outcome; and every number on the way to it was written by one of those,
 * not by one that was refused.
 */

import { Type } from 'typebox';
import { byCall, type CompareAndSet, type Get, groupByKey, type Operation } from '../history.ts';
import { type Checker, type CheckVerdict, NotApplicable } from './checker.ts';
import { renderWitness } from './witness.ts';

export const increments: Checker<Readonly<Record<string, never>>> = {
  version: 3,
  parameters: Type.Object({}, { additionalProperties: false }),
  check(operations) {
    const counts = { acknowledged: 0, 'lost races': 0, unknown: 0 };
    for (const own of groupByKey(operations).values()) {
      const chain = chainOf(own);
      const broken = checkChain(chain);
      if (broken !== undefined) return broken;
      counts.acknowledged += chain.acknowledged.length;
      counts.unknown += chain.unknown.length;
      counts['lost races'] += own.filter(({ output }) => output === 'mismatch').length;
    }
    return { verdict: 'holds', counts };
  },
};

interface Chain {
  readonly start: Operation;
  readonly acknowledged: readonly CompareAndSet[];
  readonly unknown: readonly CompareAndSet[];
  readonly refused: readonly CompareAndSet[];
  /** The last read, called after everything else ended. */
  readonly final: Get;
}

/** A counter begins with one write of a number, then come compare-and-sets by version, at the end a read. */
function chainOf(own: readonly Operation[]): Chain {
  const inOrder = [...own].sort(byCall);
  const [start] = inOrder;
  const final = inOrder.at(-1);
  if (start === undefined || start.type !== 'ok' || (start.f !== 'set' && start.f !== 'create')) {
    throw new NotApplicable('a counter begins with an acknowledged write');
  }
  if (final === undefined || final.f !== 'get' || final.type !== 'ok') {
    throw new NotApplicable('a counter ends with an answered read');
  }
  const others = inOrder.slice(1).filter(({ f }) => f !== 'get');
  const steps = others.filter((one) => one.f === 'cas');
  if (steps.length < others.length) throw new NotApplicable('after its first write a counter is changed by cas alone');
  const late = others.find((one) => one.type === 'ok' && one.return > final.call);
  if (late !== undefined) throw new NotApplicable(`operation ${late.i} ended after the last read began`);
  const ofType = (type: Operation['type']): CompareAndSet[] => steps.filter((one) => one.type === type);
  return { start, acknowledged: ofType('ok'), unknown: ofType('info'), refused: ofType('fail'), final };
}

function checkChain(chain: Chain): CheckVerdict | undefined {
  const { start, acknowledged, unknown, final } = chain;
  const byFrom = Map.groupBy(acknowledged, fromOf);
  for (const [from, group] of byFrom) {
    if (group.length > 1) {
      const actual = `${group.length} acknowledged writes began at ${from}`;
      return violation('one successor of every write', actual, group);
    }
  }
  const first = Number(start.input);
  const value = Number(final.output);
  const least = first + acknowledged.length;
  const most = least + unknown.length;
  if (!(value >= least && value <= most)) {
    const expected = least === most ? `a counter of ${least}` : `a counter of ${least} to ${most}`;
    const shown = [...acknowledged.slice(-3), ...unknown.slice(-3), final];
    return violation(expected, `the counter ends at ${final.output ?? 'absent'}`, shown);
  }
  return checkNumbers(chain, first, value) ?? (unknown.length > 0 ? undefined : followChain(byFrom, chain));
}

/** A refused write that happened all the same shows as a number that nobody else wrote. */
function checkNumbers(
  { acknowledged, unknown, refused, final }: Chain,
  first: number,
  last: number,
): CheckVerdict | undefined {
  const written = new Set([...acknowledged, ...unknown].map(({ input }) => Number(input)));
  for (let number = first + 1; number <= last; number += 1) {
    if (written.has(number)) continue;
    const actual = `the counter passed ${number}, which only refused writes could have made`;
    const shown = refused.filter(({ input }) => Number(input) === number);
    return violation(`an accepted write of ${number}`, actual, [...shown, final]);
  }
  return undefined;
}

function followChain(
  byFrom: ReadonlyMap<string, readonly CompareAndSet[]>,
  { start, acknowledged, final }: Chain,
): CheckVerdict | undefined {
  let last: Operation = start;
  for (let step = 0; step < acknowledged.length; step += 1) {
    const next = byFrom.get(last.server.version ?? '')?.[0];
    if (next === undefined) {
      return violation('one chain of acknowledged writes', `nothing follows ${last.server.version}`, [last]);
    }
    last = next;
  }
  const [expected, actual] = [last.server.version, final.server.version];
  if (expected === actual) return undefined;
  return violation(`the last acknowledged write, ${expected}, to be what is stored`, `${actual} is stored`, [
    last,
    final,
  ]);
}

function fromOf({ expected, i }: CompareAndSet): string {
  if (expected.by === 'version') return expected.version;
  throw new NotApplicable(`operation ${i} compares a value, which may come back; a counter compares versions`);
}

function violation(expected: string, actual: string, shown: readonly Operation[]): CheckVerdict {
  const operations = shown.map(({ i }) => i);
  return { verdict: 'violated', expected, actual, witness: renderWitness(actual, shown), operations };
}
