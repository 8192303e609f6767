/** Links between the pages: a page that is not there, and a heading that is called otherwise now. */

import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import { anchorOf } from './anchor-of.ts';
import type { RenderedPages } from './docs-folder.ts';

/** Each broken link as `page: link`. Pages that nobody renders are looked for in `folder`. */
export function findBrokenLinks(folder: string, rendered: RenderedPages): readonly string[] {
  return [...rendered]
    .filter(([path]) => path.endsWith('.md'))
    .flatMap(([path, text]) =>
      linksOf(text)
        .filter((link) => !leadsSomewhere(link, path, folder, rendered))
        .map((link) => `docs/${path}: ${link}`),
    );
}

function linksOf(markdown: string): readonly string[] {
  const links = [...withoutCode(markdown).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1] ?? '');
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(link: string, from: string, folder: string, rendered: RenderedPages): boolean {
  const [file = '', anchor] = link.split('#');
  const path = file === '' ? from : posix.join(posix.dirname(from), file);
  const target = rendered.get(path);
  if (target === undefined) return existsSync(join(folder, path));
  return anchor === undefined || headingsOf(target).includes(anchor);
}

function headingsOf(markdown: string): readonly string[] {
  return [...withoutCode(markdown).matchAll(/^#+ (.*)$/gm)].map((match) => anchorOf(match[1] ?? ''));
}

function withoutCode(markdown: string): string {
  return markdown.replaceAll(/^(`{3,}).*\n[\s\S]*?^\1$/gm, '');
}
