import type { CaseResult, NotTested, RunReport } from '../../reports/schema.ts';
import { type AnchorOf, createAnchors } from './anchors.ts';
import { type Cause, foldCauses, shortGuards } from './causes.ts';
import { type Cell, createMatrix, glyphs } from './matrix.ts';
import { createLoadTables, type LoadTable } from './measurements.ts';
import { mendOf } from './mends.ts';
import { outcomeOf } from './outcome.ts';
import { renderByHand, renderGot } from './places.ts';
import { cutText, printable, printableLine } from './printable.ts';
import { renderCount, renderDuration, renderPlural, renderTime } from './quantities.ts';
import type { Reporter, ReporterContext } from './reporter.ts';
import { createSentence, renderVerdict } from './sentence.ts';

/** GitHub refuses a job summary above 1 MiB; the causes take at most this much of it. */
const maxCausesLength = 600_000;

/** A job summary in GitHub's Markdown: the sentence, the matrix, each cause folded up, load, what was not tested. */
export const markdownReporter: Reporter = {
  fileName: 'summary.md',
  render(report, context) {
    const sentence = createSentence(report);
    const { glyph, word } = outcomeOf(report);
    const sections = [
      `## Commander: ${glyph} ${word}`,
      `**${escapeMarkdown(renderVerdict(sentence))}.**`,
      renderMatrix(report),
      ...renderCauses(report, context),
      ...createLoadTables(report).flatMap(renderLoad),
      ...renderUntested(sentence.untested),
      renderFoot(report),
    ];
    return `${sections.join('\n\n')}\n`;
  },
};

function renderMatrix(report: RunReport): string {
  const { backends, rows } = createMatrix(report);
  return renderTable(
    ['', ...backends],
    rows.map(({ suite, cells }) => [`**${suite}**`, ...cells.map(renderCell)]),
  );
}

function renderCell(cell: Cell): string {
  if (cell.verdict === 'untested') return `${glyphs.untested} not tested`;
  const counts = (['failed', 'inconclusive', 'passed', 'skipped'] as const)
    .filter((verdict) => cell[verdict] > 0)
    .map((verdict) => `${renderCount(cell[verdict])} ${verdict}`);
  return `${glyphs[cell.verdict]} ${counts.join(', ')}<br><sub>${renderDuration(cell.durationMs)}</sub>`;
}

function renderCauses(report: RunReport, context: ReporterContext): readonly string[] {
  const causes = foldCauses(report.results);
  const run = { report, folder: context.folder, anchorOf: createAnchors(report) };
  const shown: string[] = [];
  let length = 0;
  for (const cause of causes) {
    const text = renderCause(cause, run);
    length += text.length;
    if (length > maxCausesLength) break;
    shown.push(text);
  }
  const rest = causes.length - shown.length;
  const more = rest === 0 ? [] : [`${renderPlural(rest, 'more cause')} in ${context.folder}/index.html.`];
  return causes.length === 0 ? [] : ['### What to look at', ...shown, ...more];
}

interface MarkdownRun {
  readonly report: RunReport;
  readonly folder: string;
  readonly anchorOf: AnchorOf;
}

function renderCause(cause: Cause, { report, folder, anchorOf }: MarkdownRun): string {
  const { first, verdict, results } = cause;
  const backends = [...new Set(results.map(({ backend }) => backend))].join(', ');
  const shown = cause.kind === 'claim' ? results : [first];
  const title = cause.kind === 'died' ? `the server died (${renderPlural(results.length, 'case')})` : first.claim;
  return [
    `<details><summary>${glyphs[verdict]} <b>${backends}</b> <code>${escapeMarkdown(first.id)}</code> ${escapeMarkdown(printableLine(title))}</summary>`,
    '',
    renderFence(shown.flatMap((result, index) => [...(index === 0 ? [] : ['']), ...renderLines(result, report)])),
    '',
    `In the report: <code>${escapeMarkdown(`${folder}/index.html#${anchorOf(first)}`)}</code>`,
    '',
    '</details>',
  ].join('\n');
}

function renderLines(result: CaseResult, report: RunReport): readonly string[] {
  const { expected, got } = renderGot(result);
  const exchange = result.findings[0]?.exchange ?? null;
  const mend = mendOf(result);
  return [
    ...(expected === undefined ? [] : [`expected  ${expected}`]),
    `got       ${result.backend}: ${got}`,
    ...shortGuards(result).map(
      (g) => `guard     ${g.guard}: ${renderCount(g.value)}, at least ${renderCount(g.minimum)} needed`,
    ),
    ...(mend === undefined ? [] : [`mend      ${mend}`]),
    `again     ${result.reproduce}`,
    ...(exchange === null ? [] : [`by hand   ${renderByHand(exchange, report).command}`]),
  ].map((line) => cutText(printableLine(line), 1_000));
}

function renderLoad({ id, backends, rows }: LoadTable): readonly string[] {
  return [
    `### Load: ${escapeMarkdown(id)}`,
    renderTable(
      ['', ...backends],
      rows.map(({ name, cells }) => [
        escapeMarkdown(printableLine(name)),
        ...cells.map((cell) => escapeMarkdown(cell?.text ?? '')),
      ]),
    ),
  ];
}

function renderUntested(untested: readonly NotTested[]): readonly string[] {
  if (untested.length === 0) return [];
  const items = untested.map(({ what, reason, mend }) => {
    const cure = mend === null ? '' : `<br>To test it: ${escapeMarkdown(printableLine(mend))}`;
    return `- **${escapeMarkdown(printableLine(what))}**: ${escapeMarkdown(printableLine(reason))}${cure}`;
  });
  return ['### Not tested', items.join('\n')];
}

function renderFoot({ id, startedAt, durationMs, seed, machine, exit }: RunReport): string {
  const facts = [
    `run ${id}`,
    renderTime(startedAt),
    renderDuration(durationMs),
    `seed ${seed}`,
    `${machine.cores} cores, Node ${machine.node}`,
    `exit ${exit.code}: ${exit.why}`,
  ];
  return `<sub>${escapeMarkdown(printableLine(facts.join(' · ')))}</sub>`;
}

function renderTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, column) => (column === 0 ? ':--' : '--:'))), ...rows.map(line)].join('\n');
}

/** A code block that its own text cannot end: each line begins with its label. */
function renderFence(lines: readonly string[]): string {
  return ['```text', ...lines, '```'].join('\n');
}

/** Text that is text in a paragraph, a table cell and an HTML element alike. */
function escapeMarkdown(text: string): string {
  return printable(text).replace(/[&<>"'`*_[\]\\|~#@$]/g, (character) => `&#${character.codePointAt(0)};`);
}
