import type { BackendName, CaseResult } from '../../../reports/schema.ts';
import { renderBytes, renderCount } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** What cases call the peak memory that they measured on purpose. */
export const peakMemory = 'server peak RSS';

const maxRows = 16;

interface Row {
  readonly id: string;
  readonly peaks: ReadonlyMap<BackendName, number>;
  readonly most: number;
}

/**
 * Peak memory by case, with bars on one scale: of the cases that measured it on purpose, else of those that took most.
 */
export function renderMemory({ report, matrix }: PageRun): Markup {
  const measured = report.results.filter((result) => measuredPeak(result) !== undefined);
  const all = measured.length > 0 ? rowsOf(measured, measuredPeak) : rowsOf(report.results, sampledPeak);
  const rows = all.toSorted((a, b) => b.most - a.most).slice(0, maxRows);
  const peak = rows[0]?.most ?? 0;
  if (peak === 0) return nothing;
  const backends = matrix.backends.filter((name) => rows.some(({ peaks }) => peaks.has(name)));
  const which = all.length > rows.length ? `; the ${renderCount(rows.length)} highest` : '';
  return html`<h3>Peak memory <small>of the server, by case${which}</small></h3>
<div class="scroll"><table class="meters"><thead><tr><td></td>${backends.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    ({ id, peaks }) =>
      html`<tr><th scope="row"><code>${id}</code></th>${backends.map((name) => renderMeter(peaks.get(name) ?? 0, peak))}</tr>
`,
  )}</tbody></table></div>`;
}

function measuredPeak({ measurements }: CaseResult): number | undefined {
  return measurements.find(({ name }) => name === peakMemory)?.value;
}

function sampledPeak({ peakRssBytes }: CaseResult): number | undefined {
  return peakRssBytes ?? undefined;
}

function rowsOf(results: readonly CaseResult[], peakOf: (result: CaseResult) => number | undefined): readonly Row[] {
  return [...Map.groupBy(results, ({ suite, id }) => `${suite} ${id}`).values()].flatMap((group) => {
    const peaks = new Map(group.map((result) => [result.backend, peakOf(result) ?? 0]));
    const most = Math.max(...peaks.values());
    return most > 0 ? [{ id: group[0]?.id ?? '', peaks, most }] : [];
  });
}

function renderMeter(bytes: number, peak: number): Markup {
  if (bytes === 0) return html`<td>–</td>`;
  const width = ((bytes / peak) * 100).toFixed(1);
  return html`<td>${renderBytes(bytes)}<svg class="meter" width="100%" height="4" aria-hidden="true"><rect width="${width}%" height="100%"/></svg></td>`;
}
