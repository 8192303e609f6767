/** Renders a report by every reporter that is asked for. */

import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkReport } from '../reports/check-report.ts';
import type { RunReport } from '../reports/schema.ts';
import type { Environment } from './environment.ts';
import type { ReporterName } from './reporters/registry.ts';
import { reporters } from './reporters/registry.ts';
import { readSeries } from './series.ts';
import { unknownName } from './suggest.ts';
import { UsageError } from './usage-error.ts';

export const reporterNames = Object.keys(reporters) as ReporterName[];

export function chooseReporters(names: readonly string[]): ReporterName[] {
  for (const name of names) {
    if (!(reporterNames as string[]).includes(name)) throw new UsageError(unknownName('reporter', name, reporterNames));
  }
  return [...new Set(names as ReporterName[])];
}

export interface Rendering {
  readonly names: readonly ReporterName[];
  /** The run's folder. */
  readonly folder: string;
  /** The same as a person would type it; `stable` is what it stays when a newer run comes. */
  readonly shown: { readonly now: string; readonly stable: string };
  readonly earlier: readonly RunReport[];
  readonly environment: Environment;
  readonly stdout: NodeJS.WritableStream & { isTTY?: boolean };
}

function readLogs(folder: string): Map<string, string> {
  const logs = join(folder, 'logs');
  if (!existsSync(logs)) return new Map();
  return new Map(readdirSync(logs).map((name) => [name, readFileSync(join(logs, name), 'utf8')]));
}

function wantsColor({ environment, stdout }: Rendering): boolean {
  const { NO_COLOR: no, FORCE_COLOR: force } = environment;
  if (no !== undefined && no !== '') return false;
  return force !== undefined && force !== '0' ? true : stdout.isTTY === true;
}

/**
 * Writes the files, report.json first and whatever is asked for: a run without it cannot be told again. Prints the
 * console's text last. Throws ReportRefused before anything is written when the report breaks its contract.
 */
export function writeReports(report: RunReport, rendering: Rendering): void {
  checkReport(report);
  const { folder, shown, environment, stdout } = rendering;
  const onActions = environment.GITHUB_ACTIONS === 'true';
  const files = [...new Set<ReporterName>(['json', ...rendering.names])].filter((name) => name !== 'console');
  const paths = files.map((name) => `${shown.now}/${reporters[name].fileName}`);
  const context = {
    logs: readLogs(folder),
    series: readSeries(report, folder),
    earlier: rendering.earlier,
    annotations: onActions,
    color: wantsColor(rendering),
    folder: shown.now,
    paths,
  };
  const inFiles = { ...context, color: false, folder: shown.stable };
  for (const name of files) {
    const { fileName, render } = reporters[name];
    if (fileName !== null) writeFileSync(join(folder, fileName), render(report, inFiles));
  }
  if (rendering.names.includes('console')) stdout.write(reporters.console.render(report, context));
}

/** Adds the Markdown to the job's summary, where GitHub Actions has one. */
export function appendJobSummary(report: RunReport, rendering: Rendering): void {
  const summary = rendering.environment.GITHUB_STEP_SUMMARY;
  if (summary === undefined || summary === '') return;
  const { folder, earlier, shown } = rendering;
  const series = readSeries(report, folder);
  const context = { logs: readLogs(folder), series, earlier, annotations: false, color: false };
  const text = reporters.markdown.render(report, { ...context, folder: shown.now, paths: [] });
  appendFileSync(summary, text);
}
