import type { CaseResult, NotTested, RunReport } from '../../reports/schema.ts';
import { renderPlural } from './quantities.ts';

/** All that was not tested: what was not planned, and the skipped cases, one entry per reason. */
export function untestedOf(report: RunReport): readonly NotTested[] {
  const groups = new Map<string, { readonly first: CaseResult; count: number }>();
  for (const result of report.results) {
    if (result.verdict !== 'skipped') continue;
    const key = JSON.stringify([result.suite, result.backend, result.reason]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { first: result, count: 1 });
    else group.count += 1;
  }
  const skipped = [...groups.values()].map(({ first, count }) => ({
    what: `${renderPlural(count, 'claim')} of ${first.suite} on ${first.backend}`,
    reason: first.reason ?? first.reasonCode ?? 'skipped without a reason',
    mend: null,
  }));
  return [...report.notTested, ...skipped];
}
