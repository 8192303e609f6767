/**
 * The filter of a listing: a closed grammar over the members of JSON values, read strictly and without regard to the
 * store. `{"state": {"eq": "open"}, "reading.celsius": {"gte": 20, "lt": 30}}`; all terms have to hold.
 *
 * A path is member names joined by dots; a segment of plain digits is an index where it meets an array. Numbers are
 * compared as IEEE 754 doubles, strings by the bytes of their UTF-8, and neither with anything else. A member that is
 * missing, or of another type than the operand, makes a comparison false; `ne` is the negation of `eq`.
 */

import { CommanderError } from '../errors.ts';
import { readJson } from './json-value.ts';
import { findRepeatedMember } from './repeated-member.ts';

const maxFilterBytes = 4_096;
const maxFilterTerms = 32;
const maxFilterDepth = 16;

export interface Filter {
  /** The filter without regard to white space and to how its strings and numbers are written. */
  readonly canonical: string;
  /** False for a value that is not JSON, whatever the terms are. */
  matches(value: Buffer, contentType: string): boolean;
}

/** Of the member at a path; undefined: there is none, for no JSON value is undefined. */
type Test = (member: unknown) => boolean;

interface Term {
  readonly path: readonly string[];
  readonly test: Test;
}

interface Operator {
  readonly takes: string;
  readonly accepts: (operand: unknown) => boolean;
  readonly test: (operand: unknown) => Test;
}

const isScalar = (operand: unknown): boolean => operand === null || typeof operand !== 'object';
const isOrdered = (operand: unknown): boolean => typeof operand === 'number' || typeof operand === 'string';

const equality = { takes: 'null, true, false, a number or a string', accepts: isScalar };

function comparison(holds: (order: number) => boolean): Operator {
  return {
    takes: 'a number or a string',
    accepts: isOrdered,
    test: (operand) => (member) => {
      const order = compare(member, operand);
      return order !== undefined && holds(order);
    },
  };
}

const operators = new Map<string, Operator>([
  ['eq', { ...equality, test: (operand) => (member) => member === operand }],
  ['ne', { ...equality, test: (operand) => (member) => member !== operand }],
  ['lt', comparison((order) => order < 0)],
  ['lte', comparison((order) => order <= 0)],
  ['gt', comparison((order) => order > 0)],
  ['gte', comparison((order) => order >= 0)],
  [
    'exists',
    {
      takes: 'true or false',
      accepts: (operand) => typeof operand === 'boolean',
      test: (operand) => (member) => (member !== undefined) === operand,
    },
  ],
  [
    'prefix',
    {
      takes: 'a string',
      accepts: (operand) => typeof operand === 'string',
      test: (operand) => (member) => typeof member === 'string' && member.startsWith(String(operand)),
    },
  ],
]);

/** Throws CommanderError `invalid_filter`, which names the place. */
export function parseFilter(text: string): Filter {
  if (Buffer.byteLength(text) > maxFilterBytes) throw invalid(`The filter has at most ${maxFilterBytes} bytes.`);
  const paths = membersOf(parseText(text), 'The filter', 'an object of paths');
  const terms = paths.flatMap(([path, tests]) => parseTests(path, tests));
  if (terms.length > maxFilterTerms) throw invalid(`The filter has at most ${maxFilterTerms} terms.`);
  return {
    canonical: JSON.stringify(JSON.parse(text)),
    matches(value, contentType) {
      const json = readJson(value, contentType);
      return json !== undefined && terms.every(({ path, test }) => test(memberAt(json.parsed, path)));
    },
  };
}

function parseText(text: string): unknown {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CommanderError('invalid_filter', 'The filter is not valid JSON.', { cause });
  }
  // JSON.parse would keep the last one and drop a term that the client sees.
  const repeated = findRepeatedMember(text);
  if (repeated !== undefined) throw invalid(`The filter has ${quote(repeated.name)} twice in one object.`);
  return parsed;
}

function parseTests(path: string, tests: unknown): readonly Term[] {
  const segments = path.split('.');
  if (segments.includes('')) throw invalid(`The path ${quote(path)} has an empty part: names are joined by one dot.`);
  if (segments.length > maxFilterDepth) throw invalid(`The path ${quote(path)} has more than ${maxFilterDepth} parts.`);
  if (!path.isWellFormed()) throw invalid(`The path ${quote(path)} holds a lone surrogate.`);
  const known = [...operators.keys()].join(', ');
  return membersOf(tests, `The filter at ${quote(path)}`, `an object of operators (${known})`).map(
    ([name, operand]) => {
      const operator = operators.get(name);
      if (operator === undefined) {
        throw invalid(`The filter at ${quote(path)} has no operator ${quote(name)}; there are ${known}.`);
      }
      checkOperand(operator, operand, `${name} at ${quote(path)}`);
      return { path: segments, test: operator.test(operand) };
    },
  );
}

function checkOperand({ takes, accepts }: Operator, operand: unknown, place: string): void {
  if (!accepts(operand)) throw invalid(`${place} takes ${takes}, got ${quote(JSON.stringify(operand))}.`);
  if (operand === Number.POSITIVE_INFINITY || operand === Number.NEGATIVE_INFINITY) {
    throw invalid(`${place} has a number beyond the range of a double.`);
  }
  if (typeof operand === 'string' && !operand.isWellFormed()) throw invalid(`${place} holds a lone surrogate.`);
}

/** The members of an object that has any. */
function membersOf(value: unknown, place: string, what: string): readonly (readonly [string, unknown])[] {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const members = isObject ? Object.entries(value) : [];
  if (members.length === 0) throw invalid(`${place} is ${what}, and has at least one.`);
  return members;
}

/** Own members alone: `__proto__` and `length` are names as any other. */
function memberAt(value: unknown, path: readonly string[]): unknown {
  let member = value;
  for (const segment of path) {
    if (typeof member !== 'object' || member === null) return undefined;
    if (Array.isArray(member) && !/^\d+$/.test(segment)) return undefined;
    if (!Object.hasOwn(member, segment)) return undefined;
    member = (member as Readonly<Record<string, unknown>>)[segment];
  }
  return member;
}

/** Undefined where the two have no order. */
function compare(member: unknown, operand: unknown): number | undefined {
  if (typeof member === 'number' && typeof operand === 'number') return member - operand;
  if (typeof member === 'string' && typeof operand === 'string') return compareUtf8(member, operand);
  return undefined;
}

/** The order of the UTF-8 bytes is that of the code points; of the UTF-16 units only the surrogates differ from it. */
function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const [one, other] = [a.charCodeAt(at), b.charCodeAt(at)];
    if (one !== other) return rank(one) - rank(other);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

function quote(text: string): string {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  return JSON.stringify(shown);
}

function invalid(message: string): CommanderError {
  return new CommanderError('invalid_filter', message);
}
