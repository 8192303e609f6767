import { markDifferences, type Segment } from '../differences.ts';
import { cutText, printable } from '../printable.ts';
import { html, type Markup } from './markup.ts';

const maxTextLength = 2_000;

/** Expected beside got, with what differs marked. */
export function renderComparison(expected: string, actual: string): Markup {
  // Made printable first, so that two bytes that look alike are still told apart and marked.
  const marked = markDifferences(
    cutText(printable(expected), maxTextLength),
    cutText(printable(actual), maxTextLength),
  );
  return html`<div class="comparison"><div class="expected"><h4>Expected</h4><pre>${renderSegments(marked.expected)}</pre></div><div class="got"><h4>Got</h4><pre>${renderSegments(marked.actual)}</pre></div></div>`;
}

function renderSegments(segments: readonly Segment[]): readonly Markup[] {
  return segments.map(({ text, differs }) => (differs ? html`<mark>${text}</mark>` : html`${text}`));
}
