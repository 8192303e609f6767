/** Puts the options together: flag > variable > file > default. Every mistake is a UsageError that says where. */

import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import type { Environment } from './environment.ts';
import type { OptionKey } from './options.ts';
import { flagOf, optionKeys, RunOptions, shapeOf, sharedVariables, variableOf } from './options.ts';
import { nearest } from './suggest.ts';
import { UsageError } from './usage-error.ts';

/** Values as a person wrote them: text from flags and variables, YAML's types from a file. */
type Given = Partial<Record<OptionKey, unknown>>;

function unknown(where: string, name: string, known: readonly string[]): UsageError {
  const near = nearest(name, known);
  return new UsageError(`${where} ${name} is not known${near === undefined ? '' : `; did you mean ${near}?`}`);
}

function readWord(where: string, key: OptionKey, word: string): unknown {
  const shape = shapeOf(key);
  if (shape === 'list') {
    return word
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }
  if (shape === 'integer') {
    if (!/^\d+$/.test(word)) throw new UsageError(`${where} takes plain digits, not "${word}"`);
    return Number(word);
  }
  if (shape === 'boolean') {
    if (!['true', 'false', '1', '0'].includes(word))
      throw new UsageError(`${where} takes true or false, not "${word}"`);
    return word === 'true' || word === '1';
  }
  return word;
}

function readFlag(key: OptionKey, value: unknown): unknown {
  const where = `--${flagOf(key)}`;
  if (Array.isArray(value)) {
    if (shapeOf(key) !== 'list') throw new UsageError(`${where} is given ${value.length} times`);
    return value.flatMap((one) => readFlag(key, one));
  }
  if (typeof value === 'boolean') return value;
  if (value === '') throw new UsageError(`${where} needs a value`);
  return readWord(where, key, String(value));
}

/** `flags`: what the command line parser found, by flag name. */
function fromFlags(flags: Readonly<Record<string, unknown>>): Given {
  const keys = new Map(optionKeys.map((key) => [flagOf(key), key]));
  const given: Given = {};
  for (const [name, value] of Object.entries(flags)) {
    const key = keys.get(name);
    if (key === undefined)
      throw unknown(
        'the flag',
        `--${name}`,
        [...keys.keys()].map((flag) => `--${flag}`),
      );
    if (value !== undefined) given[key] = readFlag(key, value);
  }
  return given;
}

const prefix = 'ORCHESTRATOR_';
const configVariable = `${prefix}CONFIG`;

function fromVariables(environment: Environment): Given {
  const keys = new Map(optionKeys.map((key) => [variableOf(key), key]));
  const given: Given = {};
  for (const [key, name] of Object.entries(sharedVariables)) {
    const value = environment[name];
    if (value !== undefined && value !== '') given[key as OptionKey] = value;
  }
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || name === configVariable || value === undefined) continue;
    const key = keys.get(name);
    if (key === undefined) throw unknown('the variable', name, [...keys.keys(), configVariable]);
    given[key] = readWord(name, key, value);
  }
  return given;
}

function fromFile(path: string): Given {
  let content: unknown;
  try {
    content = parse(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${(error as Error).message.split('\n', 1)[0]}`, { cause: error });
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new UsageError(`${path} must hold keys and values`);
  }
  for (const key of Object.keys(content)) {
    if (!optionKeys.includes(key as OptionKey)) throw unknown(`${path}: the key`, key, optionKeys);
  }
  return content;
}

function fileOf(given: unknown, environment: Environment, folder: string): string | undefined {
  const named = typeof given === 'string' ? given : environment[configVariable];
  if (named !== undefined) {
    const path = resolve(folder, named);
    if (!existsSync(path)) throw new UsageError(`the configuration file ${path} does not exist`);
    return path;
  }
  const usual = join(folder, 'orchestrator.yaml');
  return existsSync(usual) ? usual : undefined;
}

function checked(options: unknown): RunOptions {
  const [problem] = Value.Errors(RunOptions, options);
  if (problem === undefined) return options as RunOptions;
  const key = problem.instancePath.split('/')[1] ?? '';
  const schema = (RunOptions.properties as Record<string, { enum?: readonly string[] }>)[key];
  const choices = schema?.enum;
  const value = (options as Record<string, unknown>)[key];
  const expected = choices === undefined ? problem.message : `must be one of ${choices.join(', ')}`;
  throw new UsageError(`--${flagOf(key)} (${key} in a file) is ${JSON.stringify(value)}, but ${expected}`);
}

export interface ConfigSources {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  /** Where orchestrator.yaml is looked for. */
  readonly folder: string;
}

export function loadConfig({ flags, environment, folder }: ConfigSources): RunOptions {
  const { config, ...rest } = flags;
  const file = fileOf(config, environment, folder);
  const given = {
    ...(file === undefined ? {} : fromFile(file)),
    ...fromVariables(environment),
    ...fromFlags(rest),
  };
  return checked(Value.Default(RunOptions, given));
}
