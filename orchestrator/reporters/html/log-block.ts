import type { Finding } from '../../../reports/schema.ts';
import { excerptLog } from '../log-excerpt.ts';
import { logPath, renderLogPlace } from '../places.ts';
import { renderPlural } from '../quantities.ts';
import type { ReporterContext } from '../reporter.ts';
import { html, type Markup, nothing } from './markup.ts';

/** The server's log around a finding; its place alone where the log is not at hand. */
export function renderLog(range: Finding['logRange'], context: ReporterContext, open: boolean): Markup {
  if (range === null) return nothing;
  const excerpt = excerptLog(range, context.logs);
  if (excerpt === undefined)
    return html`<p class="place">Server log: <code>${renderLogPlace(context.folder, range)}</code></p>`;
  const lines = excerpt.lines.map(
    ({ number, marked, time, level, text }) =>
      html`<tr${marked ? html` class="hit"` : nothing}><td>${number}</td><td>${time}</td><td class="${levelClass(level)}">${level}</td><td>${text}</td></tr>
`,
  );
  const more =
    excerpt.leftOut === 0
      ? nothing
      : html`<p class="place">${renderPlural(excerpt.leftOut, 'line')} more of the range in the file.</p>`;
  const last = range.to > range.from ? `–${range.to}` : '';
  return html`<details class="log"${open ? html` open` : nothing}><summary>Server log <code>${logPath(range.file)}:${range.from}${last}</code></summary><div class="scroll"><table>${lines}</table></div>${more}</details>`;
}

function levelClass(level: string): string {
  if (level === 'error' || level === 'fatal') return 'error';
  return level === 'warn' ? 'warn' : '';
}
