/** The flags of `commander serve`: the table of config.ts on the command line. */

import { type OptionSpec, optionNames, serveOptions } from '../config.ts';
import type { Command } from './command.ts';
import type { ServeSeams } from './serve.ts';

/** `seams`: for programs that compose the server anew. */
export function createServeCommand(seams: Partial<ServeSeams> = {}): Command {
  return {
    name: 'serve',
    describe: 'Serve the HTTP API over one store',
    options: [...optionNames, 'config'],
    booleans: optionNames.filter((name) => serveOptions[name].kind === 'boolean'),
    build(command) {
      for (const name of optionNames) {
        const spec = serveOptions[name];
        command.option(name, {
          // Integers stay text here: one place reads them, from a flag, the environment and the file alike.
          type: spec.kind === 'boolean' ? 'boolean' : 'string',
          describe: spec.describe + allowedValues(spec),
          defaultDescription: String(spec.default),
          requiresArg: spec.kind !== 'boolean',
        });
      }
      return command
        .option('config', { type: 'string', describe: 'YAML file with these options', requiresArg: true })
        .example('$0 serve', 'Embedded LMDB in ./commander-data on port 7878')
        .example('$0 serve --backend redis --redis-url redis://10.0.0.5:6379', 'Over a Redis elsewhere')
        .epilogue('Each option is also read from COMMANDER_<OPTION> and from the --config file; flags win.');
    },
    async run({ config, ...flags }) {
      const stop = new AbortController();
      for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
      const { serve } = await import('./serve.ts');
      return serve({
        flags,
        configFile: typeof config === 'string' ? config : undefined,
        // biome-ignore lint/style/noProcessEnv: the one place that reads the environment
        environment: process.env,
        stdout: process.stdout,
        stop: stop.signal,
        onHangup: (reload) => void process.on('SIGHUP', reload),
        // An exit would wait for the thread that does not come back.
        abandon: () => void process.kill(process.pid, 'SIGKILL'),
        seams,
      });
    },
  };
}

/** What an option takes, as the help and the reference show it. */
function allowedValues(spec: OptionSpec<unknown>): string {
  if (spec.choices !== undefined) return `: ${spec.choices.join(', ')}`;
  return spec.maximum === undefined ? '' : ` (${spec.minimum} to ${spec.maximum})`;
}
