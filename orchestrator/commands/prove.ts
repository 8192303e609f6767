import { randomInt } from 'node:crypto';
import { matchesGlob } from 'node:path';
import { tierNames } from '../../reports/schema.ts';
import { defects } from '../../suites/defects/catalogue.ts';
import type { Defect } from '../../suites/defects/defect.ts';
import { suites } from '../../suites/registry.ts';
import { loadConfig } from '../config.ts';
import type { RunOptions } from '../options.ts';
import { inClone } from '../package-root.ts';
import { prepareRun } from '../prepare-run.ts';
import { type PrepareCases, prove } from '../prove.ts';
import { reportsFolder } from '../run-folder.ts';
import { runInSession } from '../run-session.ts';
import { unknownName } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';
import { chooseReporters } from '../write-reports.ts';
import type { Command } from './command.ts';
import { configOption, describeOption } from './run.ts';

/** Those of the tier whose names match one of the patterns, which a flag that is given once or often holds. */
export function chooseDefects(given: unknown, tier: RunOptions['tier']): readonly Defect[] {
  const patterns = [given ?? []].flat().flatMap((some) => String(some).split(','));
  const ofTier = defects.filter((defect) => tierNames.indexOf(defect.tier) <= tierNames.indexOf(tier));
  for (const pattern of patterns) {
    if (ofTier.some(({ name }) => matchesGlob(name, pattern))) continue;
    throw new UsageError(
      `--defect: ${unknownName(
        'defect',
        pattern,
        ofTier.map(({ name }) => name),
      )}`,
    );
  }
  if (patterns.length === 0) return ofTier;
  return ofTier.filter(({ name }) => patterns.some((pattern) => matchesGlob(name, pattern)));
}

export const proveCommand: Command = {
  name: 'prove',
  usage: 'prove',
  describe: 'Plant defects, and demand that the suites find each of them',
  positionals: [],
  options: {
    config: configOption,
    defect: { type: 'string', describe: 'only defects whose name matches one of these patterns', requiresArg: true },
    seed: describeOption('seed'),
    tier: describeOption('tier'),
    out: describeOption('out'),
    reporter: describeOption('reporter'),
  },
  examples: [
    ['$0 prove', 'what the pr tier holds, on embedded LMDB'],
    ['$0 prove --defect "ttl-*" --seed 83412', 'some of them again, with the same numbers'],
    ['$0 report --promote latest', 'publish the matrix: then write the documentation anew'],
  ],
  async run({ defect, ...flags }, context) {
    const { environment, folder, tell } = context;
    if (!inClone) throw new UsageError('prove needs a clone of the sources: the package holds no defects');
    const options = loadConfig({ flags, environment, folder });
    chooseReporters(options.reporter);
    const chosen = chooseDefects(defect, options.tier);
    const seed = options.seed ?? randomInt(2 ** 32 - 1);
    const reports = reportsFolder(folder);
    const prepare: PrepareCases = (cases, backend) => {
      const named = cases.map(({ suite, id }) => `${suite}/${id}`);
      const suiteNames = [...new Set(cases.map(({ suite }) => suite))];
      const only = { ...options, seed, backend: [backend], suite: suiteNames, case: named };
      return prepareRun(only, suites, { environment, folder, reports, tell });
    };
    return runInSession(options, context, (run) => prove(chosen, prepare, run));
  },
};
