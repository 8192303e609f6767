/** How a record lies in the collection, and the filters that decide over it. */

import type { Filter } from 'mongodb';
import { CommanderError } from '../../errors.ts';
import { valueChecksum, withCheckedValue } from '../../record.ts';
import { maxRevisionStart, parseRevision, type Revision } from '../../revision.ts';
import type { Call, Condition, EtagList, RecordAddress, RecordHead, SetRequest, StoredRecord } from '../backend.ts';
import { isLive } from '../is-live.ts';

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

/** What no revision reaches. */
const revisionsEnd = (maxRevisionStart + 1).toString(16);

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
  return { type: contentType, size: value.length, crc: valueChecksum(key, value), value };
}

/** Throws CommanderError `record_corrupt` when the document does not say. */
export function isLiveDocument({ exp }: Pick<HeadDocument, 'exp'>, call: Call): boolean {
  if (exp === null) return true;
  if (typeof exp !== 'number') throw corrupt('its expiry is not readable');
  return isLive(exp, call);
}

/** One whose expiry cannot be read has not. */
export function hasExpired({ exp }: Pick<HeadDocument, 'exp'>, call: Call): boolean {
  return typeof exp === 'number' && !isLive(exp, call);
}

export function liveFilter(nowMs: number): Filter<RecordDocument> {
  return { $or: [{ exp: null }, { exp: { $gt: nowMs } }] };
}

/** An unconditional delete takes a record whose expiry cannot be read, too. */
export function notExpiredFilter(nowMs: number): Filter<RecordDocument> {
  return { exp: { $not: { $lte: nowMs } } };
}

/** Matches where the write is the newer one. */
export function olderFilter(revision: Revision): Filter<RecordDocument> {
  return { rev: { $lt: revision } };
}

/** As `olderFilter`, and where the stored revision is none: comparisons match a value of their own type alone. */
export function olderOrDamagedFilter(revision: Revision): Filter<RecordDocument> {
  return { rev: { $not: { $gte: revision, $lt: revisionsEnd } } };
}

/** Matches where there is a revision to decide on. */
export function revisionFilter(): Filter<RecordDocument> {
  return { rev: { $lt: revisionsEnd } };
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
  return withCheckedValue(head, value, valueChecksum(key, value) === crc);
}

export function readRevision(document: Pick<HeadDocument, 'rev'>): Revision {
  const revision = typeof document.rev === 'string' ? parseRevision(document.rev) : undefined;
  if (revision === undefined) throw corrupt('its revision is not readable');
  return revision;
}

function corrupt(how: string): CommanderError {
  return new CommanderError('record_corrupt', `The stored record is damaged: ${how}.`);
}
