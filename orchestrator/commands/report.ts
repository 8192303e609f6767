import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import type { RunReport } from '../../reports/schema.ts';
import { earlierReports, readReport, reportsFolder, runIds } from '../run-folder.ts';
import { unknownName } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';
import { chooseReporters, reporterNames, writeReports } from '../write-reports.ts';
import type { Command } from './command.ts';

/** A baseline is what the project says of itself: only a run without a finding or an open question becomes one. */
function promote(report: RunReport, reports: string): string {
  if (report.exit.code !== 0)
    throw new UsageError(`run ${report.id} ended with ${report.exit.code}: ${report.exit.why}`);
  const name = report.defects === undefined ? report.tier : 'prove';
  const path = join(reports, 'baseline', `${name}.json`);
  mkdirSync(dirname(path), { recursive: true });
  // A baseline is the report alone: the series stay with the run.
  writeFileSync(path, `${JSON.stringify({ ...report, series: null })}\n`);
  return path;
}

export const reportCommand: Command = {
  name: 'report',
  usage: 'report [id]',
  describe: 'Write the reports of a kept run again, and show it',
  positionals: ['id'],
  options: {
    reporter: {
      type: 'string',
      describe: 'reports to write',
      defaultDescription: reporterNames.join(','),
      requiresArg: true,
    },
    promote: { type: 'boolean', describe: 'make it the baseline of its tier, which the documentation reads' },
  },
  examples: [
    ['$0 report latest', 'the newest run'],
    ['$0 report 20260131-235959-1f2e --reporter console', 'an older one, on the terminal alone'],
    ['$0 report --promote latest', 'publish it: then write the documentation anew'],
  ],
  async run(args, context) {
    const { folder } = context;
    const reports = reportsFolder(folder);
    const id = String(args.id);
    const ids = runIds(reports);
    if (id !== 'latest' && !ids.includes(id)) {
      throw new UsageError(unknownName('run', id, ['latest', ...ids.slice(0, 5)]));
    }
    const report = readReport(join(reports, id === 'latest' ? id : join('runs', id)));
    if (args.promote === true) {
      const path = promote(report, reports);
      context.stdout.write(`${relative(folder, path)} holds run ${report.id}; now npx orchestrator docs\n`);
      return 0;
    }
    const names = typeof args.reporter === 'string' ? args.reporter.split(',') : reporterNames;
    const runFolder = join(reports, 'runs', report.id);
    const stable = relative(folder, runFolder);
    writeReports(report, {
      names: chooseReporters(names),
      folder: runFolder,
      shown: { now: id === 'latest' ? relative(folder, join(reports, 'latest')) : stable, stable },
      earlier: earlierReports(reports, report.startedAt),
      environment: context.environment,
      stdout: context.stdout,
    });
    return 0;
  },
};
