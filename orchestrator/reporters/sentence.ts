import type { BackendName, CaseResult, NotTested, RunReport } from '../../reports/schema.ts';
import { createMatrix } from './matrix.ts';
import { renderCount, renderList, renderPlural } from './quantities.ts';
import { untestedOf } from './untested.ts';

/** A run in a sentence, in its parts: what fails, what is inconclusive, what holds, what was not tested. */
export interface Sentence {
  /** Of a run that planted defects: whether they were found. */
  readonly defects: string | undefined;
  readonly failed: string | undefined;
  readonly inconclusive: string | undefined;
  readonly holds: string | undefined;
  /** In place of the three above, when no claim was judged at all. */
  readonly nothing: string | undefined;
  readonly untested: readonly NotTested[];
}

interface Tally {
  readonly backend: BackendName;
  readonly judged: number;
  readonly failed: number;
  readonly inconclusive: number;
}

export function createSentence(report: RunReport): Sentence {
  const tallies = createMatrix(report)
    .backends.map((backend) => createTally(backend, report.results))
    .filter(({ judged }) => judged > 0);
  const failing = tallies.filter(({ failed }) => failed > 0);
  const undecided = tallies.filter(({ inconclusive }) => inconclusive > 0);
  const holding = tallies.filter(({ failed, inconclusive }) => failed + inconclusive === 0);
  return {
    defects: renderDefects(report.defects),
    failed: renderSome(failing, 'failed', (count) => (count === 1 ? 'fails' : 'fail')),
    inconclusive: renderSome(undecided, 'inconclusive', (count) =>
      count === 1 ? 'is inconclusive' : 'are inconclusive',
    ),
    holds: failing.length + undecided.length > 0 ? renderOthers(holding) : renderAll(holding),
    nothing: tallies.length === 0 ? 'nothing was tested' : undefined,
    untested: untestedOf(report),
  };
}

/** The verdict alone, as a capitalized sentence without a full stop. */
export function renderVerdict(sentence: Sentence): string {
  const parts = [sentence.defects, sentence.failed, sentence.inconclusive, sentence.holds, sentence.nothing];
  const text = parts.filter((part) => part !== undefined).join('; ');
  return /^(all|nothing|the )/.test(text) ? `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` : text;
}

/** `redis (no container engine), load (no k6)`; empty when all was tested. */
function renderUntested(untested: readonly NotTested[]): string {
  return untested.map(({ what, reason }) => `${what} (${reason})`).join(', ');
}

/** `2 of 412 claims fail on redis; lmdb and mongodb hold; not tested: power loss on mongodb (needs root)` */
export function renderSentence(report: RunReport): string {
  const sentence = createSentence(report);
  const untested = sentence.untested.length === 0 ? '' : `; not tested: ${renderUntested(sentence.untested)}`;
  return `${renderVerdict(sentence)}${untested}`;
}

function renderDefects(defects: RunReport['defects']): string | undefined {
  if (defects === undefined) return undefined;
  const missed = defects.filter(({ verdict }) => verdict === 'missed').length;
  if (missed === 0) return `all ${renderPlural(defects.length, 'planted defect')} found`;
  return `${renderCount(missed)} of ${renderPlural(defects.length, 'planted defect')} missed`;
}

function createTally(backend: BackendName, results: readonly CaseResult[]): Tally {
  const judged = results.filter((result) => result.backend === backend && result.verdict !== 'skipped');
  const count = (verdict: CaseResult['verdict']): number => judged.filter((r) => r.verdict === verdict).length;
  return { backend, judged: judged.length, failed: count('failed'), inconclusive: count('inconclusive') };
}

function renderSome(
  tallies: readonly Tally[],
  member: 'failed' | 'inconclusive',
  verb: (count: number) => string,
): string | undefined {
  if (tallies.length === 0) return undefined;
  const alike = Map.groupBy(tallies, (tally) => `${tally[member]} of ${tally.judged}`);
  const parts = [...alike.values()].map((group, index) => {
    const [{ judged = 0, [member]: count = 0 } = {}] = group;
    const share = `${renderCount(count)} of ${index === 0 ? renderPlural(judged, 'claim') : renderCount(judged)}`;
    return `${share}${index === 0 ? ` ${verb(count)}` : ''} on ${renderList(group.map(({ backend }) => backend))}`;
  });
  return parts.join(', ');
}

function renderOthers(tallies: readonly Tally[]): string | undefined {
  if (tallies.length === 0) return undefined;
  return `${renderList(tallies.map(({ backend }) => backend))} ${tallies.length === 1 ? 'holds' : 'hold'}`;
}

function renderAll(tallies: readonly Tally[]): string | undefined {
  const [first] = tallies;
  if (first === undefined) return undefined;
  if (tallies.every(({ judged }) => judged === first.judged)) {
    const backends = renderList(tallies.map(({ backend }) => backend));
    if (first.judged === 1) return `the one claim holds on ${backends}`;
    return `all ${renderPlural(first.judged, 'claim')} hold on ${backends}`;
  }
  return `all claims hold on ${renderList(tallies.map(({ backend, judged }) => `${backend} (${renderCount(judged)})`))}`;
}
