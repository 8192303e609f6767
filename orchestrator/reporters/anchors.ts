import type { CaseResult, RunReport } from '../../reports/schema.ts';
import { printable } from './printable.ts';

/** The stable place of a result in index.html, without the `#`. */
export type AnchorOf = (result: CaseResult) => string;

/**
 * `redis/ttl/overwrite-clears`: backend and case. Where two suites have a case of one id, the later one takes its
 * suite in between; a repetition of a case takes its number. So every result has an anchor of its own.
 */
export function createAnchors(report: RunReport): AnchorOf {
  const anchors = new Map<CaseResult, string>();
  const taken = new Set<string>();
  for (const result of report.results) {
    const anchor = chooseAnchor(result, taken);
    taken.add(anchor);
    anchors.set(result, anchor);
  }
  return (result) => anchors.get(result) ?? '';
}

function chooseAnchor({ backend, suite, id }: CaseResult, taken: ReadonlySet<string>): string {
  // An id attribute holds no white space, and a page shows no control character as it is.
  const clean = printable(id).replace(/\s/g, '_');
  const candidates = [`${backend}/${clean}`, `${backend}/${suite}/${clean}`];
  let anchor = candidates.find((candidate) => !taken.has(candidate));
  for (let number = 2; anchor === undefined; number += 1) {
    const numbered = `${backend}/${clean}/${number}`;
    if (!taken.has(numbered)) anchor = numbered;
  }
  return anchor;
}
