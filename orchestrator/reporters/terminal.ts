import type { CellVerdict } from './matrix.ts';

export type Style = CellVerdict | 'skipped' | 'strong' | 'quiet';

/** ANSI select graphic rendition (ECMA-48 8.3.117). */
const codes: Readonly<Record<Style, string>> = {
  passed: '32',
  failed: '1;31',
  inconclusive: '1;33',
  untested: '2',
  skipped: '2',
  strong: '1',
  quiet: '2',
};

export function paint(text: string, style: Style, color: boolean): string {
  return color ? `\x1b[${codes[style]}m${text}\x1b[0m` : text;
}
