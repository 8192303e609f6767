/** The record of an Idempotency-Key: a line of JSON, then the body of the answer. */

import { createHash } from 'node:crypto';
import type { RecordAddress, StoredRecord } from '../backends/backend.ts';
import type { BatchAnswer } from './batch-answer.ts';

/** First line of the record. */
export interface Entry {
  /** SHA-256 of the request's body. */
  readonly hash: string;
  /** Process and run. */
  readonly owner: string;
  /** When the owner has ended for certain, in ms since the epoch. */
  readonly untilMs: number;
  /** Undefined while it runs. `lost`: too large to be kept. */
  readonly answer:
    | Exclude<BatchAnswer, { kind: 'results' }>
    | { readonly kind: 'results'; readonly status: 200 | 207 }
    | { readonly kind: 'lost' }
    | undefined;
}

export interface Found {
  readonly entry: Entry;
  /** Of the answer. */
  readonly body: string;
}

/** Names with `_` are the server's own: no client can name them. */
export const idempotencyPlace = { namespace: '_idempotency', collection: 'batch' } as const;

export function idempotencyAddress(principal: string, key: string): RecordAddress {
  const digest = createHash('sha256')
    .update(JSON.stringify([principal, key]))
    .digest('base64url');
  return { ...idempotencyPlace, key: digest };
}

export function renderEntry(entry: Entry, body: string): Buffer {
  return Buffer.from(`${JSON.stringify(entry)}\n${body}`);
}

export function readEntry({ value }: StoredRecord): Found {
  const end = value.indexOf('\n');
  return { entry: JSON.parse(value.toString('utf8', 0, end)) as Entry, body: value.toString('utf8', end + 1) };
}
