/** What a server holds on to while it serves. */

import { setTimeout as delay } from 'node:timers/promises';
import { anonymousBytes } from '../anonymous-bytes.ts';
import { defineCase } from '../define-case.ts';
import { judgeHistory } from '../judge-history.ts';
import { openHistory } from '../recorder.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { startWorkload } from './workload.ts';

const sampleEveryMs = 200;
const warmUpMs = 4_000;
const lastMs = 14_000;
/** Of a slope that is noise: the collector's saw teeth over ten seconds. */
const negligibleBytesPerSecond = 1_500_000;

async function stayLevel(stage: Stage): Promise<void> {
  const { server, signal } = stage;
  if (server === undefined) throw new CaseInconclusive('environment', 'there is no server process to look at');
  const history = openHistory(stage);
  const workload = startWorkload(stage, history, { clients: 8, keys: 50, valueBytes: 300, sets: 30 });
  const started = performance.now();
  const samples: [number, number][] = [];
  for (let atMs = 0; atMs < lastMs; atMs = performance.now() - started) {
    samples.push([Math.round(atMs), await anonymousBytes(server.pid)]);
    await delay(sampleEveryMs, undefined, { signal });
  }
  await workload.stop();
  await judgeHistory(stage, history, [
    { checker: 'memory-slope', parameters: { samples, warmUpMs, ceilingBytes: null, negligibleBytesPerSecond } },
    { checker: 'activity', parameters: {}, minimums: { 'ok set': 500, 'ok get': 1_000 } },
  ]);
}

export const resourceCases: readonly Case[] = [
  defineCase('resources/level-memory', 'Under a steady load the memory of the server stays level', stayLevel, {
    isolation: 'machine',
    requires: ['server'],
    // A heap that may not grow is level soon.
    stage: { durability: 'declared', asDevice: true },
    tiers: { lmdb: 'nightly', redis: 'nightly', mongodb: 'nightly', target: 'nightly' },
    timeoutMs: 60_000,
    costMs: 16_000,
  }),
];
