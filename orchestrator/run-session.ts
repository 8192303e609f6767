/** What surrounds a run: its folders, its ledger and janitor, signals, and the reports at its end. */

import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { CommandContext } from './commands/command.ts';
import { startJanitor } from './janitor.ts';
import type { Ledger } from './ledger.ts';
import { openLedger, readLedger } from './ledger.ts';
import type { RunOptions } from './options.ts';
import { createProgress } from './reporters/progress.ts';
import type { KeptStage } from './run-context.ts';
import { earlierReports, newRunId, openRunFolder, pointLatest, reportsFolder, retainRuns } from './run-folder.ts';
import type { FinishedRun, RunContext } from './run-plan.ts';
import { listenToSignals } from './signals.ts';
import { openStateFolder } from './state-folder.ts';
import { undo } from './undo.ts';
import { appendJobSummary, chooseReporters, writeReports } from './write-reports.ts';

/** A file of the run as a person would type it. */
function shown(path: string, folder: string): string {
  const short = relative(folder, path);
  return short === '' || short.startsWith('..') ? path : short;
}

function tellKept({ failed, url, endCommands }: KeptStage, context: CommandContext): void {
  const { backend, suite, id } = failed;
  context.tell(`kept: the stage of ${backend} ${suite} ${id} is at ${url}`);
  context.tell(`  to end it: ${endCommands.join('; ')}`);
}

/** Ends what is left of the run and its ledger, or leaves a kept stage to the person who asked for it. */
async function cleanUp(ledger: Ledger, kept: KeptStage | undefined, context: CommandContext): Promise<void> {
  const content = readLedger(ledger.file);
  const leftovers = kept === undefined && content !== undefined ? await undo(content, context.environment) : [];
  for (const { what, reason, command } of leftovers)
    context.tell(`could not remove ${what}: ${reason}. By hand: ${command}`);
  if (leftovers.length === 0) ledger.remove();
}

/** Gives `work` all that a run needs, ends what is left of it, and writes its reports. Resolves with the exit code. */
export async function runInSession(
  options: Pick<RunOptions, 'reporter' | 'out' | 'retain'>,
  context: CommandContext,
  work: (run: RunContext) => Promise<FinishedRun>,
): Promise<number> {
  const names = chooseReporters(options.reporter);
  const startedAt = new Date();
  const id = newRunId(startedAt);
  const reports = reportsFolder(context.folder);
  const { out } = options;
  // Before the run, so that what it writes finds room; the plan has read by now what it takes from earlier runs.
  retainRuns(reports, startedAt, options.retain);
  const runFolder = openRunFolder(out === undefined ? join(reports, 'runs', id) : resolve(context.folder, out));
  const state = openStateFolder();
  const ledger = openLedger(state.ledgers, id);
  const janitor = startJanitor(ledger);
  const progress = createProgress(process.stderr, { isTerminal: process.stderr.isTTY === true });
  using signals = listenToSignals(progress.log);
  let finished: FinishedRun | undefined;
  try {
    const workFolder = join(state.work, id);
    ledger.enter({ kind: 'folder', path: workFolder });
    mkdirSync(workFolder, { mode: 0o700 });
    const { environment, argv } = context;
    const run = { id, startedAt, argv, runFolder, workFolder, ledger, environment, signals, progress };
    finished = await work(run);
  } finally {
    progress.close();
    await cleanUp(ledger, finished?.kept, context);
    await janitor.dismiss();
  }
  const { report, kept } = finished;
  const stable = shown(runFolder, context.folder);
  const now = out === undefined ? shown(join(reports, 'latest'), context.folder) : stable;
  const earlier = earlierReports(reports, report.startedAt);
  const { environment, stdout } = context;
  const rendering = { names, folder: runFolder, shown: { now, stable }, earlier, environment, stdout };
  if (out === undefined) pointLatest(reports, id);
  writeReports(report, rendering);
  appendJobSummary(report, rendering);
  if (kept !== undefined) tellKept(kept, context);
  return report.exit.code;
}
