/** Reads the bodies of the batch routes: what is wrong is named by its place, such as `operations[3].ifMatch`. */

import { isUtf8 } from 'node:buffer';
import type { BatchOperation, Condition, RecordAddress } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { addressOf } from './address.ts';
import { conditionOf } from './conditions.ts';
import { countedDepths, countMembers } from './count-members.ts';
import { type ExpiryQuery, expiryOfSet, expiryOfTouch, maxTtlMs } from './expiry.ts';
import { hasMoreParts } from './json-parts.ts';
import { checkMediaType, defaultMediaType } from './media-type.ts';
import { findRepeatedMember } from './repeated-member.ts';

export const batchPath = '/api/v1/kv/batch';
export const maxBatchItems = 1_000;
/** Of the body, whatever the largest value is. */
export const maxBatchBytes = 16_000_000;

/** What parsing may take of the heap; a batch of the most operations has a fiftieth of it beside its `json` values. */
const maxJsonParts = 500_000;

export interface BatchBody {
  readonly atomic: boolean;
  readonly operations: readonly BatchOperation[];
}

export interface BatchBodyOptions {
  readonly nowMs: number;
  readonly maxValueBytes: number;
}

type Members = Readonly<Record<string, unknown>>;

const addressMembers = ['namespace', 'collection', 'key'];
const conditionMembers = ['ifMatch', 'ifNoneMatch'];
const valueMembers = ['json', 'text', 'base64'];
const setExpiryMembers = ['ttlMs', 'expiresAt', 'keepTtl'];
const touchExpiryMembers = ['ttlMs', 'expiresAt', 'persist'];

const everyOperation = ['op', ...addressMembers];
const membersOf = {
  get: everyOperation,
  set: [...everyOperation, ...valueMembers, 'contentType', ...setExpiryMembers, ...conditionMembers],
  touch: [...everyOperation, ...touchExpiryMembers, ...conditionMembers],
  delete: [...everyOperation, ...conditionMembers],
} as const satisfies Record<BatchOperation['op'], readonly string[]>;

/** The body of POST. Throws CommanderError: what is wrong, and where. */
export function parseBatch(body: Buffer | undefined, options: BatchBodyOptions): BatchBody {
  const text = textOf(body);
  const batch = membersAt('The body', parseJson(text), ['atomic', 'operations']);
  const { atomic = false } = batch;
  if (typeof atomic !== 'boolean') throw invalid('atomic is true or false.');
  const list = listOf(batch, 'operations');
  const operations = list.map((item, index) => parseOperation(`operations[${index}]`, item, options));
  refuseRepeated(text, { name: 'operations', batch, list });
  return { atomic, operations };
}

/** The body of DELETE. Throws as `parseBatch` does. */
export function parseKeys(body: Buffer | undefined): BatchBody {
  const text = textOf(body);
  const batch = membersAt('The body', parseJson(text), ['keys']);
  const list = listOf(batch, 'keys');
  const operations = list.map((item, index): BatchOperation => {
    const at = `keys[${index}]`;
    return { op: 'delete', address: parseAddress(at, membersAt(at, item, addressMembers)), condition: undefined };
  });
  refuseRepeated(text, { name: 'keys', batch, list });
  return { atomic: false, operations };
}

export function batchTooLarge(detail: string): CommanderError {
  return new CommanderError('batch_too_large', detail);
}

function textOf(body: Buffer | undefined): string {
  const bytes = body ?? Buffer.alloc(0);
  if (!isUtf8(bytes)) throw invalid('The body is not valid UTF-8.');
  if (hasMoreParts(bytes, maxJsonParts)) {
    throw batchTooLarge(
      `The JSON of a batch has at most ${maxJsonParts} elements, members, arrays and objects; send large JSON as text.`,
    );
  }
  return bytes.toString();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new CommanderError('invalid_body', 'The body is not valid JSON.', { cause });
  }
}

/**
 * Of a member that stands twice the parser keeps the last and tells nothing. Counting costs an eighth of all else that
 * is done with a body; which member it is, is looked for only where the counts differ.
 */
function refuseRepeated(
  text: string,
  { name, batch, list }: { readonly name: string; readonly batch: Members; readonly list: readonly unknown[] },
): void {
  let kept = Object.keys(batch).length;
  for (const item of list) kept += Object.keys(item as Members).length;
  if (countMembers(text) === kept) return;
  const repeated = findRepeatedMember(text, countedDepths);
  const at = repeated?.depth === 1 ? 'The body' : `${name}[${repeated?.index}]`;
  throw invalid(`${at} has the member ${JSON.stringify(repeated?.name)} twice.`);
}

function listOf(batch: Members, name: string): readonly unknown[] {
  const list: unknown = batch[name];
  if (!Array.isArray(list) || list.length === 0) throw invalid(`${name} is an array of at least one element.`);
  if (list.length > maxBatchItems) {
    throw batchTooLarge(`A batch has at most ${maxBatchItems} operations, got ${list.length}.`);
  }
  return list;
}

function parseOperation(at: string, item: unknown, options: BatchBodyOptions): BatchOperation {
  const op = typeof item === 'object' && item !== null && 'op' in item ? item.op : undefined;
  if (op !== 'get' && op !== 'set' && op !== 'touch' && op !== 'delete') {
    throw invalid(`${at}.op is get, set, touch or delete.`);
  }
  const members = membersAt(at, item, membersOf[op]);
  const address = parseAddress(at, members);
  if (op === 'get') return { op, address };
  const condition = parseConditions(at, members);
  if (op === 'delete') return { op, address, condition };
  const query = parseExpiry(at, members);
  const { nowMs } = options;
  if (op === 'touch') {
    return { op, address, request: { expiry: within(at, () => expiryOfTouch(query, nowMs)), condition } };
  }
  const expiry = within(at, () => expiryOfSet(query, nowMs));
  return { op, address, request: { ...parseValue(at, members, options), expiry, condition } };
}

function parseAddress(at: string, members: Members): RecordAddress {
  const namespace = textAt(at, members, 'namespace');
  const collection = textAt(at, members, 'collection');
  const key = textAt(at, members, 'key');
  return within(at, () => addressOf({ namespace, collection, key }, undefined));
}

function parseConditions(at: string, members: Members): Condition | undefined {
  const ifMatch = optionalTextAt(at, members, 'ifMatch');
  const ifNoneMatch = optionalTextAt(at, members, 'ifNoneMatch');
  try {
    return conditionOf(ifMatch, ifNoneMatch);
  } catch {
    const name = isMalformed(ifMatch) ? 'ifMatch' : 'ifNoneMatch';
    throw invalid(`${at}.${name} is * or a list of entity tags in double quotes.`);
  }
}

function isMalformed(tags: string | undefined): boolean {
  try {
    conditionOf(tags, undefined);
    return false;
  } catch {
    return true;
  }
}

function parseExpiry(at: string, members: Members): ExpiryQuery {
  const { ttlMs, keepTtl, persist } = members;
  if (ttlMs !== undefined && !isTtl(ttlMs)) {
    throw new CommanderError('invalid_ttl', `${at}.ttlMs is an integer from 1 to ${maxTtlMs}.`);
  }
  if (keepTtl !== undefined && keepTtl !== true) throw invalid(`${at}.keepTtl is either absent or true.`);
  if (persist !== undefined && persist !== true) throw invalid(`${at}.persist is either absent or true.`);
  const expiresAt = optionalTextAt(at, members, 'expiresAt');
  return {
    ...(ttlMs === undefined ? {} : { ttlMs }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(keepTtl === undefined ? {} : { keepTtl }),
    ...(persist === undefined ? {} : { persist }),
  };
}

function isTtl(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= maxTtlMs;
}

/** Where `contentType` is missing, the form of the value tells it. */
const mediaTypes = { json: 'application/json', text: 'text/plain; charset=utf-8', base64: defaultMediaType } as const;

function parseValue(
  at: string,
  members: Members,
  { maxValueBytes }: BatchBodyOptions,
): { readonly value: Buffer; readonly contentType: string } {
  const given = valueMembers.filter((name) => Object.hasOwn(members, name));
  if (given.length !== 1) throw invalid(`${at} has exactly one of json, text and base64.`);
  const form = Object.hasOwn(members, 'json') ? 'json' : Object.hasOwn(members, 'text') ? 'text' : 'base64';
  const value = form === 'json' ? encodeJson(at, members.json) : encodeText(at, form, textAt(at, members, form));
  if (value.length > maxValueBytes) {
    throw new CommanderError('value_too_large', `${at}: a value has at most ${maxValueBytes} bytes.`);
  }
  return { value, contentType: parseMediaType(at, members) ?? mediaTypes[form] };
}

function encodeJson(at: string, json: unknown): Buffer {
  try {
    return Buffer.from(JSON.stringify(json, (_name, value: unknown) => finite(at, value)));
  } catch (cause) {
    if (cause instanceof CommanderError) throw cause;
    throw new CommanderError('invalid_body', `${at}.json is nested too deeply; send it as text.`, { cause });
  }
}

/** A number beyond 1.8e308 is parsed as infinity, which would be stored as null. */
function finite(at: string, value: unknown): unknown {
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  throw invalid(`${at}.json holds a number beyond 1.8e308; send it as text.`);
}

function encodeText(at: string, form: 'text' | 'base64', text: string): Buffer {
  if (form === 'text') {
    if (!text.isWellFormed()) throw invalid(`${at}.text holds a lone surrogate.`);
    return Buffer.from(text);
  }
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw invalid(`${at}.base64 is base64 with its padding, of + and /.`);
  return bytes;
}

function parseMediaType(at: string, members: Members): string | undefined {
  const contentType = optionalTextAt(at, members, 'contentType');
  if (contentType === undefined) return undefined;
  try {
    return checkMediaType(contentType);
  } catch {
    throw invalid(`${at}.contentType is a media type of at most 255 visible ASCII characters.`);
  }
}

/** The members of an object that has none but the known ones. */
function membersAt(at: string, value: unknown, known: readonly string[]): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${at} is an object.`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw invalid(`${at} has no member ${JSON.stringify(unknown.slice(0, 40))} here; known are ${known.join(', ')}.`);
  }
  return value as Members;
}

function textAt(at: string, members: Members, name: string): string {
  const text = optionalTextAt(at, members, name);
  if (text === undefined) throw invalid(`${at}.${name} is missing.`);
  return text;
}

function optionalTextAt(at: string, members: Members, name: string): string | undefined {
  const text = members[name];
  if (text !== undefined && typeof text !== 'string') throw invalid(`${at}.${name} is a string.`);
  return text;
}

/** Puts the place before what the reader of a single request says. */
function within<T>(at: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CommanderError) throw new CommanderError(error.code, `${at}: ${error.message}`);
    throw error;
  }
}

function invalid(message: string): CommanderError {
  return new CommanderError('invalid_body', message);
}
