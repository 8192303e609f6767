/** Ends in order: of the server while it is asked, and of the store below a server that runs on. */

import { connect } from 'node:net';
import { expectBody, expectEqual } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { halfReadGet } from '../half-read.ts';
import type { Case, ServerHandle, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { waitUntil } from '../wait-until.ts';
import { halfSendPut } from './half-sent.ts';
import { startLoad } from './load.ts';

const recoverWithinMs = 5_000;
const bodyBytes = 4_000;
const held = 6;
const largeBytes = 12_000_000;

/** Resolves once new connections are refused. */
async function untilRefused({ baseUrl }: ServerHandle, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(baseUrl);
  let refused = false;
  const knock = (): void => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => {
      socket.destroy();
      if (!signal.aborted) knock();
    });
    socket.once('error', () => {
      refused = true;
    });
  };
  knock();
  await waitUntil('the server to refuse connections', () => refused, { signal, timeoutMs: 5_000 });
}

function serverOf(stage: Stage): ServerHandle {
  if (stage.server === undefined) throw new CaseInconclusive('no_server', 'the case needs a server of its own');
  return stage.server;
}

async function restartServer(stage: Stage): Promise<void> {
  const server = serverOf(stage);
  const c = openCollection(stage);
  const started = performance.now();
  const load = await startLoad([stage], { clients: 16 });
  const bodyOf = (number: number): Buffer => Buffer.alloc(bodyBytes, `${number}`);
  await load.more(100);
  const putting = await Promise.all(
    Array.from({ length: held }, (_, i) => halfSendPut(server.baseUrl, c.pathOf(`held-${i}`), bodyOf(i))),
  );
  const large = Buffer.alloc(largeBytes, 'large');
  await c.store('large', large);
  const reading = await halfReadGet(server.baseUrl, c.pathOf('large'));
  const fromMs = Math.round(performance.now() - started);
  const stoppedNs = process.hrtime.bigint();
  const stopped = await load.strike(async () => ({ exit: server.stop() }));
  await untilRefused(server, stage.signal);
  for (const one of putting) expectEqual('the status of a request under way', (await one.finish()).status, 201);
  expectBody(await reading.finish(), large);
  const code = await stopped.exit;
  expectEqual('the exit code', code, 0);
  await server.restart();
  stage.note.fault({
    name: 'server-restart',
    target: 'server',
    fromMs,
    toMs: Math.round(performance.now() - started),
    evidence: `SIGTERM with ${held} requests half sent and an answer half read, exit code ${code}, process ${server.pid} took over`,
  });
  await load.recover(recoverWithinMs);
  for (let i = 0; i < held; i += 1) expectBody(await c.get(`held-${i}`), bodyOf(i));
  const unknown = (await load.judge()).filter(({ type }) => type === 'info');
  const underWay = unknown.filter(({ call }) => call < stoppedNs);
  // One sent later may meet a connection that the server has just ended as idle: RFC 9112, section 9.3.1.
  const later = unknown.length - underWay.length;
  stage.note.measurement({ name: 'requests broken that were sent later', unit: 'requests', value: later });
  expectEqual('requests under way that were broken', underWay.length, 0);
}

const rounds = 2;

/** The server never ends, and answers again after each restart of its store. */
async function restartStore(stage: Stage): Promise<void> {
  const { pid } = serverOf(stage);
  const load = await startLoad([stage]);
  for (let round = 0; round < rounds; round += 1) {
    await load.more(80);
    const fault = await load.strike(() => stage.faults.storeRestart());
    await fault.heal();
    await load.recover(recoverWithinMs);
  }
  await load.judge();
  expectEqual('the process of the server', stage.server?.pid, pid);
}

/** One of two servers is always there: who asks the other one instead never sees an outage. */
async function rollServers(stage: Stage): Promise<void> {
  const started = performance.now();
  const sinceStart = (): number => Math.round(performance.now() - started);
  const second = await stage.startSecondServer();
  const load = await startLoad([stage, second], { clients: 4 });
  await load.more(60);
  for (const server of [serverOf(stage), serverOf(second)]) {
    const fromMs = sinceStart();
    const code = await load.strike(() => server.stop());
    expectEqual('the exit code', code, 0);
    // The other one alone.
    await load.more(60);
    await server.restart();
    await load.recover(recoverWithinMs);
    const evidence = `SIGTERM, exit code ${code}, process ${server.pid} took over`;
    stage.note.fault({ name: 'server-restart', target: 'one of two servers', fromMs, toMs: sinceStart(), evidence });
  }
  await load.judge();
}

const usual = { isolation: 'machine', requires: ['server'], timeoutMs: 120_000, costMs: 8_000 } as const;
const stage = { durability: 'declared' } as const;

export const restartCases: readonly Case[] = [
  defineCase(
    'restart/server-under-load',
    'SIGTERM of a server under load finishes every request under way, breaks none, and loses nothing acknowledged',
    restartServer,
    { ...usual, stage, tiers: { lmdb: 'pr', redis: 'nightly', mongodb: 'nightly' } },
  ),
  defineCase(
    'restart/two-servers-in-turn',
    'Of two servers on one store either can be restarted while the other one serves, and all reads are right',
    rollServers,
    {
      ...usual,
      stage,
      requires: ['server', 'shared-store'],
      tiers: { lmdb: 'nightly', redis: 'nightly', mongodb: 'nightly' },
    },
  ),
  defineCase(
    'restart/store-below-server',
    'A store that is restarted below a running server loses nothing acknowledged, and the server goes on by itself',
    restartStore,
    {
      ...usual,
      stage,
      faults: ['store-restart'],
      tiers: { redis: 'nightly', mongodb: 'nightly' },
      costMs: 20_000,
    },
  ),
];
