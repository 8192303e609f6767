import type { Probe } from '../../reports/schema.ts';
import { loadConfig } from '../config.ts';
import { probeMachine } from '../probe-machine.ts';
import type { Command } from './command.ts';

function renderText(probes: readonly Probe[]): string {
  const width = Math.max(...probes.map(({ name }) => name.length));
  const lines = probes.flatMap(({ name, available, reason, mend }) => {
    const line = `${available ? 'yes' : 'no '}  ${name.padEnd(width)}  ${reason}`;
    return mend === null ? [line] : [line, `     ${' '.repeat(width)}  -> ${mend}`];
  });
  return `${lines.join('\n')}\n`;
}

export const doctorCommand: Command = {
  name: 'doctor',
  usage: 'doctor',
  describe: 'Say what this machine can and cannot do, why, and what would mend it',
  positionals: [],
  options: {
    json: { type: 'boolean', describe: 'as JSON' },
    config: { type: 'string', describe: 'file with the options of run (orchestrator.yaml)', requiresArg: true },
  },
  examples: [['$0 doctor', 'before the first run']],
  async run(args, { environment, folder, stdout, tell }) {
    const options = loadConfig({ flags: { config: args.config }, environment, folder });
    const images = { redis: options.redisImage, mongodb: options.mongodbImage };
    const probes = await probeMachine({ environment, images, k6Image: options.k6Image, tell });
    stdout.write(args.json === true ? `${JSON.stringify({ probes }, null, 2)}\n` : renderText(probes));
    return 0;
  },
};
