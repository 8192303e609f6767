import { renderDuration } from './duration.ts';
import { planCostMs, planRows } from './plan.ts';
import type { PreparedRun } from './prepare-run.ts';

/** What --dry-run prints. */
export function renderPlan(prepared: PreparedRun): string {
  const { plan, stores, target, notTested, requiredAbsent, seed } = prepared;
  const providers = target === undefined ? [] : [`target  ${target.url}`];
  for (const store of stores) if (store.found) providers.push(`${store.backend}  ${store.provider}: ${store.reason}`);
  const rows = planRows(plan).map(
    ({ backend, suite, cases, costMs }) => `${suite} on ${backend}  ${cases} cases, about ${renderDuration(costMs)}`,
  );
  const untested = notTested.map(
    ({ what, reason, mend }) => `NOT TESTED  ${what} (${reason})${mend === null ? '' : `\n  to test it: ${mend}`}`,
  );
  return [
    ...providers,
    '',
    ...rows,
    '',
    `${plan.length} cases, about ${renderDuration(planCostMs(plan))} of case time, seed ${seed}`,
    ...requiredAbsent.map((name) => `REQUIRED AND ABSENT  ${name}`),
    ...untested,
    '',
  ].join('\n');
}
