import type { BackendName, CaseResult, Subject } from '../../../reports/schema.ts';
import { createLoadTables, createOtherTables } from '../measurements.ts';
import { renderBytes, renderCount, renderDuration, renderPlural } from '../quantities.ts';
import { renderControls } from './controls.ts';
import { renderGuards } from './guards.ts';
import { html, type Markup, nothing } from './markup.ts';
import { renderMeasurements } from './measurement-table.ts';
import { peakMemory, renderMemory } from './memory.ts';
import type { PageRun } from './page-run.ts';
import { renderPercentiles } from './percentile-plot.ts';
import { renderTimeline } from './timeline-plot.ts';

const maxRows = 120;

/** What stands behind the verdict: operations, memory, durability, load, guards and faults. */
export function renderTested(run: PageRun): Markup {
  const { report } = run;
  if (report.results.length === 0) return nothing;
  return html`<section id="tested"><h2>What was really tested</h2>
${renderFacts(run)}
${renderTimeline(run)}
${createLoadTables(report).map((table) => html`<h3>Load <small><code>${table.id}</code> ${table.claim}</small></h3>${renderPercentiles(table)}${renderMeasurements([table], run.matrix.backends)}`)}
${renderMemory(run)}
${renderGuards(run)}
${renderFaults(run)}
${renderControls(run)}
${renderOthers(run)}</section>`;
}

/** One column a backend: how much was done to it, and what it promised. */
function renderFacts({ report, matrix }: PageRun): Markup {
  const backends = matrix.backends.filter((name) => report.results.some(({ backend }) => backend === name));
  const results = new Map(backends.map((name) => [name, report.results.filter(({ backend }) => backend === name)]));
  const sum = (name: BackendName, kind: 'ok' | 'fail' | 'info'): number =>
    (results.get(name) ?? []).reduce((total, { operations }) => total + operations[kind], 0);
  const subject = (name: BackendName) => report.subjects.find(({ backend }) => backend === name);
  const rows: readonly (readonly [label: string, cell: (name: BackendName) => string])[] = [
    ['Claims judged', (name) => renderJudged(results.get(name) ?? [])],
    ['Operations that succeeded', (name) => renderCount(sum(name, 'ok'))],
    ['Operations refused without effect', (name) => renderCount(sum(name, 'fail'))],
    ['Operations of unknown outcome', (name) => renderCount(sum(name, 'info'))],
    ['Peak memory of the server', (name) => renderPeak(results.get(name) ?? [])],
    ['Durability declared', (name) => subject(name)?.durability.declared ?? 'unknown'],
    ['Durability probed', (name) => renderProbed(subject(name)?.durability)],
  ];
  return html`<div class="scroll"><table class="facts"><thead><tr><td></td>${backends.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows.map(
    ([
      label,
      cell,
    ]) => html`<tr><th scope="row">${label}</th>${backends.map((name) => html`<td>${cell(name)}</td>`)}</tr>
`,
  )}</tbody></table></div>`;
}

function renderJudged(results: readonly CaseResult[]): string {
  const judged = results.filter(({ verdict }) => verdict === 'passed' || verdict === 'failed').length;
  return `${renderCount(judged)} of ${renderCount(results.length)}`;
}

function renderPeak(results: readonly CaseResult[]): string {
  const peak = Math.max(0, ...results.map(({ peakRssBytes }) => peakRssBytes ?? 0));
  return peak === 0 ? 'not sampled' : renderBytes(peak);
}

function renderProbed(durability: Subject['durability'] | undefined): string {
  if (durability === undefined) return 'unknown';
  const { profile, windowMs, probedBy } = durability.probed;
  const window = windowMs === null || windowMs === 0 ? '' : ` within ${renderDuration(windowMs)}`;
  return `${profile}${window}: ${probedBy}`;
}

function renderFaults({ report }: PageRun): Markup {
  const faults = report.results.flatMap((result) => result.faults.map((fault) => ({ result, fault })));
  if (faults.length === 0) return nothing;
  const rows = faults.slice(0, maxRows).map(
    ({ result, fault }) =>
      html`<tr><td><code>${result.id}</code></td><td>${result.backend}</td><td>${fault.name}</td><td>${fault.target}</td><td>${renderDuration(fault.fromMs)} to ${renderDuration(fault.toMs)}</td><td>${fault.evidence}</td></tr>
`,
  );
  return html`<h3>Faults <small>each with the evidence that it took effect</small></h3>
<div class="scroll"><table class="list"><thead><tr><th>Case</th><th>Backend</th><th>Fault</th><th>On</th><th>When</th><th>Evidence</th></tr></thead><tbody>${rows}</tbody></table></div>${renderRest(faults.length)}`;
}

function renderOthers({ report, matrix }: PageRun): Markup {
  const tables = createOtherTables(report)
    .map((table) => ({ ...table, rows: table.rows.filter(({ name }) => name !== peakMemory) }))
    .filter(({ rows }) => rows.length > 0)
    .slice(0, maxRows);
  return tables.length === 0
    ? nothing
    : html`<h3>Measured on the way</h3>${renderMeasurements(tables, matrix.backends)}`;
}

function renderRest(count: number): Markup {
  if (count <= maxRows) return nothing;
  return html`<p class="place">${renderPlural(count - maxRows, 'more row')} in report.json.</p>`;
}
