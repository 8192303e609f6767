import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contradicts, type Rechecked, recheck, withHistory } from '../recheck.ts';
import { readReport, reportsFolder, runIds } from '../run-folder.ts';
import { unknownName } from '../suggest.ts';
import { UsageError } from '../usage-error.ts';
import type { Command } from './command.ts';

/** A run by its id, `latest`, or a folder with a report. */
function folderOf(run: string, folder: string): string {
  const reports = reportsFolder(folder);
  const ids = runIds(reports);
  if (run === 'latest') return join(reports, 'latest');
  if (ids.includes(run)) return join(reports, 'runs', run);
  const path = resolve(folder, run);
  if (existsSync(join(path, 'report.json'))) return path;
  throw new UsageError(unknownName('run', run, ['latest', ...ids.slice(0, 5)]));
}

function renderLines(rechecked: Rechecked): string {
  const { result, now, why, witness, operations, judgedBy } = rechecked;
  const { backend, suite, id, verdict, history } = result;
  const mark = now === verdict ? 'same   ' : 'DIFFERS';
  const then = history?.checkerVersion === judgedBy ? '' : `, then ${history?.checkerVersion}`;
  const lines = [
    `${mark}  ${backend}  ${suite}/${id}  then ${verdict}, now ${now}  (${operations} operations, ${judgedBy}${then})`,
  ];
  if (why !== undefined) lines.push(`         ${why}`);
  if (contradicts(rechecked)) lines.push('         what its history showed then is not found now');
  else if (now === 'passed' && verdict !== 'passed')
    lines.push(`         not by its history: ${result.reason ?? 'no reason'}`);
  if (witness !== undefined) lines.push(...witness.split('\n').map((line) => `         ${line}`));
  return `${lines.join('\n')}\n`;
}

function exitCode(all: readonly Rechecked[]): number {
  if (all.some(({ now }) => now === 'failed')) return 1;
  return all.length === 0 || all.some((one) => one.now !== 'passed' || contradicts(one)) ? 3 : 0;
}

export const recheckCommand: Command = {
  name: 'recheck',
  usage: 'recheck [run]',
  describe:
    'Judge the stored histories of a run again, from their files alone. Exit 0: every check holds; 1: one is violated; 3: one cannot tell, or a file is missing, cut or altered, or what was found then is not found now',
  positionals: ['run'],
  options: {
    case: {
      type: 'string',
      describe: 'only cases whose id, or suite/id, matches one of these patterns',
      requiresArg: true,
    },
  },
  examples: [
    ['$0 recheck latest', 'the newest run'],
    ['$0 recheck 20260131-235959-1f2e --case "concurrency/*"', 'some cases of an older one'],
    ['$0 recheck /tmp/artifacts/run', 'a folder with its report.json, from another machine'],
  ],
  async run(args, { folder, stdout, tell }) {
    const runFolder = folderOf(String(args.run), folder);
    const patterns = typeof args.case === 'string' ? args.case.split(',') : [];
    const results = withHistory(readReport(runFolder).results, patterns);
    if (results.length === 0) tell('no case of this run has a history to judge');
    const all: Rechecked[] = [];
    for (const result of results) {
      const rechecked = await recheck(runFolder, result);
      all.push(rechecked);
      stdout.write(renderLines(rechecked));
    }
    const count = (now: Rechecked['now']): number => all.filter((one) => one.now === now).length;
    stdout.write(
      `${all.length} histories: ${count('passed')} hold, ${count('failed')} are violated, ${count('inconclusive')} cannot be told\n`,
    );
    return exitCode(all);
  },
};
