/** The flags of the commands that work on the files of an embedded store. */

import { serveOptions } from '../config.ts';
import { ConfigurationError } from '../configuration-error.ts';
import type { CommandBuilder } from './command.ts';

export function addDataFlag(command: CommandBuilder): CommandBuilder {
  return command.option('data', {
    type: 'string',
    describe: serveOptions.data.describe,
    defaultDescription: serveOptions.data.default,
    requiresArg: true,
  });
}

export function readDataFlag(flags: Readonly<Record<string, unknown>>): string {
  return flags.data === undefined ? serveOptions.data.default : readTextFlag(flags, 'data');
}

export function readTextFlag(flags: Readonly<Record<string, unknown>>, name: string): string {
  const value = flags[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new ConfigurationError(`--${name} is needed, once, with a path.`);
}

export function renderBytes(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
