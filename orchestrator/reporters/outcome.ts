import type { RunReport } from '../../reports/schema.ts';

/** How the run ended, in a word. */
export interface Outcome {
  readonly word: string;
  readonly tone: 'passed' | 'failed' | 'inconclusive';
  readonly glyph: string;
}

export function outcomeOf({ exit, totals }: RunReport): Outcome {
  if (exit.code === 0 && totals.failed + totals.inconclusive === 0)
    return { word: 'Passed', tone: 'passed', glyph: '✓' };
  if (exit.code === 1 || totals.failed > 0) return { word: 'Failed', tone: 'failed', glyph: '✗' };
  if (exit.code === 4) return { word: 'Slower', tone: 'failed', glyph: '✗' };
  return {
    word: exit.code === 130 || exit.code === 143 ? 'Interrupted' : 'Inconclusive',
    tone: 'inconclusive',
    glyph: '?',
  };
}
