import type { HistoryExcerpt, HistoryStep } from '../reports/schema.ts';
import type { Violation } from './checkers/checker.ts';
import { describeOperation } from './checkers/witness.ts';
import { byCall, keysOf, type Operation } from './history.ts';

/** So many steps are drawn; more would not be read. */
const maxSteps = 60;

/** What a violation rests on, and what else happened to the same keys meanwhile. */
export function excerptOf(operations: readonly Operation[], violation: Violation): HistoryExcerpt {
  const named = new Set(violation.operations);
  const witness = operations.filter(({ i }) => named.has(i));
  const keys = new Set(witness.flatMap(keysOf));
  const from = least(witness.map(({ call }) => call));
  const to = most(witness.map((operation) => operation.return));
  const around = operations.filter(
    (one) => !named.has(one.i) && one.call <= to && one.return >= from && keysOf(one).some((key) => keys.has(key)),
  );
  const chosen = [...witness, ...around.slice(0, Math.max(0, maxSteps - witness.length))]
    .slice(0, maxSteps)
    .sort(byCall);
  const start = least(chosen.map(({ call }) => call));
  const us = (at: bigint): number => Number((at - start) / 1_000n);
  const roleOf = ({ i }: Operation): HistoryStep['role'] => {
    if (i === violation.impossible) return 'impossible';
    return named.has(i) ? 'witness' : 'around';
  };
  return {
    steps: chosen.map((operation) => ({
      operation: operation.i,
      process: operation.process,
      what: describeOperation(operation),
      type: operation.type,
      fromUs: us(operation.call),
      toUs: operation.type === 'info' ? null : us(operation.return),
      role: roleOf(operation),
    })),
    statesBefore: [...(violation.statesBefore ?? [])],
  };
}

function least(times: readonly bigint[]): bigint {
  return times.reduce((found, time) => (time < found ? time : found), times[0] ?? 0n);
}

function most(times: readonly bigint[]): bigint {
  return times.reduce((found, time) => (time > found ? time : found), times[0] ?? 0n);
}
