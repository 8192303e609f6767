/** A record as JSON, where several travel together: listings and batches. */

import { isUtf8 } from 'node:buffer';
import type { RecordHead } from '../backends/backend.ts';
import { formatTimestamp } from './expiry.ts';
import { readJson } from './json-value.ts';
import { Type } from './schema.ts';

/** The members beside those that say whose record it is. */
export const recordMembers = {
  etag: Type.String({ description: 'As in the ETag header, quotes included' }),
  contentType: Type.String({ description: 'The media type it was stored with' }),
  size: Type.Integer({ minimum: 0, description: 'Bytes of the value' }),
  expiresAt: Type.Optional(Type.String({ format: 'date-time', description: 'When the record expires' })),
  json: Type.Optional(Type.Unknown({ description: 'The value, when it is application/json and valid JSON' })),
  text: Type.Optional(Type.String({ description: 'Else the value, when it is valid UTF-8' })),
  base64: Type.Optional(Type.String({ description: 'Else the value in base64' })),
};

/**
 * `first`: an object begun, with the members that stand before those of the record. Without a value the head alone.
 * Written out member by member: stringifying an object for each item costs as much as all else of a page. A revision
 * has hexadecimal digits alone; the ETag that holds it has quotes of its own.
 */
export function renderRecord(first: string, record: RecordHead, value: Buffer | undefined): string {
  const { revision, contentType, size, expiresAtMs } = record;
  const expiry = expiresAtMs === undefined ? '' : `,"expiresAt":"${formatTimestamp(expiresAtMs)}"`;
  const carrier = value === undefined ? '' : `,${renderValue(value, contentType)}`;
  const type = quoteContentType(contentType);
  return `${first},"etag":"\\"${revision}\\"","contentType":${type},"size":${size}${expiry}${carrier}}`;
}

let lastQuoted = { contentType: '', text: '""' };

/** Neighbours mostly have the same media type. */
function quoteContentType(contentType: string): string {
  if (lastQuoted.contentType !== contentType) lastQuoted = { contentType, text: JSON.stringify(contentType) };
  return lastQuoted.text;
}

/** Stored JSON is spliced in byte for byte: numbers beyond 2^53 and the order of members survive. */
function renderValue(value: Buffer, contentType: string): string {
  const json = readJson(value, contentType);
  if (json !== undefined) return `"json":${json.text}`;
  return isUtf8(value) ? `"text":${JSON.stringify(value.toString())}` : `"base64":"${value.toString('base64')}"`;
}

export function expiryMember({ expiresAtMs }: Pick<RecordHead, 'expiresAtMs'>): { readonly expiresAt?: string } {
  return expiresAtMs === undefined ? {} : { expiresAt: formatTimestamp(expiresAtMs) };
}
