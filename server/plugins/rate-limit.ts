/**
 * Requests a second for each client: its credential, or its address where there is none. The headers are those of
 * draft-ietf-httpapi-ratelimit-headers-10: RateLimit-Policy and RateLimit, structured fields.
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { clientOf, createTokenBuckets } from '../access/token-buckets.ts';
import { CommanderError } from '../errors.ts';

export interface RateLimit {
  readonly perSecond: number;
  readonly burst: number;
}

/** About 2 MB of buckets. */
const maxClients = 10_000;

export function registerRateLimit(app: FastifyInstance, { perSecond, burst }: RateLimit): void {
  const buckets = createTokenBuckets({ perSecond, burst, maxClients, now: () => performance.now() });
  const policy = `"default";q=${burst};w=${Math.ceil(burst / perSecond)}`;
  app.addHook('onRequest', (request, { raw }, done) => {
    const { taken, left, nextMs, fullMs } = buckets.take(bucketOf(request));
    // On the platform's answer: one that is written past the framework carries them too.
    raw.setHeader('ratelimit-policy', policy);
    raw.setHeader('ratelimit', `"default";r=${left};t=${Math.ceil(fullMs / 1000)}`);
    if (taken) done();
    else done(tooMany(nextMs));
  });
}

/** A name never looks like an address: the one has a mark before it. */
function bucketOf({ principal, raw }: FastifyRequest): string {
  return principal === null || principal.name === '' ? clientOf(raw.socket.remoteAddress) : `@${principal.name}`;
}

function tooMany(waitMs: number): CommanderError {
  return new CommanderError('rate_limited', 'This client has sent as many requests as it may.', {
    headers: { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) },
  });
}
