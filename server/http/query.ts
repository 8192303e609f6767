/**
 * Strict reading of a query string by a route's schema: nothing is coerced beyond plain digits and `true`, nothing is
 * dropped. Fastify's own parser would turn `%ff` into text, and its validator would strip what it does not know.
 */

import type { Static, TObject } from 'typebox';
import { CommanderError, type ErrorCode } from '../errors.ts';

/** The part of JSON Schema that a query parameter may use; `x-error-code` names the answer when a bound is broken. */
interface ParameterSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly 'x-error-code'?: ErrorCode;
}

const empty = Object.freeze({});

/** A reader of raw query strings. It throws CommanderError `invalid_query` or the code that a parameter names. */
export function createQueryParser<S extends TObject>(schema: S): (raw: string) => Static<S> {
  const read = createReader(new Map(Object.entries<ParameterSchema>(schema.properties)));
  const { required = [] } = schema;
  if (required.length === 0) return (raw) => read(raw) as Static<S>;
  return (raw) => {
    const query = read(raw);
    for (const name of required) {
      if (!Object.hasOwn(query, name)) throw invalid(`The query parameter ${name} is needed here.`);
    }
    return query as Static<S>;
  };
}

function createReader(parameters: ReadonlyMap<string, ParameterSchema>): (raw: string) => object {
  return (raw) => {
    if (raw === '') return empty;
    const query: Record<string, string | number | boolean> = {};
    for (const part of raw.split('&')) {
      const equals = part.indexOf('=');
      const name = decode(nameOf(part, equals), 'A query parameter name');
      const parameter = parameters.get(name);
      if (parameter === undefined)
        throw invalid(`There is no query parameter ${quote(name)} here${known(parameters)}.`);
      if (Object.hasOwn(query, name)) throw invalid(`The query parameter ${name} stands more than once.`);
      if (equals < 0) throw invalid(`The query parameter ${name} has no value.`);
      query[name] = readValue(name, decode(part.slice(equals + 1), `The query parameter ${name}`), parameter);
    }
    return query;
  };
}

function nameOf(part: string, equals: number): string {
  return equals < 0 ? part : part.slice(0, equals);
}

function readValue(name: string, text: string, parameter: ParameterSchema): string | number | boolean {
  const value = typed(name, text, parameter);
  const broken = brokenRule(value, parameter);
  if (broken !== undefined) {
    throw new CommanderError(parameter['x-error-code'] ?? 'invalid_query', `${name} ${broken}, got ${quote(text)}.`);
  }
  return value;
}

function typed(name: string, text: string, parameter: ParameterSchema): string | number | boolean {
  if (parameter.type === 'integer') {
    if (!/^\d{1,20}$/.test(text)) throw invalid(`${name} is an integer in plain digits, got ${quote(text)}.`);
    return Number(text);
  }
  if (parameter.type === 'boolean') {
    if (text !== 'true') throw invalid(`${name} is either absent or true, got ${quote(text)}.`);
    return true;
  }
  return text;
}

function brokenRule(value: string | number | boolean, parameter: ParameterSchema): string | undefined {
  const { minimum, maximum, minLength } = parameter;
  if (typeof value === 'number') {
    if (minimum !== undefined && value < minimum) return `is at least ${minimum}`;
    if (maximum !== undefined && value > maximum) return `is at most ${maximum}`;
  }
  if (typeof value === 'string' && minLength !== undefined && value.length < minLength) return 'is not empty';
  if (parameter.const !== undefined && value !== parameter.const) return `is ${String(parameter.const)}`;
  return undefined;
}

/** Form encoding: `+` is a space, percent-encoding is UTF-8. */
function decode(text: string, what: string): string {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new CommanderError('malformed_url', `${what} is not percent-encoded UTF-8.`, { cause });
  }
}

function known(parameters: ReadonlyMap<string, ParameterSchema>): string {
  return parameters.size === 0 ? ': this route has none' : `; known are ${[...parameters.keys()].join(', ')}`;
}

function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}...` : text);
}

function invalid(message: string): CommanderError {
  return new CommanderError('invalid_query', message);
}
