/** docs/api/errors.md: the catalogue as the server tells it, with an answer of each kind. */

import { renderTable } from '../render-table.ts';
import type { CatalogueEntry, ErrorCatalogue } from './openapi-document.ts';

/** Texts for the template: the overview as `catalogue`, and the facts of each code under its name. */
export function errorInserts(catalogue: ErrorCatalogue): Readonly<Record<string, string>> {
  const entries = Object.entries(catalogue);
  const sections = entries.map(([code, entry]) => [code, renderEntry(code, entry)]);
  return { catalogue: renderCatalogue(entries), ...Object.fromEntries(sections) };
}

function renderCatalogue(entries: readonly (readonly [string, CatalogueEntry])[]): string {
  return renderTable(
    ['Status', 'Code', 'Meaning', 'Retry unchanged'],
    entries.map(([code, { status, title, retryable }]) => [
      String(status),
      `[\`${code}\`](#${code})`,
      title,
      retryable ? 'yes' : 'no',
    ]),
  );
}

function renderEntry(code: string, { status, title, retryable, mend }: CatalogueEntry): string {
  return `### ${code}\n\n**${status}** · ${title} · ${retryable ? 'retryable' : 'not retryable'}\n\n${mend}`;
}
