/** The device's command line. One place reads the arguments and decides the exit code. */

import yargs from 'yargs';
import { serve } from './commands/serve.ts';
import { type OptionSpec, optionNames, serveOptions, withNearest } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';
import { version } from './version.ts';

const usageExitCode = 2;

/** Resolves with the exit code: 0 done, 2 usage or configuration. */
export async function main(argv: readonly string[]): Promise<number> {
  let run: () => Promise<number> = async () => usageExitCode;
  const parser = yargs([...argv])
    .scriptName('commander')
    .usage('$0 <command>\n\nA key-value service for edge devices.')
    .command(
      'serve',
      'Serve the HTTP API over one store',
      (command) => describeServe(command),
      (args) => {
        run = () => runServe({ ...args, ...writtenBooleans(argv) });
      },
    )
    .demandCommand(1, 'A command is needed.')
    .parserConfiguration({
      'camel-case-expansion': false,
      'duplicate-arguments-array': false,
      'boolean-negation': false,
    })
    .strictCommands()
    .version(version)
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageError(message);
    });
  try {
    await parser.parseAsync();
    if (argv.includes('--help') || argv.includes('--version')) return 0;
    return await run();
  } catch (error) {
    // What the parser finds while it reads, such as a missing value, it throws past `fail`.
    const refusal = error instanceof Error && error.name === 'YError' ? usageError(error.message) : error;
    if (!(refusal instanceof ConfigurationError)) throw error;
    process.stderr.write(`commander: ${refusal.message}\n`);
    return usageExitCode;
  }
}

function usageError(message: string): ConfigurationError {
  return new ConfigurationError(`${message.replace(/\.$/, '')}. See commander --help.`);
}

/** `--testing=text` as it was written: the parser takes every text but `true` for false. */
function writtenBooleans(argv: readonly string[]): Readonly<Record<string, string>> {
  const written = argv.flatMap((argument) => {
    const [, name = '', text = ''] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    return optionNames.some((option) => option === name && serveOptions[option].kind === 'boolean')
      ? [[name, text]]
      : [];
  });
  return Object.fromEntries(written);
}

function describeServe(command: ReturnType<typeof yargs>): ReturnType<typeof yargs> {
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
}

async function runServe(args: Readonly<Record<string, unknown>>): Promise<number> {
  const { _, $0, config, ...flags } = args;
  for (const name of Object.keys(flags)) {
    if (!Object.hasOwn(serveOptions, name)) {
      throw new ConfigurationError(`There is no flag --${withNearest(name, optionNames)}`);
    }
  }
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());
  return serve({
    flags,
    configFile: typeof config === 'string' ? config : undefined,
    // biome-ignore lint/style/noProcessEnv: the one place that reads the environment
    environment: process.env,
    stdout: process.stdout,
    stop: stop.signal,
  });
}

/** What an option takes, as the help and the reference show it. */
function allowedValues(spec: OptionSpec<unknown>): string {
  if (spec.choices !== undefined) return `: ${spec.choices.join(', ')}`;
  return spec.maximum === undefined ? '' : ` (${spec.minimum} to ${spec.maximum})`;
}
