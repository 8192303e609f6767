/** The exit code of a run. It starts at 3: a run that proves nothing is not a success. */

import type { CaseRef, CaseResult, RunReport } from '../reports/schema.ts';

export interface Ended {
  readonly planned: readonly CaseRef[];
  readonly results: readonly CaseResult[];
  /** What --require asked for and is not there. */
  readonly requiredAbsent: readonly string[];
  /** The signal that ended the run early. */
  readonly interruptedBy: 'SIGINT' | 'SIGTERM' | undefined;
}

/** Pairs of suite and backend of which no case was judged: all were skipped or could not tell. */
function unjudgedPairs(planned: readonly CaseRef[], results: readonly CaseResult[]): string[] {
  const pair = ({ suite, backend }: CaseRef): string => `${suite} on ${backend}`;
  const judged = new Set(results.filter(({ verdict }) => verdict === 'passed' || verdict === 'failed').map(pair));
  return [...new Set(planned.map(pair))].filter((name) => !judged.has(name));
}

function cases(count: number): string {
  return count === 1 ? '1 case' : `${count} cases`;
}

function inconclusiveReasons({ planned, results, requiredAbsent }: Ended): string[] {
  const inconclusive = results.filter(({ verdict }) => verdict === 'inconclusive').length;
  const reasons = requiredAbsent.map((name) => `${name} is required and absent`);
  if (planned.length === 0) reasons.push('nothing was planned');
  if (results.length < planned.length) reasons.push(`${cases(planned.length - results.length)} without a result`);
  if (inconclusive > 0) reasons.push(`${cases(inconclusive)} inconclusive`);
  const unjudged = unjudgedPairs(planned, results);
  if (unjudged.length > 0) reasons.push(`no case was judged of ${unjudged.join(', ')}`);
  return reasons;
}

/** 130 and 143 after a signal; else 1 with findings; else 3 where something could not be told; else 0. */
export function decideExit(ended: Ended): RunReport['exit'] {
  const failed = ended.results.filter(({ verdict }) => verdict === 'failed').length;
  const reasons = inconclusiveReasons(ended);
  if (failed > 0) reasons.unshift(`${cases(failed)} failed`);
  const why = reasons.join('; ');
  if (ended.interruptedBy === 'SIGINT') return { code: 130, why: `interrupted${why === '' ? '' : `; ${why}`}` };
  if (ended.interruptedBy === 'SIGTERM') return { code: 143, why: `terminated${why === '' ? '' : `; ${why}`}` };
  if (failed > 0) return { code: 1, why };
  if (reasons.length > 0) return { code: 3, why };
  const skipped = ended.results.filter(({ verdict }) => verdict === 'skipped').length;
  const rest = skipped === 0 ? '' : `, ${cases(skipped)} skipped`;
  return { code: 0, why: `${cases(ended.results.length - skipped)} passed${rest}` };
}
