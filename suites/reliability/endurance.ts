/** A million acknowledged writes, with a crash or a power loss after every part of them. */

import { setTimeout as delay } from 'node:timers/promises';
import { batchPath } from '../batch.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';
import { waitUntil } from '../wait-until.ts';
import { failedCommit } from './provoked.ts';

const writes = 1_000_000;
const rounds = 20;
const perBatch = 500;
const clients = 6;
const pauseMs = 20;

interface Ledger {
  /** Names of the batches of which every write was acknowledged. */
  readonly acknowledged: Set<string>;
  inFlight: number;
}

const keyOf = (batch: string, index: number): string => `${batch}.${String(index).padStart(3, '0')}`;

/** Resolves with whether all of it was acknowledged; false also where nobody knows. */
async function sendBatch(stage: Stage, batch: string): Promise<boolean> {
  const at = { namespace: stage.namespace, collection: 'c' };
  const operations = Array.from({ length: perBatch }, (_, index) => {
    const key = keyOf(batch, index);
    return { op: 'set', ...at, key, text: `the value of ${key}` };
  });
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ operations });
  try {
    return (await stage.client.request({ method: 'POST', path: batchPath, headers, body })).status === 200;
  } catch (error) {
    if (error instanceof NoAnswer) return false;
    throw error;
  }
}

/** Clients that write batches until told to stop. */
function startWriters(stage: Stage, round: number, ledger: Ledger): { stop(): Promise<unknown> } {
  let stopping = false;
  const write = async (_: unknown, client: number): Promise<void> => {
    for (let sequence = 0; !stopping && !stage.signal.aborted; sequence += 1) {
      const batch = `r${round}.c${client}.b${sequence}`;
      ledger.inFlight += 1;
      const done = await sendBatch(stage, batch);
      ledger.inFlight -= 1;
      if (done) ledger.acknowledged.add(batch);
      else await delay(pauseMs, undefined, { signal: stage.signal });
    }
  };
  const running = Promise.all(Array.from({ length: clients }, write));
  void running.catch(() => undefined);
  return {
    stop() {
      stopping = true;
      return running;
    },
  };
}

interface Page {
  readonly items: readonly { readonly key: string; readonly text?: string }[];
  readonly cursor?: string;
}

/** How many keys of each batch are there. Throws CaseFailed for a value that was never written. */
async function countStored(stage: Stage): Promise<ReadonlyMap<string, number>> {
  const c = openCollection(stage);
  const counts = new Map<string, number>();
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const answer = await c.list(
      `values=true&limit=1000${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    const page = answer.json() as Page;
    for (const { key, text } of page.items) {
      if (text !== `the value of ${key}`) throw new CaseFailed(`the value of ${key}`, String(text));
      const batch = key.slice(0, -4);
      counts.set(batch, (counts.get(batch) ?? 0) + 1);
    }
    cursor = page.cursor;
  }
  return counts;
}

async function endure(stage: Stage): Promise<void> {
  const ledger: Ledger = { acknowledged: new Set(), inFlight: 0 };
  const met: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const target = Math.ceil((writes / perBatch) * ((round + 1) / rounds));
    const writers = startWriters(stage, round, ledger);
    const enough = (): boolean => ledger.acknowledged.size >= target;
    await waitUntil('a part of the writes', enough, { signal: stage.signal, timeoutMs: 60_000, claimed: true });
    met.push(ledger.inFlight);
    const fault = round % 2 === 0 ? await stage.faults.crash() : await stage.faults.powerLoss();
    await writers.stop();
    await fault.heal();
  }
  const stored = await countStored(stage);
  const acknowledged = ledger.acknowledged.size * perBatch;
  const lost = [...ledger.acknowledged].reduce((sum, batch) => sum + perBatch - (stored.get(batch) ?? 0), 0);
  stage.note.operations({ ok: acknowledged, fail: 0, info: 0 });
  stage.note.measurement({ name: 'acknowledged writes', unit: 'writes', value: acknowledged });
  stage.note.measurement({ name: 'lost writes', unit: 'writes', value: lost });
  stage.note.vacuity({ guard: 'batches in flight at each fault', value: Math.min(...met), minimum: 1 });
  stage.note.vacuity({ guard: 'acknowledged writes', value: acknowledged, minimum: writes });
  if (lost > 0) throw new CaseFailed(`all of ${acknowledged} acknowledged writes`, `${lost} of them lost`);
}

export const enduranceCases: readonly Case[] = [
  defineCase(
    'endurance/million-writes',
    'Of a million acknowledged writes through ten crashes and ten power losses none is lost and none is wrong',
    endure,
    {
      isolation: 'machine',
      requires: ['server'],
      tiers: { lmdb: 'nightly' },
      stage: { durability: 'declared', place: { kind: 'ext4', bytes: 1_610_612_736 } },
      faults: ['crash', 'power-loss'],
      provokes: failedCommit,
      timeoutMs: 900_000,
      costMs: 40_000,
    },
  ),
];
