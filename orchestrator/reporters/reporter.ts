import type { RunReport } from '../../reports/schema.ts';
import type { RunSeries } from '../../reports/series.ts';

/** What a reporter may know beside the report. The same report and context give the same bytes. */
export interface ReporterContext {
  /** Text of the run's server logs by file name, as `logRange.file` of a finding names them. */
  readonly logs: ReadonlyMap<string, string>;
  /** What was measured of the servers during the run; undefined where nothing was or it was not kept. */
  readonly series: RunSeries | undefined;
  /** Older runs, newest first: since when something fails. */
  readonly earlier: readonly RunReport[];
  /** True under GitHub Actions: the console adds one `::error` command a finding. */
  readonly annotations: boolean;
  readonly color: boolean;
  /** The run's folder as a person would type it, such as `reports/latest`; logs lie in its folder `logs`. */
  readonly folder: string;
  /** The reports that were written, as a person would type them; the console ends with these. */
  readonly paths: readonly string[];
}

export interface Reporter {
  /** Name of the file in the run's folder; null for what goes to the console. */
  readonly fileName: string | null;
  render(report: RunReport, context: ReporterContext): string;
}
