import { suites } from '../../suites/registry.ts';
import { renderDuration } from '../duration.ts';
import type { Command } from './command.ts';

function renderText(): string {
  const lines = suites.flatMap(({ name, title, cases }) => {
    const costMs = cases.reduce((sum, one) => sum + one.costMs, 0);
    const width = Math.max(0, ...cases.map(({ id }) => id.length));
    return [
      `${name}  ${title} (${cases.length} cases, about ${renderDuration(costMs)})`,
      ...cases.map(({ id, claim, isolation, costMs: cost }) => {
        const alone = isolation === 'namespace' ? '' : `, ${isolation}`;
        return `  ${id.padEnd(width)}  ${claim} (${cost} ms${alone})`;
      }),
      '',
    ];
  });
  return lines.join('\n');
}

function renderJson(): string {
  const listed = suites.map(({ name, title, cases }) => ({
    name,
    title,
    cases: cases.map(({ id, claim, isolation, requires, costMs, timeoutMs, liveness }) => ({
      id,
      claim,
      isolation,
      requires,
      costMs,
      timeoutMs,
      liveness,
    })),
  }));
  return `${JSON.stringify({ suites: listed }, null, 2)}\n`;
}

export const listCommand: Command = {
  name: 'list',
  usage: 'list',
  describe: 'Show suites and cases, what each claims and costs',
  positionals: [],
  options: { json: { type: 'boolean', describe: 'as JSON' } },
  examples: [['$0 list --json', 'for a program']],
  async run(args, { stdout }) {
    stdout.write(args.json === true ? renderJson() : renderText());
    return 0;
  },
};
