import type { CaseResult } from '../../reports/schema.ts';

/** `reasonCode` of every case that could not be judged, or failed, because the server under test had ended. */
const serverDiedCode = 'server_died';
/** Of cases that failed by what the server logged alone. */
const loggedCode = 'logged';

/**
 * Results that need a person's eye once, because one cause explains them all.
 * claim: one claim, on one or several backends. died: the server of one backend ended, in one way. reason: undecided alike.
 */
export interface Cause {
  readonly kind: 'claim' | 'died' | 'reason';
  readonly verdict: 'failed' | 'inconclusive';
  readonly first: CaseResult;
  /** All of them, `first` included. */
  readonly results: readonly CaseResult[];
}

/** Folds failed and inconclusive results by cause: failed ones first, else in the order of the results. */
export function foldCauses(results: readonly CaseResult[]): readonly Cause[] {
  const groups = new Map<string, CaseResult[]>();
  for (const result of results) {
    if (result.verdict !== 'failed' && result.verdict !== 'inconclusive') continue;
    const key = keyOf(result);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [result]);
    else group.push(result);
  }
  const causes = [...groups.values()].flatMap(causeOf);
  return [...causes.filter(({ verdict }) => verdict === 'failed'), ...causes.filter((c) => c.verdict !== 'failed')];
}

function keyOf(result: CaseResult): string {
  if (result.reasonCode === serverDiedCode) return JSON.stringify(['died', result.backend, result.reason]);
  // The same line, in the time of several cases on one server.
  if (result.reasonCode === loggedCode) return JSON.stringify(['logged', result.backend, result.reason]);
  if (result.verdict === 'failed') return JSON.stringify(['claim', result.suite, result.id]);
  const guards = shortGuards(result).map(({ guard }) => guard);
  return JSON.stringify(['reason', result.suite, result.reasonCode, result.reason, guards]);
}

function causeOf(group: readonly CaseResult[]): Cause[] {
  // What failed tells more than what could not be judged after it.
  const first = group.find(({ verdict }) => verdict === 'failed') ?? group[0];
  if (first === undefined) return [];
  const verdict = first.verdict === 'failed' ? 'failed' : 'inconclusive';
  return [{ kind: kindOf(first, group), verdict, first, results: group }];
}

function kindOf(first: CaseResult, group: readonly CaseResult[]): Cause['kind'] {
  if (first.reasonCode === serverDiedCode) return 'died';
  return group.every(({ id }) => id === first.id) ? 'claim' : 'reason';
}

/** The guards of a case that fell short of their minimum. */
export function shortGuards(result: CaseResult): CaseResult['vacuity'] {
  return result.vacuity.filter(({ value, minimum }) => value < minimum);
}
