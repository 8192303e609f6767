import type yargs from 'yargs';

export type CommandBuilder = ReturnType<typeof yargs>;

/** One command of the command line. */
export interface Command {
  readonly name: string;
  readonly describe: string;
  /** Names of its options, for the nearest one to a misspelt flag. */
  readonly options: readonly string[];
  /** Names of those that are either there or not. */
  readonly booleans: readonly string[];
  /** Said of an argument that is no flag; undefined: it is quoted. */
  readonly refuseArgument?: string;
  build(command: CommandBuilder): CommandBuilder;
  /** Flags by name, as they were written. Resolves with the exit code; throws ConfigurationError for what cannot be. */
  run(flags: Readonly<Record<string, unknown>>): Promise<number>;
}
