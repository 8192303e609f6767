/**
 * The server's options: one table from which flags, COMMANDER_* variables, the YAML file, the help and the reference
 * are drawn. Precedence: flag, environment, file, default.
 */

import { backendNames } from './backends/registry.ts';
import { ConfigurationError } from './configuration-error.ts';
import { nearest } from './nearest.ts';

export interface OptionSpec<T> {
  readonly kind: 'string' | 'integer' | 'boolean';
  readonly default: T;
  readonly describe: string;
  readonly choices?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
}

export const serveOptions = {
  backend: text('lmdb', 'Store to use', backendNames),
  data: text('./commander-data', 'Data folder of the embedded store'),
  'redis-url': text('redis://127.0.0.1:6379', 'Redis to use with --backend redis'),
  'redis-prefix': text('commander:', 'What every Redis key begins with'),
  'mongodb-url': text('mongodb://127.0.0.1:27017', 'MongoDB to use with --backend mongodb'),
  'mongodb-database': text('commander', 'MongoDB database to use'),
  host: text('127.0.0.1', 'Address to listen on'),
  port: integer(7878, 'Port to listen on; 0 takes a free one', 0, 65_535),
  'max-value-bytes': integer(16_000_000, 'Largest value in bytes', 1, 2 ** 31 - 1),
  'store-timeout-ms': integer(2_000, 'What the store may take for a call; a value adds 1 s per MB', 1, 600_000),
  'shutdown-timeout-ms': integer(10_000, 'What requests in flight may take after SIGTERM', 0, 600_000),
  'log-level': text('info', 'Least severe log line to write', ['debug', 'info', 'warn', 'error', 'silent']),
  'insecure-no-auth': flag('Listen beyond loopback although there are no credentials'),
  testing: flag('Add POST /testing/clock; loopback only'),
  'testing-seed': integer(0, 'With --testing: stand the clock still and seed all ids; 0 is off', 0, 2 ** 32 - 1),
  'ready-json': flag('Write one line of JSON with the bound address and the pid to stdout'),
} as const satisfies Record<string, OptionSpec<unknown>>;

export type OptionName = keyof typeof serveOptions;
export type ServeSettings = { readonly [Name in OptionName]: (typeof serveOptions)[Name]['default'] };

function text(value: string, describe: string, choices?: readonly string[]): OptionSpec<string> {
  return { kind: 'string', default: value, describe, ...(choices === undefined ? {} : { choices }) };
}

function integer(value: number, describe: string, minimum: number, maximum: number): OptionSpec<number> {
  return { kind: 'integer', default: value, describe, minimum, maximum };
}

function flag(describe: string): OptionSpec<boolean> {
  return { kind: 'boolean', default: false, describe };
}

export const optionNames = Object.keys(serveOptions) as OptionName[];

export function environmentName(option: string): string {
  return `COMMANDER_${option.replaceAll('-', '_').toUpperCase()}`;
}

export interface ConfigSources {
  /** Flags that were given, by option name. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The parsed YAML file; undefined when there is none. */
  readonly file: unknown;
}

/** Throws ConfigurationError that names the option, where it came from and what is wrong with it. */
export function resolveSettings(sources: ConfigSources): ServeSettings {
  const file = checkFile(sources.file);
  const entries = optionNames.map((name) => {
    const spec: OptionSpec<unknown> = serveOptions[name];
    const variable = environmentName(name);
    const given = [
      { from: `--${name}`, value: sources.flags[name] },
      { from: variable, value: sources.environment[variable] },
      { from: `${name} in the configuration file`, value: file[name] },
    ].find(({ value }) => value !== undefined);
    return [name, given === undefined ? spec.default : readOption(given.from, given.value, spec)];
  });
  const settings = Object.fromEntries(entries) as ServeSettings;
  checkTogether(settings);
  return settings;
}

/** Variables that look like options and are none: most likely misspelt. */
export function unknownVariables(environment: ConfigSources['environment']): readonly string[] {
  const known = optionNames.map(environmentName);
  return Object.keys(environment)
    .filter((name) => name.startsWith('COMMANDER_') && !known.includes(name))
    .map((name) => withNearest(name, known));
}

export function withNearest(word: string, known: readonly string[]): string {
  const close = nearest(word, known);
  return close === undefined ? word : `${word} (did you mean ${close}?)`;
}

function checkFile(file: unknown): Readonly<Record<string, unknown>> {
  if (file === undefined || file === null) return {};
  if (typeof file !== 'object' || Array.isArray(file)) {
    throw new ConfigurationError('The configuration file holds options as `name: value`, one a line.');
  }
  for (const name of Object.keys(file)) {
    if (!Object.hasOwn(serveOptions, name)) {
      throw new ConfigurationError(`The configuration file has no option ${withNearest(name, optionNames)}.`);
    }
  }
  return file as Readonly<Record<string, unknown>>;
}

function readOption(from: string, value: unknown, spec: OptionSpec<unknown>): unknown {
  if (spec.kind === 'boolean') return readBoolean(from, value);
  if (spec.kind === 'integer') return readInteger(from, value, spec);
  if (typeof value !== 'string' || value === '') throw new ConfigurationError(`${from} needs a text.`);
  if (spec.choices !== undefined && !spec.choices.includes(value)) {
    throw new ConfigurationError(
      `${from} is one of ${spec.choices.join(', ')}; got ${withNearest(value, spec.choices)}.`,
    );
  }
  return value;
}

function readBoolean(from: string, value: unknown): boolean {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new ConfigurationError(`${from} is true or false, got ${JSON.stringify(value)}.`);
}

function readInteger(from: string, value: unknown, spec: OptionSpec<unknown>): number {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  const { minimum = 0, maximum = Number.MAX_SAFE_INTEGER } = spec;
  if (typeof number !== 'number' || !Number.isInteger(number) || number < minimum || number > maximum) {
    throw new ConfigurationError(`${from} is an integer from ${minimum} to ${maximum}, got ${JSON.stringify(value)}.`);
  }
  return number;
}

function checkTogether(settings: ServeSettings): void {
  const loopback = isLoopbackAddress(settings.host);
  if (settings.testing && !loopback) {
    throw new ConfigurationError(`--testing listens on loopback only, not on ${settings.host}.`);
  }
  if (settings['testing-seed'] !== 0 && !settings.testing) {
    throw new ConfigurationError('--testing-seed needs --testing.');
  }
  if (!loopback && !settings['insecure-no-auth']) {
    throw new ConfigurationError(
      `${settings.host} can be reached from other machines and there are no credentials. ` +
        'Listen on 127.0.0.1, or say --insecure-no-auth to let everybody in.',
    );
  }
}

export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
