import type { BackendName } from '../../../reports/schema.ts';
import type { LoadTable } from '../measurements.ts';
import { html, type Markup, nothing } from './markup.ts';

/** Measurements of cases, one column a backend; the cases are named when there are several. */
export function renderMeasurements(tables: readonly LoadTable[], order: readonly BackendName[]): Markup {
  const backends = order.filter((name) => tables.some((table) => table.backends.includes(name)));
  const several = tables.length > 1;
  const rows = tables.flatMap((table) =>
    table.rows.map(
      ({ name, cells }) =>
        html`<tr>${several ? html`<td><code>${table.id}</code></td>` : nothing}<th scope="row">${name}</th>${backends.map((backend) => html`<td>${cells[table.backends.indexOf(backend)]?.text ?? '–'}</td>`)}</tr>
`,
    ),
  );
  return html`<div class="scroll"><table class="list measured"><thead><tr>${several ? html`<th>Case</th>` : nothing}<th>Measure</th>${backends.map((name) => html`<th scope="col">${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
