import type { Options } from 'yargs';
import type { Environment } from '../environment.ts';

/** What a command works with, so that a test can give it other streams and variables. */
export interface CommandContext {
  readonly environment: Environment;
  /** The current folder. */
  readonly folder: string;
  /** Results. */
  readonly stdout: NodeJS.WriteStream;
  /** Everything that is said on the way. */
  readonly tell: (line: string) => void;
  /** Arguments as they were given, the command's name first. */
  readonly argv: readonly string[];
}

export interface Command {
  readonly name: string;
  /** `report <id>` */
  readonly usage: string;
  readonly describe: string;
  readonly options: Readonly<Record<string, Options>>;
  readonly examples: readonly (readonly [string, string])[];
  /** Names of the positional arguments. */
  readonly positionals: readonly string[];
  /** Resolves with the exit code. Throws UsageError for what cannot be followed. */
  run(args: Readonly<Record<string, unknown>>, context: CommandContext): Promise<number>;
}
