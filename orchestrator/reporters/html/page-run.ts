import type { RunReport } from '../../../reports/schema.ts';
import type { AnchorOf } from '../anchors.ts';
import type { Cause } from '../causes.ts';
import type { Matrix } from '../matrix.ts';
import type { Outcome } from '../outcome.ts';
import type { ReporterContext } from '../reporter.ts';
import type { Sentence } from '../sentence.ts';

/** What every section of the page is made from. */
export interface PageRun {
  readonly report: RunReport;
  readonly context: ReporterContext;
  readonly anchorOf: AnchorOf;
  readonly causes: readonly Cause[];
  readonly matrix: Matrix;
  readonly sentence: Sentence;
  readonly outcome: Outcome;
}
