/** Operations without a condition are never refused. */

import { Type } from 'typebox';
import type { OperationKind } from '../history.ts';
import type { Checker } from './checker.ts';
import { renderWitness } from './witness.ts';

interface Parameters {
  readonly kinds: readonly OperationKind[];
}

export const accepted: Checker<Parameters> = {
  version: 1,
  parameters: Type.Object({ kinds: Type.Array(Type.String()) }, { additionalProperties: false }),
  check(operations, { kinds }) {
    const own = operations.filter(({ f }) => kinds.includes(f));
    const refused = own.find(({ type }) => type === 'fail');
    if (refused === undefined) return { verdict: 'holds', counts: { operations: own.length } };
    return {
      verdict: 'violated',
      expected: 'every operation without a condition to be taken',
      actual: refused.error ?? 'a refusal',
      witness: renderWitness('an operation without a condition was refused', [refused]),
      operations: [refused.i],
      impossible: refused.i,
    };
  },
};
