import type { LoadTable, MeasuredRow } from '../measurements.ts';
import { renderCount } from '../quantities.ts';
import { html, type Markup, nothing } from './markup.ts';

const rowHeight = 46;
const axisHeight = 26;
/** Share of the width, in per cent, on either side of the scale: room for the labels. */
const margin = { left: 12, right: 12 };

interface Quantile {
  readonly name: string;
  readonly row: MeasuredRow;
}

/**
 * Latency of a load case, one line a backend on one logarithmic scale: thick from the median to p99, thin on to the
 * maximum. Positions are in per cent and sizes in pixels, so that it fits a phone without shrinking its labels.
 */
export function renderPercentiles(table: LoadTable): Markup {
  return html`${[...groupQuantiles(table)].map(([metric, quantiles]) => renderPlot(metric, quantiles, table))}`;
}

/** Rows such as `http_req_duration p99`, by what comes before the percentile. */
function groupQuantiles({ rows }: LoadTable): Map<string, Quantile[]> {
  const groups = new Map<string, Quantile[]>();
  for (const row of rows) {
    const match = /^(.+) (p\d+(?:\.\d+)?|med|max)$/.exec(row.name);
    const [, metric, name] = match ?? [];
    if (metric === undefined || name === undefined || row.unit !== 'ms') continue;
    groups.set(metric, [...(groups.get(metric) ?? []), { name, row }]);
  }
  for (const [metric, quantiles] of groups) if (quantiles.length < 2) groups.delete(metric);
  return groups;
}

function renderPlot(metric: string, quantiles: readonly Quantile[], { backends }: LoadTable): Markup {
  const values = quantiles.flatMap(({ row }) =>
    row.cells.flatMap((cell) => (cell && cell.value > 0 ? [cell.value] : [])),
  );
  if (values.length === 0) return nothing;
  const scale = createScale(Math.min(...values), Math.max(...values));
  const height = backends.length * rowHeight + axisHeight;
  return html`<figure class="plot"><figcaption>${metric}, in ms, logarithmic: median to p99 thick, maximum thin</figcaption>
<svg width="100%" height="${height}" role="img" aria-label="${metric} by backend">
${scale.ticks.map((tick) => renderTick(tick, scale.x(tick), height))}
${backends.map((backend, index) => renderLine(backend, pointsOf(quantiles, index), { y: index * rowHeight + 26, x: scale.x }))}
</svg></figure>`;
}

interface Point {
  readonly name: string;
  readonly value: number;
}

function pointsOf(quantiles: readonly Quantile[], index: number): readonly Point[] {
  return quantiles
    .flatMap(({ name, row }) => {
      const value = row.cells[index]?.value ?? 0;
      return value > 0 ? [{ name, value }] : [];
    })
    .sort((a, b) => a.value - b.value);
}

interface Scale {
  readonly ticks: readonly number[];
  /** Position in per cent of the width. */
  readonly x: (value: number) => number;
}

function createScale(min: number, max: number): Scale {
  const from = Math.log10(min / 1.25);
  const to = Math.log10(max * 1.25);
  const x = (value: number): number =>
    margin.left + ((Math.log10(value) - from) / (to - from)) * (100 - margin.left - margin.right);
  const decades = Array.from({ length: Math.ceil(to) - Math.floor(from) + 1 }, (_, i) => Math.floor(from) + i);
  const steps = to - from > 3 ? [1] : [1, 2, 5];
  const ticks = decades
    .flatMap((decade) => steps.map((step) => step * 10 ** decade))
    .map((tick) => Number(tick.toPrecision(1)))
    .filter((tick) => Math.log10(tick) >= from && Math.log10(tick) <= to);
  return { ticks, x };
}

function renderTick(tick: number, x: number, height: number): Markup {
  const at = `${x.toFixed(2)}%`;
  return html`<line class="grid" x1="${at}" x2="${at}" y1="0" y2="${height - axisHeight + 4}"/><text class="tick" x="${at}" y="${height - 6}" text-anchor="middle">${renderCount(tick)}</text>
`;
}

function renderLine(
  backend: string,
  points: readonly Point[],
  { y, x }: { readonly y: number; readonly x: Scale['x'] },
): Markup {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined) return nothing;
  const p99 = points.find(({ name }) => name === 'p99') ?? last;
  const at = (value: number): string => `${x(value).toFixed(2)}%`;
  const dots = points.map(
    ({ name, value }) =>
      html`<circle class="${name === 'max' ? 'max' : 'dot'}" cx="${at(value)}" cy="${y}" r="${name === 'max' ? 3 : 4}"><title>${backend} ${name}: ${renderCount(value)} ms</title></circle>`,
  );
  const label = (point: Point, anchor: string, dx: number): Markup =>
    html`<text class="value" x="${at(point.value)}" dx="${dx}" y="${y + 4}" text-anchor="${anchor}">${round(point.value)}</text>`;
  return html`<text class="name" x="${at(first.value)}" y="${y - 12}">${backend}</text><line class="thin" x1="${at(first.value)}" x2="${at(last.value)}" y1="${y}" y2="${y}"/><line class="thick" x1="${at(first.value)}" x2="${at(p99.value)}" y1="${y}" y2="${y}"/>${dots}${label(first, 'end', -9)}${last === p99 ? nothing : html`<text class="value strong" x="${at(p99.value)}" y="${y - 11}" text-anchor="middle">p99 ${round(p99.value)}</text>`}${label(last, 'start', 9)}
`;
}

function round(value: number): string {
  return renderCount(Number(value.toPrecision(3)));
}
