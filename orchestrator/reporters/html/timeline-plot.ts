import { renderDuration } from '../quantities.ts';
import { createTimeline, type Lane, type Span, slotCount, type Timeline } from '../timeline.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

const minDurationMs = 1_000;
const maxTicks = 7;
const rowHeight = 22;
/** Of the width, in per cent: a narrower band does not bear its name. */
const minNamed = 11;

/**
 * The run on one axis of time: which suite ran where, faults as shaded bands, throughput, memory, processor, event loop and
 * latency below.
 * The script adds one cursor through all of them.
 */
export function renderTimeline({ report, context }: PageRun): Markup {
  const timeline = createTimeline(report, context.series);
  if (report.durationMs < minDurationMs || timeline.lanes.length === 0) return nothing;
  const { backends, durationMs, lanes } = timeline;
  return html`<h3>Over time <small>operations spread over their case; ${context.series === undefined ? 'memory as the peak of each case' : 'the server sampled as it ran'}</small></h3>
<figure class="plot timeline" data-duration="${Math.round(durationMs)}">
<figcaption class="legend">${backends.map((name, index) => html`<span><svg width="18" height="8" aria-hidden="true"><line class="b${index + 1}" x1="0" x2="18" y1="4" y2="4"/></svg> ${name}</span>`)}</figcaption>
<div class="lane"><p>Suites</p>${renderBands(timeline)}</div>
${lanes.map((lane) => renderLane(lane, timeline))}
<div class="lane"><p></p><svg width="100%" height="18" aria-hidden="true">${renderTicks(durationMs)}</svg></div>
</figure>`;
}

function percent(timeMs: number, { durationMs }: Timeline): number {
  return (timeMs / durationMs) * 100;
}

function renderBands(timeline: Timeline): Markup {
  const { backends, suites } = timeline;
  const bands = suites.flatMap((row, index) =>
    row.map((span) => {
      const x = percent(span.fromMs, timeline);
      const width = Math.max(0.3, percent(span.toMs - span.fromMs, timeline));
      const y = index * rowHeight;
      const name =
        width < minNamed ? nothing : html`<text x="${(x + 0.8).toFixed(2)}%" y="${y + 13}">${span.name}</text>`;
      return html`<rect class="band b${backends.indexOf(span.backend) + 1}" x="${x.toFixed(2)}%" y="${y}" width="${width.toFixed(2)}%" height="${rowHeight - 4}" rx="4"><title>${span.name} on ${span.backend}, ${renderDuration(span.toMs - span.fromMs)}</title></rect>${name}`;
    }),
  );
  return html`<svg width="100%" height="${suites.length * rowHeight}" role="img" aria-label="When each suite ran">${bands}</svg>`;
}

/** Stretched to the width; strokes keep theirs. */
function renderLane({ name, peak, series, render }: Lane, timeline: Timeline): Markup {
  const lines = series.map(({ backend, label, values }) => {
    const style = `b${timeline.backends.indexOf(backend) + 1}${label === 'p50' ? ' faint' : ''}`;
    const shown = values.map((value) => (value === null ? '' : render(value))).join('|');
    const title = label === '' ? backend : `${backend} ${label}`;
    return html`<path class="${style}" d="${renderSteps(values, peak)}" data-name="${title}" data-values="${shown}"/>`;
  });
  return html`<div class="lane"><p>${name}<small>up to ${render(peak)}</small></p><svg class="steps" width="100%" height="64" viewBox="0 0 ${slotCount} 100" preserveAspectRatio="none" role="img" aria-label="${name}, up to ${render(peak)}">${timeline.faults.map((fault) => renderFault(fault, timeline))}${lines}</svg></div>
`;
}

function renderFault(fault: Span, timeline: Timeline): Markup {
  const x = (percent(fault.fromMs, timeline) / 100) * slotCount;
  const width = Math.max(0.5, (percent(fault.toMs - fault.fromMs, timeline) / 100) * slotCount);
  return html`<rect class="fault" x="${x.toFixed(2)}" width="${width.toFixed(2)}" height="100"><title>${fault.name}</title></rect>`;
}

/** Steps from slot to slot, with gaps where nothing is known; the peak stays just inside. */
function renderSteps(values: readonly (number | null)[], peak: number): string {
  let path = '';
  let last: number | null = null;
  for (const [slot, value] of values.entries()) {
    if (value !== null) {
      const y = Math.round(97 - (value / peak) * 92);
      if (last === null) path += `M${slot} ${y}`;
      else if (y !== last) path += `V${y}`;
      path += `H${slot + 1}`;
      last = y;
    } else last = null;
  }
  return path.replaceAll(/(H\d+)+(H\d+)/g, '$2');
}

const stepsMs = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600].map((seconds) => seconds * 1000);

function renderTicks(durationMs: number): readonly Markup[] {
  const step = stepsMs.find((ms) => durationMs / ms <= maxTicks) ?? durationMs;
  const ticks = Array.from({ length: Math.floor(durationMs / step) + 1 }, (_, index) => index * step);
  return ticks.map((timeMs) => {
    const x = (timeMs / durationMs) * 100;
    const anchor = x < 2 ? 'start' : x > 96 ? 'end' : 'middle';
    return html`<text x="${x.toFixed(2)}%" y="13" text-anchor="${anchor}">${renderClock(timeMs)}</text>`;
  });
}

/** `0:42`, `1:05:00` */
function renderClock(timeMs: number): string {
  const seconds = Math.round(timeMs / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const shown = parts[0] === 0 ? parts.slice(1) : parts;
  return shown.map((part, index) => (index === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}
