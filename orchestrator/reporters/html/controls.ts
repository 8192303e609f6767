import { renderCount } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** What had to lose, and what it lost. */
export function renderControls({ report }: PageRun): Markup {
  const all = report.results.flatMap((result) => (result.controls ?? []).map((control) => ({ result, control })));
  if (all.length === 0) return nothing;
  const rows = all.map(
    ({ result, control: { name, acknowledged, lost } }) =>
      html`<tr><td><code>${result.id}</code></td><td>${result.backend}</td><td>${name}</td><td>must lose: <b class="${lost > 0 ? 'passed' : 'inconclusive'}">lost ${renderCount(lost)} of ${renderCount(acknowledged)}</b></td></tr>
`,
  );
  return html`<h3>Controls <small>subjects that lose what they acknowledged, so that a case which finds no loss means something</small></h3>
<div class="scroll"><table class="list"><thead><tr><th>Case</th><th>Backend</th><th>Subject</th><th>Lost</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
