/** The device's command line. One place reads the arguments and decides the exit code. */

import yargs from 'yargs';
import { backupCommand } from './commands/backup.ts';
import type { Command } from './commands/command.ts';
import { doctorCommand } from './commands/doctor.ts';
import { hashPasswordCommand } from './commands/hash-password.ts';
import { restoreCommand } from './commands/restore.ts';
import { createServeCommand } from './commands/serve-command.ts';
import { withNearest } from './config.ts';
import { ConfigurationError } from './configuration-error.ts';
import { version } from './version.ts';

const deviceCommands: readonly Command[] = [
  createServeCommand(),
  backupCommand,
  restoreCommand,
  doctorCommand,
  hashPasswordCommand,
];
const usageExitCode = 2;

/** Resolves with the exit code: 0 done, 1 what a command found or could not do, 2 usage or configuration. */
export async function main(argv: readonly string[], commands = deviceCommands): Promise<number> {
  let run: () => Promise<number> = async () => usageExitCode;
  const parser = yargs([...argv])
    .scriptName('commander')
    .usage('$0 <command>\n\nA key-value service for edge devices.')
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
      const { refuseArgument } = commands.find(({ name }) => name === argv[0]) ?? {};
      const quotes = message?.startsWith('Unknown ') && refuseArgument !== undefined;
      throw error ?? usageError(quotes ? refuseArgument : message);
    });
  for (const command of commands) {
    parser.command(
      command.name,
      command.describe,
      (builder) => command.build(builder),
      (args) => {
        run = () => command.run(checkFlags(command, { ...args, ...writtenBooleans(command, argv) }));
      },
    );
  }
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
function writtenBooleans(command: Command, argv: readonly string[]): Readonly<Record<string, string>> {
  const written = argv.flatMap((argument) => {
    const [, name = '', text = ''] = /^--([^=]+)=(.*)$/s.exec(argument) ?? [];
    return command.booleans.includes(name) ? [[name, text]] : [];
  });
  return Object.fromEntries(written);
}

function checkFlags(command: Command, args: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { _, $0, ...flags } = args;
  for (const name of Object.keys(flags)) {
    if (!command.options.includes(name)) {
      throw new ConfigurationError(`There is no flag --${withNearest(name, command.options)}`);
    }
  }
  return flags;
}
