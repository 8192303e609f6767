/**
 * Every answer is one that was declared, and a failure that promises to have had no effect had none: no read shows its
 * value. Needs values that are written once.
 */

import { Type } from 'typebox';
import type { Operation, OperationKind } from '../history.ts';
import type { Checker, CheckVerdict } from './checker.ts';
import { violationAt } from './finding.ts';

export interface ErrorContractParameters {
  /** By kind of operation, errors as the history has them: `412 precondition_failed`. What is left out is never right. */
  readonly declared: Readonly<Partial<Record<OperationKind, readonly string[]>>>;
  /** Whether an operation may stay without an answer, as it may while a server is down. */
  readonly mayStayOpen: boolean;
}

export const errorContract: Checker<ErrorContractParameters> = {
  version: 1,
  parameters: Type.Object(
    { declared: Type.Record(Type.String(), Type.Array(Type.String())), mayStayOpen: Type.Boolean() },
    { additionalProperties: false },
  ),
  check: checkErrors,
};

function checkErrors(operations: readonly Operation[], parameters: ErrorContractParameters): CheckVerdict {
  const failed = operations.filter(({ error }) => error !== null);
  const undeclared = failed.find((one) => !isDeclared(one, parameters));
  if (undeclared !== undefined) {
    return violationAt(`an answer to ${undeclared.f} that is declared`, undeclared.error ?? 'none', [undeclared]);
  }
  const refused = new Map<string, Operation>();
  for (const one of failed) {
    if (one.type === 'fail' && typeof one.input === 'string') refused.set(`${one.key} ${one.input}`, one);
  }
  for (const read of operations) {
    const write = read.f === 'get' ? refused.get(`${read.key} ${read.output ?? ''}`) : undefined;
    if (write === undefined) continue;
    return violationAt('no effect of what failed for certain', `operation ${read.i} read it`, [write, read]);
  }
  return { verdict: 'holds', counts: { failures: failed.length, 'definite failures': refused.size } };
}

/** Where no answer came, the error does not begin with a status. */
function isDeclared({ f, error }: Operation, { declared, mayStayOpen }: ErrorContractParameters): boolean {
  if (error === null || !/^\d{3}/.test(error)) return mayStayOpen;
  return declared[f]?.includes(error) === true;
}
