import type { Reporter } from './reporter.ts';

/** The report itself. */
export const jsonReporter: Reporter = {
  fileName: 'report.json',
  render: (report) => `${JSON.stringify(report, null, 2)}\n`,
};
