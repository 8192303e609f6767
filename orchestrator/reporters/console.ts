import { createAnchors } from './anchors.ts';
import { renderAnnotations } from './annotations.ts';
import { type Cause, foldCauses } from './causes.ts';
import { renderCause } from './console-cause.ts';
import { type Cell, createMatrix, glyphs, type Matrix } from './matrix.ts';
import { printableLine } from './printable.ts';
import { renderCount, renderDuration } from './quantities.ts';
import type { Reporter } from './reporter.ts';
import { createSentence, renderVerdict, type Sentence } from './sentence.ts';
import { paint } from './terminal.ts';

/** Above this many causes only the first are told in full. */
const maxFullCauses = 25;

/**
 * What a run ends with on the terminal: each cause once, the matrix, where the reports are, and in the last line
 * what was not tested and why.
 */
export const consoleReporter: Reporter = {
  fileName: null,
  render(report, context) {
    const { color } = context;
    const run = { report, context, anchorOf: createAnchors(report) };
    const causes = foldCauses(report.results);
    const sentence = createSentence(report);
    const blocks = [
      ...causes.slice(0, maxFullCauses).map((cause) => renderCause(cause, run)),
      causes.slice(maxFullCauses).map((cause) => renderBriefly(cause, color)),
      context.annotations ? renderAnnotations(causes) : [],
      renderTable(createMatrix(report), color),
      [
        `${paint(renderVerdict(sentence), 'strong', color)}.`,
        `Exit ${report.exit.code}: ${printableLine(report.exit.why)}`,
      ],
      context.paths.length === 0 ? [] : ['Reports', ...context.paths.map((path) => `  ${path}`)],
      renderUntested(sentence),
    ];
    return `${blocks
      .filter((lines) => lines.length > 0)
      .map((lines) => lines.join('\n'))
      .join('\n\n')}\n`;
  },
};

function renderBriefly({ verdict, first, results }: Cause, color: boolean): string {
  const word = paint(verdict === 'failed' ? 'FAILED' : 'INCONCLUSIVE', verdict, color);
  const backends = [...new Set(results.map(({ backend }) => backend))].join(', ');
  return `${word}  ${backends}  ${printableLine(`${first.id}   ${first.claim}`)}`;
}

function renderTable({ backends, rows }: Matrix, color: boolean): readonly string[] {
  const header = ['', ...backends.map((text) => ({ text, style: 'strong' as const }))];
  const body = rows.map(({ suite, cells }) => [
    suite,
    ...cells.map((cell) => ({ text: renderCell(cell), style: cell.verdict })),
  ]);
  const table = [header, ...body].map((row) => row.map((cell) => (typeof cell === 'string' ? { text: cell } : cell)));
  const widths = (table[0] ?? []).map((_, column) => Math.max(...table.map((row) => row[column]?.text.length ?? 0)));
  return table.map((row) =>
    row
      .map((cell, column) => {
        const padding = ' '.repeat((widths[column] ?? 0) - cell.text.length);
        return `${'style' in cell ? paint(cell.text, cell.style, color) : cell.text}${padding}`;
      })
      .join('   ')
      .trimEnd(),
  );
}

function renderCell(cell: Cell): string {
  const glyph = glyphs[cell.verdict];
  if (cell.verdict === 'untested') return `${glyph} not tested`;
  const counts = (['failed', 'inconclusive', 'passed', 'skipped'] as const)
    .filter((verdict) => cell[verdict] > 0)
    .map((verdict) => `${renderCount(cell[verdict])} ${verdict}`);
  return `${glyph} ${counts.join(', ')}  ${renderDuration(cell.durationMs)}`;
}

/** The mends, then one last line. */
function renderUntested({ untested }: Sentence): readonly string[] {
  if (untested.length === 0) return [];
  const mends = untested.flatMap(({ what, mend }) =>
    mend === null ? [] : [`To test ${printableLine(what)}: ${printableLine(mend)}`],
  );
  const reasons = untested.map(({ what, reason }) => `${printableLine(what)} (${printableLine(reason)})`);
  return [...mends, `NOT TESTED  ${reasons.join('; ')}`];
}
