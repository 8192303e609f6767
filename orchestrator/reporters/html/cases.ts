import type { BackendName, CaseResult, SuiteName } from '../../../reports/schema.ts';
import { cutText } from '../printable.ts';
import { renderCount, renderDuration, renderPlural } from '../quantities.ts';
import { hrefOf } from './cause-card.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

const maxClaimLength = 200;

/** Classes of one letter: there are thousands of these cells. The style sheet gives each its glyph. */
const classes = { passed: 'p', failed: 'f', inconclusive: 'i', skipped: 's' } as const;

/** Every case of the run once: a row a claim, a column a backend. `inCards` have their anchor in a card above. */
export function renderCases(run: PageRun, inCards: ReadonlySet<CaseResult>): Markup {
  const { results, totals } = run.report;
  if (results.length === 0) return nothing;
  const suites = [...Map.groupBy(results, ({ suite }) => suite)];
  const verdicts = (['passed', 'failed', 'inconclusive', 'skipped'] as const).filter((verdict) => totals[verdict] > 0);
  return html`<section id="cases"><h2>All cases <small id="shown">${renderCount(results.length)}</small></h2>
<form class="filter" hidden><label><span class="hidden">Search claims</span><input type="search" placeholder="Search claims and ids" autocomplete="off" spellcheck="false"><kbd>/</kbd></label>
<div class="chips" role="group" aria-label="Verdict">${verdicts.map((verdict) => html`<button type="button" data-verdict="${classes[verdict]}" aria-pressed="false">${verdict} <i>${renderCount(totals[verdict])}</i></button>`)}</div>
<p class="only" hidden><span></span> <button type="button">Show all</button></p></form>
${suites.map(([suite, ofSuite]) => renderSuite(suite, ofSuite, { run, inCards }))}
<p class="none" hidden>No case matches.</p></section>`;
}

interface Listing {
  readonly run: PageRun;
  readonly inCards: ReadonlySet<CaseResult>;
}

function renderSuite(suite: SuiteName, results: readonly CaseResult[], listing: Listing): Markup {
  const backends = listing.run.matrix.backends.filter((name) => results.some(({ backend }) => backend === name));
  const rows = createRows(results);
  return html`<table class="cases of${backends.length}" data-suite="${suite}"><caption>${suite} <small>${renderPlural(rows.length, 'claim')}</small></caption>
<thead><tr><th scope="col">Claim</th><th scope="col">Case</th>${backends.map((name) => html`<th scope="col" id="show:${suite}/${name}" data-backend="${name}">${name}</th>`)}</tr></thead><tbody>
${rows.map((row) => renderRow(row, backends, listing))}</tbody></table>`;
}

/** Groups the results of a claim over the backends; a repetition on one backend begins another row. */
function createRows(results: readonly CaseResult[]): readonly (readonly CaseResult[])[] {
  const rows: CaseResult[][] = [];
  const open = new Map<string, CaseResult[][]>();
  for (const result of results) {
    const key = `${result.id}\n${result.claim}`;
    const same = open.get(key) ?? [];
    const free = same.find((row) => row.every(({ backend }) => backend !== result.backend));
    if (free !== undefined) {
      free.push(result);
      continue;
    }
    const row = [result];
    rows.push(row);
    open.set(key, [...same, row]);
  }
  return rows;
}

function renderRow(row: readonly CaseResult[], backends: readonly BackendName[], listing: Listing): Markup {
  const [first] = row;
  if (first === undefined) return nothing;
  const cells = backends.map((name) =>
    renderCell(
      row.find(({ backend }) => backend === name),
      listing,
    ),
  );
  return html`<tr><td>${cutText(first.claim, maxClaimLength)}</td><td>${first.id}</td>${cells}</tr>
`;
}

function renderCell(result: CaseResult | undefined, { run, inCards }: Listing): Markup {
  if (result === undefined) return html`<td></td>`;
  const anchor = run.anchorOf(result);
  const letter = classes[result.verdict];
  if (inCards.has(result)) return html`<td class="${letter}"><a href="#${hrefOf(anchor)}">${result.verdict}</a></td>`;
  const shown = result.verdict === 'passed' ? renderDuration(result.durationMs) : result.verdict;
  return html`<td class="${letter}" id="${anchor}">${shown}</td>`;
}
