import { renderBytes, renderCount, renderDuration, renderPlural, renderTime } from '../quantities.ts';
import { renderVerdict } from '../sentence.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** In characters: from here on the sentence is set smaller. */
const longSentence = 64;

/** The verdict in one sentence, what was not tested in a smaller one, and the run in six figures. */
export function renderHeadline(run: PageRun): Markup {
  const { report, outcome, sentence } = run;
  const verdict = renderVerdict(sentence);
  const untested = sentence.untested.map(
    ({ what, reason }, index) => html`${index === 0 ? '' : ', '}<b>${what}</b> <span>(${reason})</span>`,
  );
  return html`<header id="top" class="headline">
<p class="verdict"><b class="seal ${outcome.tone}"><span aria-hidden="true">${outcome.glyph}</span> ${outcome.word}</b> <span>exit ${report.exit.code}: ${report.exit.why}</span><time datetime="${report.startedAt}">${renderTime(report.startedAt)}</time></p>
<h1${verdict.length > longSentence ? html` class="long"` : nothing}>${verdict}.</h1>
${untested.length === 0 ? nothing : html`<p class="untested"><a href="#not-tested">Not tested:</a> ${untested}.</p>`}
<dl class="figures">${renderFigures(run)}</dl>
</header>`;
}

function renderFigures({ report, matrix }: PageRun): readonly Markup[] {
  const { results } = report;
  const operations = results.reduce((sum, { operations: o }) => sum + o.ok + o.fail + o.info, 0);
  const claims = new Set(results.map(({ suite, id }) => `${suite} ${id}`)).size;
  const peak = Math.max(0, ...results.map(({ peakRssBytes }) => peakRssBytes ?? 0));
  const stores = matrix.backends.filter((name) => report.planned.some(({ backend }) => backend === name)).length;
  const figures: readonly (readonly [value: string, label: string])[] = [
    [renderCount(claims), claims === 1 ? 'claim' : 'claims'],
    [renderCount(stores), stores === 1 ? 'backend' : 'backends'],
    [renderCount(operations), operations === 1 ? 'operation' : 'operations'],
    ...(peak === 0 ? [] : [[renderBytes(peak), 'peak memory'] as const]),
    [renderDuration(report.durationMs), renderPlural(results.length, 'case')],
    [String(report.seed), 'seed'],
  ];
  return figures.map(([value, label]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`);
}
