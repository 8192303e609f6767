/** Time to live as the API takes it: `ttlMs`, `expiresAt`, `keepTtl`, `persist`. */

import type { ExpiryChange } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';

/** 100 years of 365.25 days. */
export const maxTtlMs = 36_525 * 86_400_000;

export interface ExpiryQuery {
  readonly ttlMs?: number;
  readonly expiresAt?: string;
  readonly keepTtl?: boolean;
  readonly persist?: boolean;
}

/** What a set does to the expiry; without a parameter a former one is cleared. Throws `invalid_ttl`. */
export function expiryOfSet(query: ExpiryQuery, nowMs: number): ExpiryChange {
  const given = [query.ttlMs, query.expiresAt, query.keepTtl].filter((value) => value !== undefined).length;
  if (given > 1) throw invalid('At most one of ttlMs, expiresAt and keepTtl goes with a write.');
  if (query.keepTtl === true) return { kind: 'keep' };
  return given === 0 ? { kind: 'none' } : { kind: 'at', atMs: expiryMoment(query, nowMs) };
}

/** What a touch does to the expiry. Throws `invalid_ttl`. */
export function expiryOfTouch(
  query: ExpiryQuery,
  nowMs: number,
): { readonly kind: 'none' } | { readonly kind: 'at'; readonly atMs: number } {
  const given = [query.ttlMs, query.expiresAt, query.persist].filter((value) => value !== undefined).length;
  if (given !== 1) throw invalid('A touch takes exactly one of ttlMs, expiresAt and persist=true.');
  return query.persist === true ? { kind: 'none' } : { kind: 'at', atMs: expiryMoment(query, nowMs) };
}

function expiryMoment(query: ExpiryQuery, nowMs: number): number {
  if (query.ttlMs !== undefined) return nowMs + query.ttlMs;
  const text = query.expiresAt ?? '';
  const atMs = parseTimestamp(text);
  if (atMs === undefined) {
    throw invalid(`expiresAt is a UTC time like 2031-05-04T03:02:01.000Z, got ${JSON.stringify(text.slice(0, 40))}.`);
  }
  if (atMs <= nowMs) throw invalid(`expiresAt is in the future; the server's clock says ${formatTimestamp(nowMs)}.`);
  if (atMs > nowMs + maxTtlMs) throw invalid('expiresAt is at most 100 years away.');
  return atMs;
}

/** RFC 3339 in UTC with exactly three decimals; undefined for anything else, the 30th of February included. */
function parseTimestamp(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) || formatTimestamp(atMs) !== text ? undefined : atMs;
}

export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString();
}

function invalid(message: string): CommanderError {
  return new CommanderError('invalid_ttl', message);
}
