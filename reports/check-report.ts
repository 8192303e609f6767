/** The gate that every report passes before it is written, and again when it is read. */

import { Value } from 'typebox/value';
import type { CaseRef, Verdict } from './schema.ts';
import { RunReport } from './schema.ts';

/** A report that does not keep its own contract: a defect of the harness, never of what was tested. */
export class ReportRefused extends Error {
  override readonly name = 'ReportRefused';
}

const nameOf = ({ backend, suite, id }: CaseRef): string => `${backend} ${suite} ${id}`;

function countByName(refs: readonly CaseRef[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const ref of refs) counts.set(nameOf(ref), (counts.get(nameOf(ref)) ?? 0) + 1);
  return counts;
}

/** What one list has more of than the other. */
function surplus(of: Map<string, number>, over: Map<string, number>): string[] {
  return [...of].filter(([name, count]) => count > (over.get(name) ?? 0)).map(([name]) => name);
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function checkPlanned(report: RunReport): void {
  const planned = countByName(report.planned);
  const results = countByName(report.results);
  const missing = surplus(planned, results);
  if (missing.length > 0) throw new ReportRefused(`planned without a result: ${list(missing)}`);
  const unplanned = surplus(results, planned);
  if (unplanned.length > 0) throw new ReportRefused(`results that were not planned: ${list(unplanned)}`);
}

function checkTotals(report: RunReport): void {
  for (const [verdict, total] of Object.entries(report.totals) as [Verdict, number][]) {
    const counted = report.results.filter((result) => result.verdict === verdict).length;
    if (counted !== total) throw new ReportRefused(`totals say ${total} ${verdict}, the results ${counted}`);
  }
}

/**
 * Returns the report when it keeps its schema, its results are exactly the planned set and its totals are theirs.
 * Throws ReportRefused with the first contradiction.
 */
export function checkReport(value: unknown): RunReport {
  const [problem] = Value.Errors(RunReport, value);
  if (problem !== undefined) {
    throw new ReportRefused(`the report breaks its schema at ${problem.instancePath || '/'}: ${problem.message}`);
  }
  const report = value as RunReport;
  checkPlanned(report);
  checkTotals(report);
  return report;
}
