/** Mixed reads and writes at a constant rate, by k6. Right answers are demanded; latencies are told. */

import { type Static, Type } from 'typebox';
import { Value } from 'typebox/value';
import { expectTrue } from '../check.ts';
import { defineCase } from '../define-case.ts';
import type { Case, K6Outcome, Stage } from '../suite.ts';
import { CaseFailed, CaseInconclusive } from '../verdict.ts';

const rate = 300;
const seconds = 15;
const keys = 200;
/** The objective at this rate. Without a baseline of the same machine a miss is told, not judged. */
const p99ObjectiveMs = 20;
/** Past it no machine is the excuse. */
const p99LimitMs = 50 * p99ObjectiveMs;
const maxErrorShare = 0.001;

const Count = Type.Integer({ minimum: 0 });
const Ms = Type.Number({ minimum: 0 });
const MixedSummary = Type.Object({
  iterations: Count,
  dropped: Count,
  reads: Count,
  writes: Count,
  wrongAnswers: Count,
  noAnswers: Count,
  latencyMs: Type.Object({ p50: Ms, p90: Ms, p95: Ms, p99: Ms, max: Ms }),
});
type MixedSummary = Static<typeof MixedSummary>;

/** What the script told; inconclusive when it told nothing, or not all. */
export function readSummary({ exitCode, summary, output }: K6Outcome): MixedSummary {
  if (Value.Check(MixedSummary, summary)) return summary;
  const told = summary === null ? 'wrote no summary' : `wrote an incomplete one, ${JSON.stringify(summary)}`;
  throw new CaseInconclusive('k6_failed', `k6 ended with ${exitCode} and ${told}: ${output.slice(-1_000)}`);
}

/** Throws the verdict that the outcome deserves. */
export function judgeMixed(summary: MixedSummary, output: string): void {
  const { iterations, dropped, wrongAnswers, noAnswers, latencyMs } = summary;
  if (wrongAnswers > 0) {
    throw new CaseFailed('right answers alone', `${wrongAnswers} wrong of ${iterations}`, { witness: output });
  }
  if (noAnswers > iterations * maxErrorShare) {
    const expected = `at most ${maxErrorShare * 100} % errors`;
    throw new CaseFailed(expected, `${noAnswers} of ${iterations}`, { witness: output });
  }
  if (dropped > 0) {
    const mend = 'run it on a machine with more to spare';
    throw new CaseInconclusive('dropped_iterations', `k6 could not start ${dropped} iterations at their time; ${mend}`);
  }
  expectTrue(latencyMs.p99 <= p99LimitMs, `a p99 of at most ${p99LimitMs} ms`, `${latencyMs.p99.toFixed(1)} ms`);
}

async function run(stage: Stage): Promise<void> {
  const outcome = await stage.runK6({
    script: 'mixed.ts',
    env: {
      COMMANDER_URL: stage.client.baseUrl,
      COMMANDER_NAMESPACE: stage.namespace,
      COMMANDER_SEED: String(stage.seed),
      COMMANDER_RATE: String(rate),
      COMMANDER_SECONDS: String(seconds),
      COMMANDER_KEYS: String(keys),
      COMMANDER_P99_MS: String(p99ObjectiveMs),
    },
    timeoutMs: (seconds + 45) * 1_000,
  });
  const summary = readSummary(outcome);
  note(stage, summary);
  judgeMixed(summary, outcome.output);
}

function note(stage: Stage, summary: MixedSummary): void {
  const tell = (name: string, unit: string, value: number): void => stage.note.measurement({ name, unit, value });
  for (const [name, ms] of Object.entries(summary.latencyMs)) tell(`http_req_duration ${name}`, 'ms', ms);
  tell('http_req_duration p99 objective', 'ms', p99ObjectiveMs);
  tell('rate', 'requests/s', summary.iterations / seconds);
  tell('rate declared', 'requests/s', rate);
  tell('iterations', 'requests', summary.iterations);
  tell('dropped iterations', 'requests', summary.dropped);
  tell('wrong answers', 'requests', summary.wrongAnswers);
  tell('errors', 'requests', summary.noAnswers);
  const { reads, writes, wrongAnswers, noAnswers } = summary;
  stage.note.operations({ ok: reads + writes - wrongAnswers, fail: wrongAnswers, info: noAnswers });
  stage.note.vacuity({ guard: 'checked reads', value: reads, minimum: rate });
  stage.note.vacuity({ guard: 'writes', value: writes, minimum: rate / 10 });
}

export const mixedCases: readonly Case[] = [
  defineCase(
    'mixed/constant-rate',
    `Under ${rate} requests a second, 95 % reads and 5 % writes, every answer is right`,
    run,
    {
      isolation: 'machine',
      requires: ['server', 'k6'],
      timeoutMs: (seconds + 60) * 1_000,
      costMs: (seconds + 3) * 1_000,
    },
  ),
];
