import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** What this run says nothing about: why, and what would change that. */
export function renderNotTested({ sentence }: PageRun): Markup {
  if (sentence.untested.length === 0) return nothing;
  const items = sentence.untested.map(
    ({ what, reason, mend }) =>
      html`<li><b>${what}</b><p>${reason}</p>${mend === null ? nothing : html`<p class="mend"><span>To test it:</span> ${mend}</p>`}</li>
`,
  );
  return html`<section id="not-tested"><h2>Not tested</h2>
<ul class="absent">${items}</ul></section>`;
}
