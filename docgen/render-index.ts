import type { Section } from './page.ts';

/** The sections as lists of links, relative to docs/. */
export function renderIndex(sections: readonly Section[]): string {
  return sections
    .map(({ title, pages }) => {
      const items = pages.map((page) => `- [${page.title}](${page.path}): ${page.about}`);
      return `## ${title}\n\n${items.join('\n')}`;
    })
    .join('\n\n');
}
