import type { HistoryExcerpt, HistoryStep } from '../../../reports/schema.ts';
import { renderCount } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';

const rowHeight = 26;
const barHeight = 14;
const axisHeight = 22;
/** Per cent of the width that the names of the clients take on the left, and what is free on the right. */
const margin = { left: 10, right: 3 };
/** A bar is at least so wide, in per cent, that it can be seen and pointed at. */
const minWidth = 0.4;

/**
 * The operations on a key as intervals, one row a client, time to the right. What nothing explains is marked and named,
 * with what the state may have been before it.
 */
export function renderExcerpt(excerpt: HistoryExcerpt | undefined): Markup {
  if (excerpt === undefined || excerpt.steps.length === 0) return nothing;
  const { steps, statesBefore } = excerpt;
  const clients = [...new Set(steps.map(({ process }) => process))].sort((a, b) => a - b);
  const endUs = Math.max(1, ...steps.map(({ fromUs, toUs }) => toUs ?? fromUs));
  const height = clients.length * rowHeight + axisHeight;
  const x = (us: number): number => margin.left + (us / endUs) * (100 - margin.left - margin.right);
  return html`<figure class="plot history"><figcaption>What each client did to the key, over ${renderCount(endUs)} us</figcaption>
<svg width="100%" height="${height}" role="img" aria-label="History of the key by client">
${clients.map((client, row) => html`<text x="1%" y="${row * rowHeight + 17}">client ${client}</text><line class="grid" x1="${margin.left}%" x2="100%" y1="${(row + 1) * rowHeight}" y2="${(row + 1) * rowHeight}"/>`)}
${steps.map((step) => renderStep(step, { y: clients.indexOf(step.process) * rowHeight + 5, x, statesBefore }))}
<text x="${margin.left}%" y="${height - 5}">0</text><text x="${100 - margin.right}%" y="${height - 5}" text-anchor="end">${renderCount(endUs)} us</text>
</svg>
${renderImpossible(excerpt)}</figure>`;
}

interface Placing {
  readonly y: number;
  readonly x: (us: number) => number;
  readonly statesBefore: readonly string[];
}

/** One without an outcome goes on to the end of what is shown. */
function renderStep(step: HistoryStep, { y, x, statesBefore }: Placing): Markup {
  const from = x(step.fromUs);
  const to = step.toUs === null ? 100 : x(step.toUs);
  const width = Math.max(minWidth, to - from).toFixed(2);
  const states = step.role === 'impossible' ? `\npossible before: ${statesBefore.join(' | ') || 'nothing known'}` : '';
  const end = step.toUs === null ? 'without an outcome' : `${renderCount(step.toUs)} us`;
  return html`<rect class="${step.type} ${step.role}" x="${from.toFixed(2)}%" y="${y}" width="${width}%" height="${barHeight}" rx="3"><title>operation ${step.operation}: ${step.what}
${renderCount(step.fromUs)} us to ${end}${states}</title></rect>`;
}

function renderImpossible({ steps, statesBefore }: HistoryExcerpt): Markup {
  const step = steps.find(({ role }) => role === 'impossible');
  if (step === undefined) return nothing;
  const before =
    statesBefore.length === 0 ? nothing : html` Possible just before it: <code>${statesBefore.join(' | ')}</code>.`;
  return html`<p class="impossible">Nothing explains operation ${step.operation}: <code>${step.what}</code>.${before}</p>`;
}
