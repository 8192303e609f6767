/** SIGKILL in the midst of a commit: in place of a flush, or of a write of a part of it. */

import type { Answer } from '../answer.ts';
import { batchPath, openBatches } from '../batch.ts';
import type { Check } from '../checkers/registry.ts';
import { type CaseOptions, defineCase } from '../define-case.ts';
import type { ActiveFault, DiskCall } from '../fault.ts';
import type { Operation } from '../history.ts';
import { judgeHistory } from '../judge-history.ts';
import { createRecordedClient } from '../recorded-client.ts';
import { openHistory, type Recorder } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { nameOf } from '../unique-value.ts';
import { waitUntil } from '../wait-until.ts';
import { startLoad } from './load.ts';
import { countLostTogether, type Span } from './spans.ts';

interface CrashPlan {
  readonly id: string;
  readonly call: DiskCall;
  /** Crashes, each at a call of its own. */
  readonly crashes: number;
}

/** A commit is one flush and two writes or more, so that this is somewhere in the first fifty or so. */
const latestCall = 60;
const withinMs = 20_000;
const perRound = 60;

/**
 * Resolves with the time from its beginning to the end of its mending. Where the server holds the data, what was sent
 * to it and has no outcome happened by its death or never; over a store the living server may still send it.
 */
async function crash(stage: Stage, history: Recorder, call: DiskCall): Promise<Span> {
  const fromNs = process.hrtime.bigint();
  let fault: ActiveFault | undefined;
  const kill = async (): Promise<void> => {
    fault = await stage.faults.crashAtCall({ call, nth: 1 + stage.random.below(latestCall), withinMs });
  };
  if (stage.holder === 'server') await history.fence(kill);
  else await kill();
  await fault?.heal();
  return { fromNs, toNs: process.hrtime.bigint() };
}

/** The fewest of all crashes. */
function noteUnderWay(stage: Stage, operations: readonly Operation[], crashes: readonly Span[]): void {
  const value = Math.min(...crashes.map((span) => countLostTogether(operations, span)));
  stage.note.vacuity({ guard: 'operations under way at each death', value, minimum: 1 });
}

const onAck: Check = { checker: 'durability', parameters: { profile: 'on-ack', windowMs: 0 } };

async function surviveWrites(stage: Stage, { call, crashes }: CrashPlan): Promise<void> {
  const spans: Span[] = [];
  const load = await startLoad([stage], { valueBytes: 6_000 });
  for (let round = 0; round < crashes; round += 1) {
    await load.more(perRound);
    spans.push(await crash(stage, load.history, call));
  }
  await load.goOn(perRound);
  noteUnderWay(stage, await load.judge([onAck]), spans);
}

const writers = 4;
const batchKeys = 6;

/** Writers that set all keys of their own to one token after the other, each by one atomic batch, until one is lost. */
function startWriters(stage: Stage, history: Recorder) {
  let stopping = false;
  let acknowledged = 0;
  const write = async (_: unknown, number: number): Promise<void> => {
    const process = history.nextProcess();
    for (let sequence = 0; !stopping && !stage.signal.aborted; sequence += 1) {
      const value = nameOf({ process, sequence });
      const writes = keysOf(number).map((key) => ({ key, value }));
      const b = openBatches(stage);
      const steps = writes.map(({ key }) => b.set(key, value));
      const done = await history.record({
        intent: { f: 'batch', process, key: null, input: { atomic: true, writes, reads: [] } },
        send: () => sendUnowed(stage, steps),
      });
      if (done.type !== 'ok') return;
      acknowledged += 1;
    }
  };
  const running = Promise.all(Array.from({ length: writers }, write));
  running.catch(() => undefined);
  return {
    get acknowledged() {
      return acknowledged;
    },
    async stop() {
      stopping = true;
      await running;
    },
  };
}

const keysOf = (writer: number): readonly string[] => Array.from({ length: batchKeys }, (_, i) => `w${writer}-${i}`);

/** A batch that may stay without an answer. */
function sendUnowed(stage: Stage, operations: readonly object[]): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ atomic: true, operations });
  return stage.client.request({ method: 'POST', path: batchPath, headers, body });
}

async function surviveBatches(stage: Stage, { call, crashes }: CrashPlan): Promise<void> {
  const history = openHistory(stage);
  const spans: Span[] = [];
  for (let round = 0; round < crashes; round += 1) {
    const load = startWriters(stage, history);
    const { signal } = stage;
    await waitUntil('batches of all writers', () => load.acknowledged > 3 * writers, { signal, timeoutMs: withinMs });
    spans.push(await crash(stage, history, call));
    await load.stop();
    const reader = createRecordedClient(stage, history);
    for (let writer = 0; writer < writers; writer += 1) for (const key of keysOf(writer)) await reader.get(key);
  }
  const operations = await judgeHistory(stage, history, [
    { checker: 'atomic-batches', parameters: {}, minimums: { writers: 10, 'groups after a death': writers * crashes } },
    onAck,
  ]);
  noteUnderWay(stage, operations, spans);
}

const traced: CaseOptions = {
  isolation: 'machine',
  requires: ['server'],
  stage: { durability: 'declared', traced: true },
  faults: ['crash-at-call'],
  timeoutMs: 180_000,
};
const once: CaseOptions = { ...traced, tiers: { lmdb: 'pr' }, costMs: 4_000 };
const sweep: CaseOptions = { ...traced, tiers: { lmdb: 'nightly' }, costMs: 30_000 };
const stores: CaseOptions = { ...traced, tiers: { redis: 'nightly', mongodb: 'nightly' }, costMs: 20_000 };

const plans: readonly (CrashPlan & { readonly claim: string; readonly options: CaseOptions })[] = [
  {
    ...{ id: 'flush', call: 'fdatasync', crashes: 1, options: once },
    claim: 'SIGKILL in place of a flush loses nothing that was acknowledged',
  },
  {
    ...{ id: 'write', call: 'pwrite64', crashes: 1, options: once },
    claim: 'SIGKILL between two writes of a commit loses nothing that was acknowledged',
  },
  {
    ...{ id: 'flush-sweep', call: 'fdatasync', crashes: 10, options: sweep },
    claim: 'SIGKILL in place of one flush after the other loses nothing that was acknowledged',
  },
  {
    ...{ id: 'write-sweep', call: 'pwrite64', crashes: 10, options: sweep },
    claim: 'SIGKILL at one write of a commit after the other loses nothing that was acknowledged',
  },
  {
    ...{ id: 'flush-of-a-store', call: 'fdatasync', crashes: 2, options: stores },
    claim: 'SIGKILL of the store in place of a flush loses nothing that was acknowledged',
  },
];

const batchPlans: typeof plans = [
  {
    ...{ id: 'batch-flush', call: 'fdatasync', crashes: 1, options: once },
    claim: 'An atomic batch whose flush SIGKILL took the place of is there as a whole or not at all',
  },
  {
    ...{ id: 'batch-write', call: 'pwrite64', crashes: 1, options: once },
    claim: 'An atomic batch whose commit SIGKILL cut short is there as a whole or not at all',
  },
  {
    ...{ id: 'batch-sweep', call: 'pwrite64', crashes: 10, options: sweep },
    claim: 'Atomic batches that SIGKILL cuts short at one write after the other are there as a whole or not at all',
  },
];

export const crashAtCallCases: readonly Case[] = [
  ...plans.map((plan) =>
    defineCase(`crash-at-call/${plan.id}`, plan.claim, (stage) => surviveWrites(stage, plan), plan.options),
  ),
  ...batchPlans.map((plan) =>
    defineCase(`crash-at-call/${plan.id}`, plan.claim, (stage) => surviveBatches(stage, plan), plan.options),
  ),
];
