import type { BackendName } from '../../../reports/schema.ts';
import { type Cell, glyphs, type Matrix } from '../matrix.ts';
import { renderCount, renderDuration } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** Suite x backend. Each cell leads to its cases: with the script it filters them, without it goes to their table. */
export function renderMatrix(run: PageRun): Markup {
  const { matrix } = run;
  if (matrix.rows.length === 0) return nothing;
  return html`<section id="matrix"><h2>Suite by backend</h2>
<div class="scroll"><table class="matrix of${matrix.backends.length}"><thead><tr><td></td>${matrix.backends.map((name) => renderColumn(name, run))}</tr></thead>
<tbody>${matrix.rows.map(
    (
      { suite, cells },
      index,
    ) => html`<tr><th scope="row">${suite}</th>${cells.map((cell) => (cell.total === 0 ? renderUntested(cell, matrix, index) : renderCell(cell)))}</tr>
`,
  )}</tbody></table></div></section>`;
}

function renderColumn(name: BackendName, { report }: PageRun): Markup {
  const subject = report.subjects.find(({ backend }) => backend === name);
  const about = subject === undefined ? '' : [subject.engineVersion, subject.provider].filter(Boolean).join(' · ');
  return html`<th scope="col">${name}<small>${about}</small></th>`;
}

function renderCell(cell: Cell): Markup {
  return html`<td class="${cell.verdict}"><a href="#show:${cell.suite}/${cell.backend}"><strong><i aria-hidden="true">${glyphs[cell.verdict]}</i> ${renderWord(cell)}</strong><small>${renderCounts(cell)}<span>${renderDuration(cell.durationMs)}</span></small>${renderBar(cell)}</a></td>`;
}

/** Says why, unless the row above says the same. */
function renderUntested({ backend, untested }: Cell, { rows }: Matrix, index: number): Markup {
  const above = rows[index - 1]?.cells.find((cell) => cell.backend === backend);
  const told = above !== undefined && above.total === 0 && above.untested === untested;
  const why = told ? nothing : html`<small>${untested?.reason ?? 'not planned'}</small>`;
  return html`<td class="untested"><div><strong><i aria-hidden="true">${glyphs.untested}</i> not tested</strong>${why}</div></td>`;
}

function renderWord(cell: Cell): string {
  if (cell.verdict === 'failed') return `${renderCount(cell.failed)} failed`;
  if (cell.verdict === 'inconclusive' && cell.inconclusive > 0) return `${renderCount(cell.inconclusive)} inconclusive`;
  return cell.verdict === 'passed' ? 'passed' : 'nothing judged';
}

function renderCounts(cell: Cell): string {
  const passed = `${renderCount(cell.passed)} of ${renderCount(cell.total)}`;
  const also =
    cell.verdict === 'failed' && cell.inconclusive > 0 ? `, ${renderCount(cell.inconclusive)} inconclusive` : '';
  const skipped = cell.skipped > 0 ? `, ${renderCount(cell.skipped)} skipped` : '';
  return `${passed}${cell.verdict === 'passed' ? '' : ' passed'}${also}${skipped}`;
}

/** The shares as a bar; what is there at all shows at least as a sliver. */
function renderBar(cell: Cell): Markup {
  const minShare = 3;
  const shares = (['passed', 'failed', 'inconclusive', 'skipped'] as const).map((verdict) => ({
    verdict,
    share: cell[verdict] === 0 ? 0 : Math.max(minShare, (cell[verdict] / cell.total) * 100),
  }));
  const sum = shares.reduce((total, { share }) => total + share, 0);
  let x = 0;
  const bars = shares.map(({ verdict, share }) => {
    const width = (share / sum) * 100;
    const bar =
      width === 0
        ? nothing
        : html`<rect class="${verdict}" x="${x.toFixed(2)}%" width="${width.toFixed(2)}%" height="100%"/>`;
    x += width;
    return bar;
  });
  return html`<svg class="bar" width="100%" height="4" aria-hidden="true">${bars}</svg>`;
}
