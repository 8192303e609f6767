/**
 * Plants defects one by one and demands that the harness finds each of them, while the same cases pass with the same
 * seed where nothing is planted.
 */

import { join } from 'node:path';
import type { CaseRef, CaseResult, DefectRow, RunReport, Verdict } from '../reports/schema.ts';
import type { Defect, WatchedCase } from '../suites/defects/defect.ts';
import { suites } from '../suites/registry.ts';
import type { Environment } from './environment.ts';
import { packageRoot } from './package-root.ts';
import type { PreparedRun } from './prepare-run.ts';
import type { Progress } from './reporters/progress.ts';
import type { FinishedRun, RunContext } from './run-plan.ts';
import { runPlan } from './run-plan.ts';
import { sabotageOf } from './sabotage.ts';
import { writeReports } from './write-reports.ts';

/** Prepares a run of these cases alone, all with the same seed. */
export type PrepareCases = (cases: readonly WatchedCase[], backend: PlantedBackend) => Promise<PreparedRun>;

type PlantedBackend = 'lmdb' | NonNullable<Defect['backend']>;

const backendOf = ({ backend }: Defect): PlantedBackend => backend ?? 'lmdb';

const serverWithDefect = join(packageRoot, 'suites', 'defects', 'serve.ts');

/** Cases of planted defects fail, which is no news: nothing of them is told. */
const silent: Progress = {
  planned: () => undefined,
  started: () => undefined,
  finished: () => undefined,
  log: () => undefined,
  close: () => undefined,
};

const sameCase = (one: WatchedCase, other: WatchedCase): boolean => one.suite === other.suite && one.id === other.id;

function casesOf({ caughtBy, unseenBy }: Defect): readonly WatchedCase[] {
  return unseenBy === undefined ? [caughtBy] : [caughtBy, unseenBy];
}

/** Every case that some defect names, once. */
export function watchedCases(defects: readonly Defect[]): WatchedCase[] {
  const all = defects.flatMap(casesOf);
  return all.filter((one, position) => all.findIndex((other) => sameCase(one, other)) === position);
}

function resultOf(results: readonly CaseResult[], wanted: WatchedCase): CaseResult | undefined {
  return results.find((result) => sameCase(result, wanted));
}

/** Why nothing can be said of the case, as the run that left it out told. */
function whyAbsent({ notTested }: RunReport, { suite, id }: WatchedCase): string {
  const reasons = notTested.map(({ what, reason }) => `${what}: ${reason}`).join('; ');
  return `${suite}/${id} cannot be had here${reasons === '' ? '' : ` (${reasons})`}`;
}

interface Outcome {
  readonly planted: RunReport;
  readonly controls: RunReport;
  readonly durationMs: number;
}

/** A harness that proves nothing must say that it cannot tell; a finding is as good. */
function isNoticed({ layer }: Defect, { verdict }: CaseResult): boolean {
  return verdict === 'failed' || (layer === 'harness' && verdict === 'inconclusive');
}

/** Undefined: caught, and nothing is wrong with its control. */
function whyMissed(defect: Defect, { planted, controls }: Outcome): string | undefined {
  const { caughtBy, unseenBy } = defect;
  const result = resultOf(planted.results, caughtBy);
  if (result === undefined) return whyAbsent(planted, caughtBy);
  const control = resultOf(controls.results, caughtBy);
  if (control?.verdict !== 'passed') return `without the defect the case is ${control?.verdict ?? 'not run'}`;
  if (!isNoticed(defect, result))
    return `the case ${result.verdict}${result.reason === null ? '' : `: ${result.reason}`}`;
  const unseen = unseenBy === undefined ? undefined : resultOf(planted.results, unseenBy)?.verdict;
  if (unseenBy !== undefined && unseen !== 'passed') {
    return `${unseenBy.suite}/${unseenBy.id}, which cannot see it, is ${unseen ?? 'not run'}`;
  }
  return undefined;
}

export function judgeDefect(defect: Defect, outcome: Outcome): DefectRow {
  const { name, does, layer, caughtBy, unseenBy, checker } = defect;
  const { planted, controls, durationMs } = outcome;
  const reason = whyMissed(defect, outcome) ?? null;
  const [finding] = resultOf(planted.results, caughtBy)?.findings ?? [];
  const verdictOf = (results: readonly CaseResult[], wanted: WatchedCase): Verdict =>
    resultOf(results, wanted)?.verdict ?? 'skipped';
  return {
    name,
    does,
    layer,
    caughtBy,
    checker,
    verdict: reason === null ? 'caught' : 'missed',
    reason,
    said:
      finding === undefined
        ? (resultOf(planted.results, caughtBy)?.reason ?? null)
        : `expected ${finding.expected}, got ${finding.actual}`,
    control: verdictOf(controls.results, caughtBy),
    unseenBy: unseenBy === undefined ? null : { ...unseenBy, verdict: verdictOf(planted.results, unseenBy) },
    durationMs,
  };
}

/** A miss is a finding about the harness itself. */
function decideExit(controls: RunReport, rows: readonly DefectRow[]): RunReport['exit'] {
  const missed = rows.filter(({ verdict }) => verdict === 'missed').map(({ name }) => name);
  if (controls.exit.code >= 128) return controls.exit;
  if (missed.length > 0) {
    const list = `${missed.slice(0, 5).join(', ')}${missed.length > 5 ? ' and more' : ''}`;
    return { code: 1, why: `${missed.length} of ${rows.length} defects were missed: ${list}` };
  }
  if (controls.exit.code !== 0) return controls.exit;
  return { code: 0, why: `${rows.length} of ${rows.length} defects were caught, every control passed` };
}

/** What a run with the defect works with: another server, or a harness with a part that is broken. */
function plantOf({ name, layer }: Defect): Pick<RunContext, 'serverProgram' | 'sabotage'> {
  return layer === 'harness' ? { sabotage: sabotageOf(name) } : { serverProgram: [serverWithDefect, name] };
}

/** Every case that a defect names, on each backend that it names it for, without any defect. */
async function runControls(defects: readonly Defect[], prepare: PrepareCases, context: RunContext): Promise<RunReport> {
  const reports: RunReport[] = [];
  for (const [backend, group] of Map.groupBy(defects, backendOf)) {
    const { report } = await runPlan(await prepare(watchedCases(group), backend), context);
    reports.push(report);
  }
  const [first, ...others] = reports;
  if (first === undefined) throw new Error('there is no defect to plant');
  return others.reduce(joinReports, first);
}

/** One report of two runs that had nothing in common. */
function joinReports(one: RunReport, other: RunReport): RunReport {
  const sum = (verdict: Verdict): number => one.totals[verdict] + other.totals[verdict];
  return {
    ...one,
    subjects: [...one.subjects, ...other.subjects],
    probes: [...one.probes, ...other.probes],
    notTested: [...one.notTested, ...other.notTested],
    planned: [...one.planned, ...other.planned],
    results: [...one.results, ...other.results],
    series: null,
    totals: {
      passed: sum('passed'),
      failed: sum('failed'),
      inconclusive: sum('inconclusive'),
      skipped: sum('skipped'),
    },
    exit: one.exit.code === 0 ? other.exit : one.exit,
  };
}

/** Resolves with a report whose results are those of the controls. */
export async function prove(
  defects: readonly Defect[],
  prepare: PrepareCases,
  context: RunContext,
): Promise<FinishedRun> {
  const started = performance.now();
  const controls = await runControls(defects, prepare, context);
  const rows: DefectRow[] = [];
  for (const defect of defects) {
    if (context.signals.signal.aborted) break;
    const began = performance.now();
    const runFolder = join(context.runFolder, 'defects', defect.name);
    const { report: planted } = await runPlan(await prepare(casesOf(defect), backendOf(defect)), {
      ...context,
      id: `${context.id}-${rows.length}`,
      startedAt: new Date(),
      runFolder,
      progress: silent,
      ...plantOf(defect),
    });
    writePages(planted, runFolder, context.environment);
    const row = judgeDefect(defect, { planted, controls, durationMs: Math.round(performance.now() - began) });
    rows.push(row);
    context.progress.log(renderRow(row));
  }
  const durationMs = Math.round(performance.now() - started);
  return { kept: undefined, report: { ...controls, durationMs, defects: rows, exit: decideExit(controls, rows) } };
}

/** What a person who wants to see the defect opens. */
function writePages(report: RunReport, folder: string, environment: Environment): void {
  const shown = { now: folder, stable: folder };
  const { stdout } = process;
  writeReports(report, { names: ['json', 'html'], folder, shown, earlier: [], environment, stdout });
}

function renderRow({ verdict, name, caughtBy, reason, said }: DefectRow): string {
  const where = `${caughtBy.suite}/${caughtBy.id}`;
  return verdict === 'caught' ? `✓ caught  ${name}  by ${where}: ${said}` : `✗ MISSED  ${name}: ${reason}`;
}

/** Cases that a defect names and no suite has: a mistake in the catalogue. */
export function unknownCases(defects: readonly Defect[]): string[] {
  const known: readonly Pick<CaseRef, 'suite' | 'id'>[] = suites.flatMap(({ name, cases }) =>
    cases.map(({ id }) => ({ suite: name, id })),
  );
  return watchedCases(defects)
    .filter((wanted) => !known.some((one) => sameCase(one, wanted)))
    .map(({ suite, id }) => `${suite}/${id}`);
}
