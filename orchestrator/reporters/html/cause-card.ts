import type { CaseResult } from '../../../reports/schema.ts';
import type { Cause } from '../causes.ts';
import { glyphs } from '../matrix.ts';
import { renderGot } from '../places.ts';
import { renderPlural } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';
import { type Opened, renderResult } from './result-block.ts';

const maxListed = 200;

/** One cause: the claim, what came instead, how it was asked, what the server logged, how to see it again. */
export function renderCauseCard(cause: Cause, run: PageRun, opened: Opened): Markup {
  const { kind, verdict, first, results } = cause;
  const backends = [...new Set(results.map(({ backend }) => backend))];
  const title = kind === 'died' ? `The server died, and ${renderPlural(results.length, 'case')} with it` : first.claim;
  const anchor = run.anchorOf(first);
  return html`<article class="card ${verdict}" tabindex="-1" id="${anchor}">
<header><p class="tags"><b class="tag ${verdict}"><i aria-hidden="true">${glyphs[verdict]}</i> ${verdict}</b>${backends.map((name) => html`<b class="tag">${name}</b>`)}<a class="id" href="#${hrefOf(anchor)}">${first.suite} ${first.id}</a></p>
<h3>${title}</h3></header>
${kind === 'died' ? html`<p class="cause">It began with <code>${first.id}</code>: ${first.claim}.</p>` : nothing}
${kind === 'claim' ? renderBackends(cause, run, opened) : renderResult(first, run, opened)}
${kind === 'claim' ? nothing : renderListed(cause, run)}
</article>
`;
}

/** A fragment that finds the anchor again. */
export function hrefOf(anchor: string): string {
  return encodeURI(anchor).replaceAll('#', '%23');
}

/** The results that have their anchor in the card of a cause. */
export function anchoredResults({ kind, first, results }: Cause): readonly CaseResult[] {
  return kind === 'claim' ? results : [first, ...listedResults(first, results)];
}

function listedResults(first: CaseResult, results: readonly CaseResult[]): readonly CaseResult[] {
  return results.filter((result) => result !== first).slice(0, maxListed);
}

/** One claim on several backends: those that got the same as the first are folded up. */
function renderBackends({ first, results }: Cause, run: PageRun, opened: Opened): Markup {
  const wanted = JSON.stringify(renderGot(first));
  const others = results.filter((result) => result !== first);
  const alike = others.filter((result) => JSON.stringify(renderGot(result)) === wanted);
  const named = others.length > alike.length;
  const folded = { exchange: false, log: false };
  return html`${named ? html`<h4 class="on">on ${first.backend}</h4>` : nothing}${renderResult(first, run, opened)}
${alike.map((result) => html`<details class="alike" id="${run.anchorOf(result)}"><summary>The same on ${result.backend}</summary>${renderResult(result, run, folded)}</details>`)}
${others.filter((result) => !alike.includes(result)).map((result) => html`<div class="other" id="${run.anchorOf(result)}"><h4 class="on">on ${result.backend}</h4>${renderResult(result, run, folded)}</div>`)}`;
}

function renderListed({ first, results }: Cause, run: PageRun): Markup {
  const others = results.length - 1;
  if (others === 0) return nothing;
  const items = listedResults(first, results).map(
    (result) =>
      html`<li id="${run.anchorOf(result)}"><i aria-hidden="true">${glyphs[result.verdict]}</i> ${result.backend} <code>${result.id}</code> ${result.claim}<pre>${result.reproduce}</pre></li>
`,
  );
  return html`<details class="also"${others > 6 ? nothing : html` open`}><summary>The same for ${renderPlural(others, 'other case')}</summary><ul>${items}</ul></details>`;
}
