import { mkdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Options } from 'yargs';
import { suites } from '../../suites/registry.ts';
import { loadConfig } from '../config.ts';
import { startJanitor } from '../janitor.ts';
import type { Ledger } from '../ledger.ts';
import { openLedger, readLedger } from '../ledger.ts';
import type { OptionKey } from '../options.ts';
import { flagOf, optionKeys, RunOptions, shapeOf } from '../options.ts';
import type { PreparedRun } from '../prepare-run.ts';
import { prepareRun } from '../prepare-run.ts';
import { renderPlan } from '../render-plan.ts';
import { createProgress } from '../reporters/progress.ts';
import type { KeptStage } from '../run-context.ts';
import { earlierReports, newRunId, openRunFolder, pointLatest, reportsFolder, retainRuns } from '../run-folder.ts';
import type { FinishedRun } from '../run-plan.ts';
import { runPlan } from '../run-plan.ts';
import { listenToSignals } from '../signals.ts';
import { openStateFolder } from '../state-folder.ts';
import { undo } from '../undo.ts';
import { appendJobSummary, chooseReporters, writeReports } from '../write-reports.ts';
import type { Command, CommandContext } from './command.ts';

function describeOption(key: OptionKey): Options {
  const { description = '', default: value } = RunOptions.properties[key] as {
    description?: string;
    default?: unknown;
  };
  const boolean = shapeOf(key) === 'boolean';
  const words = Array.isArray(value) ? value.join(',') : value;
  const shown = boolean || words === undefined || words === '' ? {} : { defaultDescription: String(words) };
  return { type: boolean ? 'boolean' : 'string', describe: description, requiresArg: !boolean, ...shown };
}

const configOption: Options = {
  type: 'string',
  describe: 'file with these options (orchestrator.yaml)',
  requiresArg: true,
};

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

async function execute(prepared: PreparedRun, context: CommandContext): Promise<number> {
  const { options } = prepared;
  const names = chooseReporters(options.reporter);
  const startedAt = new Date();
  const id = newRunId(startedAt);
  const reports = reportsFolder(context.folder);
  const { out } = options;
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
    finished = await runPlan(prepared, run);
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
  retainRuns(reports, startedAt);
  return report.exit.code;
}

export const runCommand: Command = {
  name: 'run',
  usage: 'run',
  describe: 'Run suites against backends, judge them, and write the reports',
  positionals: [],
  options: { config: configOption, ...Object.fromEntries(optionKeys.map((key) => [flagOf(key), describeOption(key)])) },
  examples: [
    ['$0 run', 'conformance and edge-cases on every store that can be had'],
    ['$0 run --require lmdb,redis,mongodb', 'exit 3 when one of them cannot be had'],
    ['$0 run --backend redis --case "ttl/*" --seed 83412', 'some cases again, with the same numbers'],
    ['$0 run --target http://127.0.0.1:7878', 'judge a server that runs already'],
    ['$0 run --suite load --dry-run', 'what would run, and for how long'],
  ],
  async run(args, context) {
    const options = loadConfig({ flags: args, environment: context.environment, folder: context.folder });
    chooseReporters(options.reporter);
    const reports = reportsFolder(context.folder);
    const { environment, folder, tell } = context;
    const prepared = await prepareRun(options, suites, { environment, folder, reports, tell });
    if (!options.dryRun) return execute(prepared, context);
    context.stdout.write(renderPlan(prepared));
    return prepared.requiredAbsent.length > 0 || prepared.plan.length === 0 ? 3 : 0;
  },
};
