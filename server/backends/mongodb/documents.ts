/** How a record lies in the collection, and the filters that decide over it. */

import type { Filter } from 'mongodb';
import { CommanderError } from '../../errors.ts';
import { recordChecksum, withCheckedValue } from '../../record.ts';
import { parseRevision, type Revision } from '../../revision.ts';
import type { Condition, EtagList, RecordAddress, RecordHead, SetRequest, StoredRecord } from '../backend.ts';

/** A record without its value; short names, as every document carries them. */
export interface HeadDocument {
  /** `namespace/collection/key`: strings are ordered by the bytes of their UTF-8. */
  readonly _id: string;
  /** The revision: as a string of hexadecimal digits it is ordered as revisions are. */
  readonly rev: string;
  /** Expiry in ms since the epoch, null for none. What a caller reads is decided by this alone. */
  readonly exp: number | null;
  readonly type: string;
  readonly size: number;
  /** Of the key and the value. */
  readonly crc: number;
  /** When the store may forget the record; absent when it does not expire. */
  readonly reapAt?: Date;
}

export interface RecordDocument extends HeadDocument {
  readonly value: Buffer;
}

/** The store's clock may be ahead of the server's by so much without taking a live record. */
const reapAfterMs = 3_600_000;

export function idOf(address: RecordAddress): string {
  return `${address.namespace}/${address.collection}/${address.key}`;
}

/** The fields that a touch changes. */
export function expiryFields(expiresAtMs: number | undefined): Pick<HeadDocument, 'exp' | 'reapAt'> {
  return expiresAtMs === undefined ? { exp: null } : { exp: expiresAtMs, reapAt: new Date(expiresAtMs + reapAfterMs) };
}

/** The fields that a write brings beside revision and expiry. */
export function valueFields(key: string, request: SetRequest): Pick<RecordDocument, 'type' | 'size' | 'crc' | 'value'> {
  const { value, contentType } = request;
  return { type: contentType, size: value.length, crc: recordChecksum(key, value), value };
}

/** Throws CommanderError `record_corrupt` when the document does not say. */
export function isLive({ exp }: Pick<HeadDocument, 'exp'>, nowMs: number): boolean {
  if (exp === null) return true;
  if (typeof exp !== 'number') throw corrupt('its expiry is not readable');
  return exp > nowMs;
}

export function liveFilter(nowMs: number): Filter<RecordDocument> {
  return { $or: [{ exp: null }, { exp: { $gt: nowMs } }] };
}

export function expiredFilter(nowMs: number): Filter<RecordDocument> {
  return { exp: { $lte: nowMs } };
}

/** Matches the documents for which `holds` of condition.ts is true. */
export function conditionFilters(condition: Condition | undefined, nowMs: number): readonly Filter<RecordDocument>[] {
  return [...ifMatchFilters(condition?.ifMatch, nowMs), ...ifNoneMatchFilters(condition?.ifNoneMatch, nowMs)];
}

function ifMatchFilters(tags: EtagList | undefined, nowMs: number): readonly Filter<RecordDocument>[] {
  if (tags === undefined) return [];
  return tags === '*' ? [liveFilter(nowMs)] : [liveFilter(nowMs), { rev: { $in: [...tags] } }];
}

function ifNoneMatchFilters(tags: EtagList | undefined, nowMs: number): readonly Filter<RecordDocument>[] {
  if (tags === undefined) return [];
  return tags === '*' ? [expiredFilter(nowMs)] : [{ $or: [expiredFilter(nowMs), { rev: { $nin: [...tags] } }] }];
}

export function readHead(document: HeadDocument): RecordHead {
  const { type, size, exp } = document;
  const revision = readRevision(document);
  if (typeof type !== 'string' || typeof size !== 'number') throw corrupt('its head is not readable');
  return { revision, contentType: type, size, expiresAtMs: exp ?? undefined };
}

export function readRecord(key: string, document: RecordDocument): StoredRecord {
  const head = readHead(document);
  const { value, crc } = document;
  if (!Buffer.isBuffer(value)) throw corrupt('it has no value');
  return withCheckedValue(key, head, crc, value);
}

export function readRevision(document: Pick<HeadDocument, 'rev'>): Revision {
  const revision = typeof document.rev === 'string' ? parseRevision(document.rev) : undefined;
  if (revision === undefined) throw corrupt('its revision is not readable');
  return revision;
}

function corrupt(how: string): CommanderError {
  return new CommanderError('record_corrupt', `The stored record is damaged: ${how}.`);
}
