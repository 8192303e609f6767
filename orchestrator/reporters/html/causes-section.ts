import type { CaseResult } from '../../../reports/schema.ts';
import { renderPlural } from '../quantities.ts';
import { anchoredResults, renderCauseCard } from './cause-card.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** What all cards together may take, so that a run where everything fails still makes a page that opens. */
const maxLength = 600_000;

export interface CausesSection {
  readonly section: Markup;
  /** Results that have their anchor in a card. */
  readonly shown: ReadonlySet<CaseResult>;
}

/** A card for each cause, as many as the page can bear. */
export function renderCauses(run: PageRun): CausesSection {
  const cards: Markup[] = [];
  const shown = new Set<CaseResult>();
  let length = 0;
  for (const [index, cause] of run.causes.entries()) {
    const card = renderCauseCard(cause, run, { exchange: index < 3, log: index === 0 });
    length += card.markup.length;
    if (length > maxLength) break;
    cards.push(card);
    for (const result of anchoredResults(cause)) shown.add(result);
  }
  if (run.causes.length === 0) return { section: nothing, shown };
  const rest = run.causes.length - cards.length;
  const more =
    rest === 0
      ? nothing
      : html`<p class="more">${renderPlural(rest, 'more cause')} not shown here: see <a href="#cases">all cases</a> and report.json.</p>`;
  const results = run.causes.reduce((sum, { results: r }) => sum + r.length, 0);
  const folded = results === run.causes.length ? '' : `${renderPlural(results, 'case')}, folded by cause`;
  return {
    section: html`<section id="causes"><h2>Findings <small>${folded}</small></h2>
${cards}${more}</section>`,
    shown,
  };
}
