/** The link between server and store under faults: the server says so, stays right, and comes back by itself. */

import { setTimeout as delay } from 'node:timers/promises';
import { expectEqual, expectStatus, expectTrue } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import type { NetworkMode } from '../fault.ts';
import type { Case, Stage } from '../suite.ts';
import { countUnder } from './counter.ts';
import { startLoad } from './load.ts';
import { expectOutage, marginMs, recoverWithinMs, storeTimeoutMs, watchLive } from './outage.ts';
import { scrape } from './scrape.ts';
import { defineStoreLinkCase, type StoreLinkCase } from './store-link.ts';

/** Strikes under load, demands 503 for all, heals, and demands progress of the same server process. */
async function surviveOutage(stage: Stage, inject: () => ReturnType<Stage['faults']['network']>): Promise<void> {
  const pid = stage.server?.pid;
  const c = openCollection(stage);
  await c.store('there', 'before');
  const load = await startLoad([stage]);
  await load.more(100);
  const fault = await load.strike(inject);
  const live = watchLive(stage);
  await expectOutage(stage, 'there');
  // Once more: by now the server has noticed, and may not say anything else because of it.
  await expectOutage(stage, 'there');
  expectStatus(await sendTo(stage, { method: 'GET', path: '/health/ready' }), 503);
  const slowest = await live.stop();
  expectTrue(slowest <= marginMs, `/health/live within ${marginMs} ms`, `${Math.round(slowest)} ms`);
  await fault.heal();
  await load.recover(recoverWithinMs);
  expectEqual('the value of before', (await c.get('there')).body.toString(), 'before');
  expectStatus(await c.get('never-written'), 404);
  expectEqual('the process', stage.server?.pid, pid);
  await load.judge();
}

/** Everything is slow, nothing is wrong: no operation may fail. */
async function surviveSlowness(stage: Stage, mode: NetworkMode): Promise<void> {
  const load = await startLoad([stage]);
  await load.more(100);
  const fault = await load.strike(() => stage.faults.network('store', mode));
  const before = stage.client.counts.info;
  await load.more(40);
  const failed = stage.client.counts.info - before;
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
  expectEqual('operations without an outcome', failed, 0);
}

const crowd = 100;
const growthBytes = 64_000_000;

/** Many wait for a slow store: the loop stays free, and memory follows the number of those who wait, not the time. */
async function staySmall(stage: Stage): Promise<void> {
  const load = await startLoad([stage], { clients: crowd, keys: 60, valueBytes: 4_000 });
  await load.more(1_000);
  const fault = await load.strike(() => stage.faults.network('store', { kind: 'latency', delayMs: 300, jitterMs: 50 }));
  const live = watchLive(stage);
  await load.more(2 * crowd);
  const settled = stage.server?.peakRssBytes() ?? 0;
  await load.more(4 * crowd);
  const later = stage.server?.peakRssBytes() ?? 0;
  const slowest = await live.stop();
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
  stage.note.measurement({ name: 'slowest /health/live', unit: 'ms', value: Math.round(slowest) });
  stage.note.measurement({ name: 'growth of resident memory', unit: 'bytes', value: later - settled });
  expectTrue(slowest <= marginMs, `/health/live within ${marginMs} ms`, `${Math.round(slowest)} ms`);
  expectTrue(later - settled <= growthBytes, `at most ${growthBytes} more bytes`, `${later - settled}`);
}

/** Largest number of connections that the defaults allow: --redis-connections and what it keeps beside, --mongodb-connections. */
const mostConnections = 60;

async function surviveResets(stage: Stage): Promise<void> {
  const load = await startLoad([stage], { clients: 32 });
  await load.more(200);
  let most = await scrape(stage, 'commander_store_connections');
  const fault = await load.strike(() => stage.faults.network('store', { kind: 'reset', everyMs: 250 }));
  for (let i = 0; i < 50; i += 1) {
    await delay(60, undefined, { signal: stage.signal });
    most = Math.max(most, await scrape(stage, 'commander_store_connections'));
  }
  const broken = await scrape(stage, 'commander_store_connection_failures_total');
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
  const left = await scrape(stage, 'commander_store_connections');
  stage.note.vacuity({ guard: 'connections that the server saw break', value: broken, minimum: 10 });
  stage.note.vacuity({ guard: 'connections seen at once', value: most, minimum: 1 });
  expectTrue(
    Math.max(most, left) <= mostConnections,
    `at most ${mostConnections} connections`,
    `${most}, then ${left}`,
  );
}

/** The store is there; only what was open to it is dead. The server finds out by its deadlines and connects anew. */
async function surviveHalfOpen(stage: Stage): Promise<void> {
  const load = await startLoad([stage]);
  await load.more(100);
  const fault = await load.strike(() => stage.faults.network('store', { kind: 'half-open' }));
  await load.recover(storeTimeoutMs + recoverWithinMs);
  await fault.heal();
  await load.recover(recoverWithinMs);
  await load.judge();
}

const silent = 'every operation answers 503 with Retry-After in time, never 404, and the server comes back by itself';
const outage = (mode: NetworkMode) => (stage: Stage) => surviveOutage(stage, () => stage.faults.network('store', mode));

const cases: readonly StoreLinkCase[] = [
  {
    id: 'partition',
    claim: `While nothing passes between server and store ${silent}`,
    tier: 'pr',
    run: outage({ kind: 'blackhole' }),
  },
  {
    id: 'refused',
    claim: `While the store refuses connections ${silent}`,
    tier: 'nightly',
    run: outage({ kind: 'refuse' }),
  },
  {
    id: 'disconnected',
    claim: `While the store is off the network ${silent}`,
    tier: 'nightly',
    fault: 'store-disconnect',
    run: (stage) => surviveOutage(stage, () => stage.faults.storeDisconnect()),
    costMs: 20_000,
  },
  {
    id: 'reset',
    claim: 'A storm of resets of the connections to the store leaves every read right and the connections bounded',
    tier: 'pr',
    run: surviveResets,
  },
  {
    id: 'lost-answers',
    claim: 'A counter over a store whose answers get lost ends within what was acknowledged and what was left open',
    tier: 'nightly',
    run: (stage) => countUnder(stage, () => stage.faults.network('store', { kind: 'drop-answer', percent: 15 }), 20),
  },
  {
    id: 'half-open',
    claim: 'Connections to a store that died without a word cost no more than their deadline, and every read is right',
    tier: 'nightly',
    run: surviveHalfOpen,
  },
  {
    id: 'latency',
    claim: 'Over a slow and uneven link to the store reads and writes succeed and are right',
    tier: 'nightly',
    run: (stage) => surviveSlowness(stage, { kind: 'latency', delayMs: 60, jitterMs: 50 }),
  },
  {
    id: 'bandwidth',
    claim: 'Over a narrow link to the store reads and writes succeed and are right',
    tier: 'nightly',
    run: (stage) => surviveSlowness(stage, { kind: 'bandwidth', bytesPerSecond: 60_000 }),
  },
  {
    id: 'slow-store',
    claim: 'A hundred clients of a store that takes 300 ms neither hold up /health/live nor grow the memory on and on',
    tier: 'nightly',
    run: staySmall,
    costMs: 30_000,
  },
];

export const networkCases: readonly Case[] = cases.map(defineStoreLinkCase);
