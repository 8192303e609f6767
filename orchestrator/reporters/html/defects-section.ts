import type { DefectRow } from '../../../reports/schema.ts';
import { renderDuration, renderPlural } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** The matrix of planted defects: who had to find each, and whether it did. */
export function renderDefects({ report }: PageRun): Markup {
  const { defects } = report;
  if (defects === undefined) return nothing;
  const missed = defects.filter(({ verdict }) => verdict === 'missed').length;
  const sum = missed === 0 ? 'all of them found' : `${missed} MISSED`;
  return html`<section id="defects"><h2>Planted defects <small>${renderPlural(defects.length, 'defect')}, ${sum}</small></h2>
<div class="scroll"><table class="list"><thead><tr><th>Outcome</th><th>What the broken program does</th><th>Where</th><th>Found by</th><th>Who says no</th><th>Without it</th><th>What cannot see it</th><th>Took</th></tr></thead><tbody>${defects.map(renderRow)}</tbody></table></div></section>`;
}

function renderRow(row: DefectRow): Markup {
  const { name, does, layer, caughtBy, checker, verdict, reason, said, control, unseenBy, durationMs } = row;
  const outcome =
    verdict === 'caught'
      ? html`<b class="passed"><i aria-hidden="true">✓</i> caught</b>`
      : html`<b class="failed"><i aria-hidden="true">✗</i> missed</b>`;
  const blind = unseenBy === null ? nothing : html`<code>${unseenBy.suite}/${unseenBy.id}</code> ${unseenBy.verdict}`;
  return html`<tr><td>${outcome}</td><td>${does} <small><code>${name}</code></small><p class="place">${reason ?? said ?? ''}</p></td><td>${layer}</td><td><code>${caughtBy.suite}/${caughtBy.id}</code></td><td>${checker}</td><td>${control}</td><td>${blind}</td><td>${renderDuration(durationMs)}</td></tr>
`;
}
