import type { Options } from 'yargs';
import { suites } from '../../suites/registry.ts';
import { loadConfig } from '../config.ts';
import type { OptionKey } from '../options.ts';
import { flagOf, optionKeys, RunOptions, shapeOf } from '../options.ts';
import { prepareRun } from '../prepare-run.ts';
import { renderPlan } from '../render-plan.ts';
import { reportsFolder } from '../run-folder.ts';
import { runPlan } from '../run-plan.ts';
import { runInSession } from '../run-session.ts';
import { chooseReporters } from '../write-reports.ts';
import type { Command } from './command.ts';

export function describeOption(key: OptionKey): Options {
  const { description = '', default: value } = RunOptions.properties[key] as {
    description?: string;
    default?: unknown;
  };
  const boolean = shapeOf(key) === 'boolean';
  const words = Array.isArray(value) ? value.join(',') : value;
  const shown = boolean || words === undefined || words === '' ? {} : { defaultDescription: String(words) };
  return { type: boolean ? 'boolean' : 'string', describe: description, requiresArg: !boolean, ...shown };
}

export const configOption: Options = {
  type: 'string',
  describe: 'file with these options (orchestrator.yaml)',
  requiresArg: true,
};

export const runCommand: Command = {
  name: 'run',
  usage: 'run',
  describe: 'Run suites against backends, judge them, and write the reports',
  positionals: [],
  options: { config: configOption, ...Object.fromEntries(optionKeys.map((key) => [flagOf(key), describeOption(key)])) },
  examples: [
    ['$0 run', 'conformance, edge-cases and e2e on every store that can be had'],
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
    if (!options.dryRun) return runInSession(options, context, (run) => runPlan(prepared, run));
    context.stdout.write(renderPlan(prepared));
    return prepared.requiredAbsent.length > 0 || prepared.plan.length === 0 ? 3 : 0;
  },
};
