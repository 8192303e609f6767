import type { RenderedPages } from './docs-folder.ts';
import type { Page } from './page.ts';
import { createPageContext } from './page-context.ts';

export interface RenderOptions {
  readonly searchPath: string;
  /** Ends what runs; the rendering rejects then. */
  readonly signal: AbortSignal;
}

/** Renders all pages side by side. The first failure ends the others; it is what this rejects with. */
export async function renderPages(pages: readonly Page[], options: RenderOptions): Promise<RenderedPages> {
  const failed = new AbortController();
  const failures: unknown[] = [];
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const context = createPageContext({ searchPath: options.searchPath, signal });
  const rendered = await Promise.all(
    pages.map(async (page) => {
      try {
        return [page.path, await page.render(context)] as const;
      } catch (error) {
        failures.push(error);
        failed.abort();
        return [page.path, ''] as const;
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return new Map(rendered);
}
