/** The link between clients and server under faults: a write is there or it is not, never twice and never in part. */

import { openBatches, resultsOf } from '../batch.ts';
import { expectEqual, expectHeader, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { NetworkMode } from '../fault.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { waitUntil } from '../wait-until.ts';
import { countUnder } from './counter.ts';
import { startLoad } from './load.ts';
import { scrape } from './scrape.ts';

const recoverWithinMs = 5_000;

/** Sends it while its answer is lost; inconclusive should one come. */
async function loseAnswer(stage: Stage, send: () => Promise<unknown>): Promise<void> {
  const fault = await stage.faults.network('client', { kind: 'drop-answer', percent: 100 });
  try {
    await send();
  } catch (error) {
    // Of a request that the server owed an answer it is the cause of a verdict.
    const missing = error instanceof NoAnswer ? error : (error as Error).cause;
    if (!(missing instanceof NoAnswer)) throw error;
    await fault.heal();
    return;
  }
  throw new CaseInconclusive('answer_came', 'the answer that should be lost came');
}

async function repeatWithKey(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  const b = openBatches(stage);
  const headers = { 'Idempotency-Key': `lost-${stage.namespace}` };
  const send = () => b.send([b.set('made', 'once', { ifNoneMatch: '*' }), b.set('other', 'x')], { headers });
  await loseAnswer(stage, send);
  const etag = expectStatus(await c.get('made'), 200).header('etag');
  const repeated = expectStatus(await send(), 200);
  expectHeader(repeated, 'idempotency-replayed', 'true');
  expectEqual('the ETag of the first run', resultsOf(repeated)[0]?.etag, etag, repeated);
  expectEqual('the ETag after the repetition', (await c.get('made')).header('etag'), etag);
  // Without the key the same request is another one: the condition shows that the first had happened.
  await b.run([b.set('made', 'again', { ifNoneMatch: '*' })], [412]);
}

/** Large values, so that resets meet bodies half sent and answers half read. */
async function surviveResets(stage: Stage): Promise<void> {
  const idle = await scrape(stage, 'commander_http_connections');
  const load = await startLoad([stage], { clients: 16, keys: 6, valueBytes: 300_000 });
  await load.more(60);
  const fault = await load.strike(() => stage.faults.network('client', { kind: 'reset', everyMs: 25 }));
  const before = stage.client.counts.info;
  const met = (): number => stage.client.counts.info - before;
  await waitUntil('broken requests', () => met() >= 100, { signal: stage.signal, timeoutMs: 30_000 });
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
  stage.note.vacuity({ guard: 'requests that were broken', value: met(), minimum: 100 });
  const left = await scrape(stage, 'commander_http_connections');
  // Those of the clients of this case, and no trace of the broken ones.
  expectEqual('connections that are left over', left <= idle + 16, true);
}

async function survive(stage: Stage, mode: NetworkMode, writes: number): Promise<void> {
  const load = await startLoad([stage], { valueBytes: 20_000 });
  await load.more(60);
  const fault = await load.strike(() => stage.faults.network('client', mode));
  await load.more(writes);
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
}

/** Connections that were open lose their server without a word; what is sent into them has no outcome. */
async function surviveHalfOpen(stage: Stage): Promise<void> {
  const load = await startLoad([stage], { clients: 12 });
  await load.more(60);
  const fault = await load.strike(() => stage.faults.network('client', { kind: 'half-open' }));
  const c = openCollection(stage);
  // A new connection: the others wait in the void.
  await c.store('meanwhile', 'x');
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
}

const everyBackend = (tier: 'pr' | 'nightly'): Case['tiers'] => ({
  lmdb: tier,
  redis: tier,
  mongodb: tier,
  memory: 'nightly',
});

interface ClientCase {
  readonly id: string;
  readonly claim: string;
  readonly tier: 'pr' | 'nightly';
  readonly run: (stage: Stage) => Promise<void>;
}

const cases: readonly ClientCase[] = [
  {
    id: 'lost-answers',
    claim: 'A counter raised by compare-and-set ends within what was acknowledged and what was left open',
    tier: 'pr',
    run: (stage) => countUnder(stage, () => stage.faults.network('client', { kind: 'drop-answer', percent: 20 }), 40),
  },
  {
    id: 'repeat-with-key',
    claim: 'A batch whose answer was lost, sent again with its Idempotency-Key, brings the first answer and runs once',
    tier: 'pr',
    run: repeatWithKey,
  },
  {
    id: 'reset',
    claim: 'Resets in the middle of bodies and answers leave whole values alone, and no connection behind',
    tier: 'nightly',
    run: surviveResets,
  },
  {
    id: 'half-open',
    claim: 'Clients whose connections died without a word leave every read right',
    tier: 'nightly',
    run: surviveHalfOpen,
  },
  {
    id: 'latency',
    claim: 'Over a slow and uneven link to the clients reads and writes are right',
    tier: 'nightly',
    run: (stage) => survive(stage, { kind: 'latency', delayMs: 60, jitterMs: 50 }, 40),
  },
  {
    id: 'bandwidth',
    claim: 'Over a narrow link to the clients reads and writes are right',
    tier: 'nightly',
    run: (stage) => survive(stage, { kind: 'bandwidth', bytesPerSecond: 300_000 }, 40),
  },
];

export const clientLinkCases: readonly Case[] = cases.map(({ id, claim, tier, run }) =>
  defineCase(`client-link/${id}`, claim, run, {
    isolation: 'machine',
    requires: ['server'],
    tiers: everyBackend(tier),
    stage: { durability: 'declared', links: ['client'] },
    faults: ['network'],
    timeoutMs: 120_000,
    costMs: 6_000,
  }),
);
