import { consoleReporter } from './console.ts';
import { ctrfReporter } from './ctrf.ts';
import { htmlReporter } from './html/html.ts';
import { jsonReporter } from './json.ts';
import { junitReporter } from './junit.ts';
import { markdownReporter } from './markdown.ts';
import type { Reporter } from './reporter.ts';

export type ReporterName = 'console' | 'json' | 'junit' | 'ctrf' | 'markdown' | 'html';

export const reporters: Record<ReporterName, Reporter> = {
  console: consoleReporter,
  json: jsonReporter,
  junit: junitReporter,
  ctrf: ctrfReporter,
  markdown: markdownReporter,
  html: htmlReporter,
};
