import type { CaseResult, VacuityGuard } from '../../../reports/schema.ts';
import { renderCount, renderPlural } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

const maxRows = 120;

interface Guarded {
  readonly result: CaseResult;
  readonly guard: VacuityGuard;
}

/** Each guard against an empty test with what it reached, one column a backend; those that fell short come first. */
export function renderGuards({ report, matrix }: PageRun): Markup {
  const all = report.results.flatMap((result) => result.vacuity.map((guard) => ({ result, guard })));
  if (all.length === 0) return nothing;
  const reached = all.filter(({ guard }) => !isShort(guard)).length;
  const groups = [...Map.groupBy(all, ({ result, guard }) => `${result.suite} ${result.id} ${guard.guard}`).values()];
  const ordered = groups.toSorted((a, b) => shortCount(b) - shortCount(a));
  const backends = matrix.backends.filter((name) => all.some(({ result }) => result.backend === name));
  const rows = ordered.slice(0, maxRows).map(
    (group, index) =>
      html`<tr><td>${idOf(group) === idOf(ordered[index - 1]) ? nothing : html`<code>${idOf(group)}</code>`}</td><td>${group[0]?.guard.guard ?? ''}</td>${backends.map((name) => renderCell(group.find(({ result }) => result.backend === name)))}</tr>
`,
  );
  const rest = ordered.length - maxRows;
  return html`<h3>Guards against empty tests <small>${renderCount(reached)} of ${renderCount(all.length)} reached</small></h3>
<div class="scroll"><table class="list"><thead><tr><th>Case</th><th>Guard</th>${backends.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>
${rest > 0 ? html`<p class="place">${renderPlural(rest, 'more row')} in report.json.</p>` : nothing}`;
}

function idOf(group: readonly Guarded[] | undefined): string {
  return group?.[0]?.result.id ?? '';
}

function isShort({ value, minimum }: VacuityGuard): boolean {
  return value < minimum;
}

function shortCount(group: readonly Guarded[]): number {
  return group.filter(({ guard }) => isShort(guard)).length;
}

function renderCell(guarded: Guarded | undefined): Markup {
  if (guarded === undefined) return html`<td>–</td>`;
  const { value, minimum } = guarded.guard;
  const [verdict, glyph, word] = isShort(guarded.guard) ? ['inconclusive', '?', ', short'] : ['passed', '✓', ''];
  return html`<td><b class="${verdict}">${glyph}</b> ${renderCount(value)} <small>min ${renderCount(minimum)}${word}</small></td>`;
}
