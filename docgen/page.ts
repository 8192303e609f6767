/** A page of docs/ that a command writes. */

import type { PageContext } from './page-context.ts';

export interface Page {
  /** Under docs/; what stands elsewhere in the repository begins with `../`. */
  readonly path: string;
  readonly title: string;
  /** What a reader finds there, for the index; one sentence without a full stop. */
  readonly about: string;
  readonly render: (context: PageContext) => Promise<string>;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

export const docsCommand = 'npx orchestrator docs';

/** Begins every page, so that nobody edits it by hand. */
export function byCommand(source: string): string {
  return `Written by \`${docsCommand}\` ${source}.`;
}

export function withNotice(source: string, markdown: string): string {
  return `<!-- ${byCommand(source)} -->\n\n${markdown}`;
}
