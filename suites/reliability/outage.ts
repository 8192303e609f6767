/** What a server owes its clients while its store cannot be reached. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import { batchPath, resultsOf } from '../batch.ts';
import { expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import type { RequestSpec } from '../client.ts';
import { openCollection, sendTo } from '../collection.ts';
import { collectionsPath, namespacesPath } from '../names.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Stage } from '../suite.ts';
import { CaseFailed, CaseInconclusive } from '../verdict.ts';

/** Default of --store-timeout-ms: what the store may take for a call. */
export const storeTimeoutMs = 2_000;
/** For two busy cores, and for the server's own work around the call. */
export const marginMs = 1_000;
/** From the end of an outage to acknowledged writes. */
export const recoverWithinMs = 5_000;

/** What each operation of a batch adds to it. */
export const batchStepMs = 10;
/** More than a server has in hand at once. */
const batchKeys = 100;

/** One of each kind, on a key that is there and on one that is not. */
function everyOperation(stage: Stage, there: string): readonly RequestSpec[] {
  const c = openCollection(stage);
  const [key, absent] = [c.pathOf(there), c.pathOf('never-written')];
  const batched = [there, ...Array.from({ length: batchKeys - 1 }, (_, index) => `never-written-${index}`)];
  const batch = (atomic: boolean): RequestSpec => ({
    method: 'POST',
    path: batchPath,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({
      atomic,
      operations: batched.map((name) => ({ op: 'get', namespace: c.namespace, collection: c.name, key: name })),
    }),
  });
  return [
    { method: 'GET', path: key },
    { method: 'GET', path: absent },
    { method: 'HEAD', path: absent },
    { method: 'PUT', path: c.pathOf('written-in-the-dark'), body: 'x' },
    { method: 'PUT', path: absent, headers: { 'If-Match': '"none"' }, body: 'x' },
    { method: 'PATCH', path: `${absent}?ttlMs=1000` },
    { method: 'DELETE', path: absent },
    { method: 'GET', path: c.path },
    { method: 'GET', path: `${c.path}?values=true` },
    { method: 'DELETE', path: `${c.path}?prefix=none` },
    { method: 'GET', path: namespacesPath },
    { method: 'GET', path: collectionsPath(c.namespace) },
    batch(false),
    ...(stage.capabilities.atomicBatch === 'none' ? [] : [batch(true)]),
  ];
}

/** 503 with Retry-After. A batch that is not atomic says so of each of its operations, in a 207 with Retry-After. */
function expectUnavailable(answer: Answer): void {
  if (answer.status === 207) {
    for (const { status } of resultsOf(answer)) expectEqual('the status in the batch', status, 503, answer);
  } else {
    expectStatus(answer, 503);
  }
  expectHeader(answer, 'retry-after', /^[1-9]\d*$/);
}

/** All at once: each must be answered 503 with Retry-After within the deadline of the store. */
export async function expectOutage(stage: Stage, there: string): Promise<void> {
  await Promise.all(
    everyOperation(stage, there).map(async (spec) => {
      const started = performance.now();
      const deadlineMs = storeTimeoutMs + (spec.path === batchPath ? batchKeys * batchStepMs : 0);
      const within = `an answer within ${deadlineMs} + ${marginMs} ms`;
      const answer = await sendTo(stage, spec).catch((error: unknown) => {
        const cause = error instanceof CaseInconclusive ? error.cause : undefined;
        if (!(cause instanceof NoAnswer) || cause.reason !== 'timeout') throw error;
        throw new CaseFailed(within, cause.message, { exchange: cause.exchange, cause });
      });
      const tookMs = Math.round(performance.now() - started);
      expectUnavailable(answer);
      expectTrue(tookMs <= deadlineMs + marginMs, within, `${tookMs} ms for ${spec.method} ${spec.path}`, answer);
    }),
  );
}

export interface LiveLook {
  /** Ends the looks and resolves with the slowest of them, in ms. */
  stop(): Promise<number>;
}

/** Asks /health/live again and again; an answer other than 200 fails the case when it is stopped. */
export function watchLive(stage: Stage): LiveLook {
  let stopping = false;
  const looks = (async () => {
    let slowest = 0;
    while (!stopping && !stage.signal.aborted) {
      const started = performance.now();
      expectStatus(await sendTo(stage, { method: 'GET', path: '/health/live' }), 200);
      slowest = Math.max(slowest, performance.now() - started);
      await delay(20, undefined, { signal: stage.signal });
    }
    return slowest;
  })();
  looks.catch(() => undefined);
  return {
    async stop() {
      stopping = true;
      return looks;
    },
  };
}
