import type { Operation } from '../history.ts';
import type { Violation } from './checker.ts';
import { renderWitness } from './witness.ts';

/** A violation that the last of the operations shown ends in. */
export function violationAt(expected: string, actual: string, shown: readonly Operation[]): Violation {
  const last = shown.at(-1);
  return {
    verdict: 'violated',
    expected,
    actual,
    witness: renderWitness(actual, shown),
    operations: shown.map(({ i }) => i),
    ...(last === undefined ? {} : { impossible: last.i }),
  };
}
