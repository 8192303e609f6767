import type { CaseRef, CaseResult, RunReport } from '../../reports/schema.ts';
import { renderPlural, renderTime } from './quantities.ts';

/** What earlier runs say of a case that is not green now. */
export interface Since {
  /** `Failing since 2026-01-03 04:06:12 UTC, 3 runs in a row; ...` */
  readonly text: string;
  /** This run last, oldest first; at most ten. */
  readonly trail: readonly CaseResult['verdict'][];
}

interface Judgement {
  readonly run: RunReport;
  readonly verdict: CaseResult['verdict'];
}

const maxTrail = 10;

/** `earlier` holds older runs, newest first. */
export function renderSince(result: CaseResult, run: RunReport, earlier: readonly RunReport[]): Since {
  const judgements = earlier.flatMap((older) => judgementOf(older, result));
  const trail = [
    ...judgements
      .slice(0, maxTrail - 1)
      .map(({ verdict }) => verdict)
      .reverse(),
    result.verdict,
  ];
  return { text: renderText(result, run, judgements), trail };
}

function renderText(result: CaseResult, run: RunReport, judgements: readonly Judgement[]): string {
  const word = result.verdict === 'failed' ? 'Failing' : 'Inconclusive';
  if (judgements.length === 0) return 'No earlier run judged this claim here.';
  const firstOther = judgements.findIndex(({ verdict }) => verdict !== result.verdict);
  const alike = firstOther === -1 ? judgements : judgements.slice(0, firstOther);
  const oldest = alike.at(-1)?.run ?? run;
  const lastPass = judgements.find(({ verdict }) => verdict === 'passed')?.run;
  const passed = lastPass === undefined ? 'no kept run saw it pass' : `last passed in ${nameOf(lastPass)}`;
  if (alike.length === 0) return `New in this run; ${passed}.`;
  return `${word} since ${nameOf(oldest)}, ${renderPlural(alike.length + 1, 'run')} in a row; ${passed}.`;
}

function nameOf(run: RunReport): string {
  return `${renderTime(run.startedAt)} (${run.id})`;
}

function judgementOf(run: RunReport, { backend, suite, id }: CaseRef): Judgement[] {
  const found = run.results.find((r) => r.id === id && r.backend === backend && r.suite === suite);
  return found === undefined || found.verdict === 'skipped' ? [] : [{ run, verdict: found.verdict }];
}
