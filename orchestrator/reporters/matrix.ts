import {
  type BackendName,
  backendNames,
  type CaseResult,
  type NotTested,
  type RunReport,
  type SuiteName,
  suiteNames,
} from '../../reports/schema.ts';
import { epochMsOf } from './quantities.ts';

export type CellVerdict = 'passed' | 'failed' | 'inconclusive' | 'untested';

/** One suite on one backend. */
export interface Cell {
  readonly suite: SuiteName;
  readonly backend: BackendName;
  /** Inconclusive too where cases were planned and all of them skipped: nothing was judged. */
  readonly verdict: CellVerdict;
  readonly passed: number;
  readonly failed: number;
  readonly inconclusive: number;
  readonly skipped: number;
  readonly total: number;
  /** From the start of its first case to the end of its last. */
  readonly durationMs: number;
  /** Why it was not planned, where that is known. */
  readonly untested: NotTested | undefined;
}

interface MatrixRow {
  readonly suite: SuiteName;
  readonly cells: readonly Cell[];
}

export interface Matrix {
  readonly backends: readonly BackendName[];
  readonly rows: readonly MatrixRow[];
}

/** Glyphs beside words, so that no verdict is told by colour alone. */
export const glyphs = { passed: '✓', failed: '✗', inconclusive: '?', skipped: '–', untested: '–' } as const;

/** Suite x backend, with the rows and columns that were meant to be there and could not. */
export function createMatrix(report: RunReport): Matrix {
  const has = (name: string, member: 'suite' | 'backend'): boolean =>
    report.planned.some((ref) => ref[member] === name) ||
    report.notTested.some(({ what }) => names(what, name)) ||
    (member === 'backend' && report.subjects.some(({ backend }) => backend === name));
  const backends = backendNames.filter((name) => has(name, 'backend'));
  const bySuite = Map.groupBy(report.results, ({ suite }) => suite);
  const rows = suiteNames
    .filter((name) => has(name, 'suite'))
    .map((suite) => {
      const byBackend = Map.groupBy(bySuite.get(suite) ?? [], ({ backend }) => backend);
      return {
        suite,
        cells: backends.map((backend) => createCell(report, { suite, backend }, byBackend.get(backend) ?? [])),
      };
    });
  return { backends, rows };
}

function createCell(
  report: RunReport,
  { suite, backend }: Pick<Cell, 'suite' | 'backend'>,
  results: readonly CaseResult[],
): Cell {
  const count = (verdict: CaseResult['verdict']): number => results.filter((r) => r.verdict === verdict).length;
  const counts = {
    passed: count('passed'),
    failed: count('failed'),
    inconclusive: count('inconclusive'),
    skipped: count('skipped'),
  };
  const untested =
    report.notTested.find(({ what }) => names(what, suite) && names(what, backend)) ??
    report.notTested.find(({ what }) => names(what, suite) || names(what, backend));
  return {
    suite,
    backend,
    ...counts,
    verdict: verdictOf(counts, results.length),
    total: results.length,
    durationMs: spanMs(results),
    untested: results.length === 0 ? untested : undefined,
  };
}

function verdictOf(counts: Pick<Cell, 'passed' | 'failed' | 'inconclusive'>, total: number): CellVerdict {
  if (total === 0) return 'untested';
  if (counts.failed > 0) return 'failed';
  return counts.inconclusive > 0 || counts.passed === 0 ? 'inconclusive' : 'passed';
}

function spanMs(results: readonly CaseResult[]): number {
  let from = Number.POSITIVE_INFINITY;
  let to = 0;
  for (const { startedAt, durationMs } of results) {
    const startMs = epochMsOf(startedAt);
    from = Math.min(from, startMs);
    to = Math.max(to, startMs + durationMs);
  }
  return Math.max(0, to - from);
}

/** Whether `what` of a NotTested speaks of this suite or backend: `redis`, `load on redis`, `suite load: k6`. */
function names(what: string, name: string): boolean {
  const subject = what.split(/[(:;]/, 1)[0] ?? '';
  return subject.split(/[\s,]+/).includes(name);
}
