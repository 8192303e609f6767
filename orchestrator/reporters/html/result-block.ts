import type { CaseResult, Finding } from '../../../reports/schema.ts';
import { shortGuards } from '../causes.ts';
import { glyphs } from '../matrix.ts';
import { mendOf } from '../mends.ts';
import { renderByHand, renderGot } from '../places.ts';
import { cutText } from '../printable.ts';
import { renderCount, renderPlural } from '../quantities.ts';
import { renderSince } from '../since.ts';
import { renderCommand } from './command.ts';
import { renderComparison } from './comparison.ts';
import { renderExcerpt } from './excerpt-plot.ts';
import { renderLog } from './log-block.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

const maxExchangeLength = 6_000;
const maxWitnessLength = 8_000;
const maxFindings = 5;

/** Which folded parts begin unfolded. */
export interface Opened {
  readonly exchange: boolean;
  readonly log: boolean;
}

/** What one case of one backend found, and the commands that show it again. */
export function renderResult(result: CaseResult, run: PageRun, opened: Opened): Markup {
  const more = result.findings.length - maxFindings;
  return html`${renderReason(result)}
${result.findings.slice(0, maxFindings).map((finding) => renderFinding(finding, run, opened))}
${more > 0 ? html`<p class="place">${renderPlural(more, 'further finding')} in report.json.</p>` : nothing}
<div class="commands">${renderCommands(result, run)}</div>
${renderHistory(result, run)}`;
}

/** What kept the case from a verdict; for a failure without a finding, why it failed. */
function renderReason(result: CaseResult): Markup {
  const guards = shortGuards(result).map(
    ({ guard, value, minimum }) =>
      html`<li><b>${guard}</b>: ${renderCount(value)}, at least ${renderCount(minimum)} needed</li>`,
  );
  const list = guards.length === 0 ? nothing : html`<ul class="guards">${guards}</ul>`;
  if (result.findings.length > 0) return list;
  const mend = mendOf(result);
  const cure = mend === undefined ? nothing : html`<p class="mend"><span>To judge it:</span> ${mend}.</p>`;
  return html`<div class="reason"><p>${renderGot(result).got}</p>${list}${cure}</div>`;
}

function renderFinding(finding: Finding, run: PageRun, opened: Opened): Markup {
  const { expected, actual, exchange, witness, excerpt, logRange } = finding;
  return html`${renderComparison(expected, actual)}
${witness === null ? nothing : html`<div class="witness"><h4>Witness</h4><pre>${cutText(witness, maxWitnessLength)}</pre></div>`}
${renderExcerpt(excerpt)}
${exchange === null ? nothing : renderExchange(exchange, opened.exchange)}
${renderLog(logRange, run.context, opened.log)}`;
}

function renderExchange({ request, response }: NonNullable<Finding['exchange']>, open: boolean): Markup {
  const answer = cutText(response ?? 'No answer came.', maxExchangeLength);
  return html`<details class="exchange"${open ? html` open` : nothing}><summary>Exchange</summary><div class="comparison"><div><h4>Request</h4><pre>${cutText(request, maxExchangeLength)}</pre></div><div><h4>Answer</h4><pre>${answer}</pre></div></div></details>`;
}

function renderCommands(result: CaseResult, { report }: PageRun): readonly Markup[] {
  const exchange = result.findings[0]?.exchange ?? null;
  const again = renderCommand('Run again', result.reproduce);
  if (exchange === null) return [again];
  const { command, kept } = renderByHand(exchange, report);
  return [again, renderCommand('By hand', cutText(command, maxExchangeLength), kept ? 'with --keep' : '')];
}

/** Since when, with a trail of the runs before, and where the stored history lies. */
function renderHistory(result: CaseResult, { report, context }: PageRun): Markup {
  const since = renderSince(result, report, context.earlier);
  const trail =
    since.trail.length < 2
      ? nothing
      : html`<span class="trail" aria-hidden="true">${since.trail.map((verdict) => html`<i class="${verdict}">${glyphs[verdict]}</i>`)}</span>`;
  const stored =
    result.history === null
      ? nothing
      : html` History: <code>${result.history.path}</code>, judged by ${result.history.checkerVersion}.`;
  return html`<p class="since">${trail}<span>${since.text} Seed ${result.seed}.${stored}</span></p>`;
}
