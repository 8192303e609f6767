/** Where runs are kept: reports/runs/<id>, and reports/latest for the newest. */

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { checkReport } from '../reports/check-report.ts';
import type { RunReport } from '../reports/schema.ts';
import { inClone, packageRoot } from './package-root.ts';
import { seriesFile } from './series.ts';
import { UsageError } from './usage-error.ts';

const keptFailedMs = 14 * 86_400_000;

/** `20260131-235959-1f2e`: sorts by time, and fits into a database name. */
export function newRunId(now: Date): string {
  const digits = now.toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${randomBytes(2).toString('hex')}`;
}

/** In a clone the reports lie in it; an installed package writes into the current folder. */
export function reportsFolder(folder: string): string {
  return join(inClone ? packageRoot : folder, 'reports');
}

/** Makes the folder of a run. A folder that holds anything else than an earlier report is not written into. */
export function openRunFolder(path: string): string {
  const folder = resolve(path);
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) throw new UsageError(`--out ${folder} is not a folder`);
    const inside = readdirSync(folder);
    if (inside.length > 0 && !inside.includes('report.json')) {
      throw new UsageError(`--out ${folder} holds other files; name an empty folder or that of an earlier run`);
    }
    for (const name of ['logs', 'histories', 'defects', seriesFile])
      rmSync(join(folder, name), { recursive: true, force: true });
  }
  try {
    mkdirSync(join(folder, 'logs'), { recursive: true });
  } catch (error) {
    throw new UsageError(`no report can be written to ${folder}: ${(error as Error).message}. Name another by --out`, {
      cause: error,
    });
  }
  return folder;
}

/** Points reports/latest at the run, in one step. */
export function pointLatest(reports: string, id: string): void {
  const next = join(reports, `.latest-${id}`);
  rmSync(next, { force: true });
  symlinkSync(join('runs', id), next);
  renameSync(next, join(reports, 'latest'));
}

export function readReport(folder: string): RunReport {
  const file = join(folder, 'report.json');
  if (!existsSync(file)) throw new UsageError(`there is no report in ${folder}`);
  return checkReport(JSON.parse(readFileSync(file, 'utf8')));
}

function reportIn(folder: string): RunReport | undefined {
  try {
    return readReport(folder);
  } catch {
    return undefined;
  }
}

/** Names of all kept runs, newest first. */
export function runIds(reports: string): string[] {
  const runs = join(reports, 'runs');
  return existsSync(runs) ? readdirSync(runs).sort().reverse() : [];
}

/** Reports of runs that began before, newest first. A run without a readable report is left out. */
export function earlierReports(reports: string, startedAt: string): RunReport[] {
  return runIds(reports)
    .flatMap((id) => reportIn(join(reports, 'runs', id)) ?? [])
    .filter((report) => report.startedAt < startedAt)
    .sort((one, other) => (one.startedAt < other.startedAt ? 1 : -1));
}

/** Deletes old runs: all but the newest `retain` and those of the last 14 days that did not pass. */
export function retainRuns(reports: string, now: Date, retain: number): void {
  for (const id of runIds(reports).slice(retain)) {
    const folder = join(reports, 'runs', id);
    const report = reportIn(folder);
    const failed = report !== undefined && report.exit.code !== 0;
    const old = report === undefined || now.getTime() - Date.parse(report.startedAt) > keptFailedMs;
    if (!failed || old) rmSync(folder, { recursive: true, force: true });
  }
}
