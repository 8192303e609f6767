/** The parts of RFC 9111 that concern a cache before the store: Cache-Control of a request, Age and X-Cache. */

import type { FastifyReply } from 'fastify';
import type { Freshness, RecordHead } from '../backends/backend.ts';

/**
 * Undefined when the client takes what the cache has. What is not known is passed over (section 5.2.3), as are
 * `min-fresh` and `only-if-cached`; a `max-age` that is no number asks for the store (section 1.2.2).
 */
export function parseFreshness(cacheControl: string | undefined): Freshness | undefined {
  if (cacheControl === undefined) return undefined;
  let maxAgeMs = Number.POSITIVE_INFINITY;
  let keep = true;
  for (const directive of cacheControl.toLowerCase().split(',')) {
    const [name = '', argument = ''] = directive.trim().split('=', 2);
    if (name === 'no-cache' || name === 'no-store') maxAgeMs = 0;
    if (name === 'no-store') keep = false;
    if (name === 'max-age') maxAgeMs = Math.min(maxAgeMs, readSeconds(argument) * 1000);
  }
  return keep && maxAgeMs === Number.POSITIVE_INFINITY ? undefined : { maxAgeMs, keep };
}

function readSeconds(argument: string): number {
  const [, digits] = /^"?(\d{1,10})"?$/.exec(argument) ?? [];
  return digits === undefined ? 0 : Number(digits);
}

/** Whole lines for an answer that is written past the framework. */
export function cacheLines({ ageMs }: RecordHead): string {
  return ageMs === undefined ? 'x-cache: miss\r\n' : `x-cache: hit\r\nage: ${Math.floor(ageMs / 1000)}\r\n`;
}

export function writeCacheHeaders(reply: FastifyReply, { ageMs }: RecordHead): void {
  reply.header('x-cache', ageMs === undefined ? 'miss' : 'hit');
  if (ageMs !== undefined) reply.header('age', Math.floor(ageMs / 1000));
}
