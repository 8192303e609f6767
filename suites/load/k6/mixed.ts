/**
 * 95 % reads and 5 % writes at a constant rate of arrivals: what a server is asked does not depend on how fast it
 * answers (an open model). Every value that comes back is checked against its key.
 *
 * Environment: COMMANDER_URL, COMMANDER_NAMESPACE, COMMANDER_SEED, COMMANDER_RATE (a second), COMMANDER_SECONDS,
 * COMMANDER_KEYS, COMMANDER_P99_MS (the objective), COMMANDER_SUMMARY (the file that takes the outcome).
 */

import { check } from 'k6';
import exec from 'k6/execution';
import http, { type RefinedResponse } from 'k6/http';
import { Counter } from 'k6/metrics';
import { faultOf, hashOf, writeValue } from './self-describing.ts';

const url = `${__ENV.COMMANDER_URL}/api/v1/kv/${__ENV.COMMANDER_NAMESPACE}/mixed`;
const seed = __ENV.COMMANDER_SEED ?? '1';
const rate = Number(__ENV.COMMANDER_RATE);
const seconds = Number(__ENV.COMMANDER_SECONDS);
const keys = Number(__ENV.COMMANDER_KEYS);
const writePercent = 5;
const minValueLength = 64;
const maxValueLength = 512;
const loadBatch = 20;

const reads = new Counter('commander_reads');
const writes = new Counter('commander_writes');
const wrongAnswers = new Counter('commander_wrong_answers');
const noAnswers = new Counter('commander_no_answers');

export const options = {
  scenarios: {
    mixed: {
      executor: 'constant-arrival-rate',
      rate,
      timeUnit: '1s',
      duration: `${seconds}s`,
      preAllocatedVUs: 50,
      maxVUs: 100,
      gracefulStop: '10s',
    },
  },
  summaryTrendStats: ['min', 'p(50)', 'p(90)', 'p(95)', 'p(99)', 'max'],
  thresholds: {
    'http_req_duration{scenario:mixed}': [`p(99)<${__ENV.COMMANDER_P99_MS}`],
    'checks{scenario:mixed}': ['rate==1'],
    'iterations{scenario:mixed}': ['count>0'],
    commander_wrong_answers: ['count==0'],
    commander_no_answers: ['count==0'],
    dropped_iterations: ['count==0'],
  },
};

/** k6 has a console, its types have none. */
declare const console: { error(text: string): void };

/** Goes to k6's own output, whose end a finding shows. */
function tell(text: string): void {
  console.error(text);
}

/** An integer below the bound that the seed and the iteration decide. */
function choose(what: string, iteration: number, bound: number): number {
  return hashOf(`${seed}/${what}/${iteration}`) % bound;
}

const keyOf = (index: number): string => `k${index}`;
const lengthOf = (iteration: number): number =>
  minValueLength + choose('length', iteration, maxValueLength - minValueLength);

/** Every key holds a value before the load begins, so that no read may miss. */
export function setup(): void {
  for (let first = 0; first < keys; first += loadBatch) {
    const batch = Array.from({ length: Math.min(loadBatch, keys - first) }, (_, offset) => {
      const key = keyOf(first + offset);
      return { method: 'PUT', url: `${url}/${key}`, body: writeValue(key, 'setup', lengthOf(first + offset)) };
    });
    for (const answer of http.batch(batch)) {
      if (answer.status !== 201) exec.test.abort(`the load could not be prepared: PUT answered ${answer.status}`);
    }
  }
}

export default function mixed(): void {
  const iteration = exec.scenario.iterationInTest;
  const key = keyOf(choose('key', iteration, keys));
  if (choose('operation', iteration, 100) < writePercent) write(key, iteration);
  else read(key);
}

function read(key: string): void {
  const answer = http.get(`${url}/${key}`);
  if (failed(answer, 'GET', key)) return;
  reads.add(1);
  const fault = answer.status === 200 ? faultOf(key, String(answer.body)) : `status ${answer.status}`;
  if (!check(fault, { 'a read returns a whole value of its key': (what) => what === undefined })) {
    wrongAnswers.add(1);
    tell(`GET ${key}: ${fault}`);
  }
}

function write(key: string, iteration: number): void {
  const answer = http.put(`${url}/${key}`, writeValue(key, `w${iteration}`, lengthOf(iteration)));
  if (failed(answer, 'PUT', key)) return;
  writes.add(1);
  if (!check(answer, { 'a write replaces the value': ({ status }) => status === 200 })) {
    wrongAnswers.add(1);
    tell(`PUT ${key}: status ${answer.status}`);
  }
}

/** No answer, or one that says that the server could not. */
function failed(answer: RefinedResponse<'text' | undefined>, method: string, key: string): boolean {
  if (answer.status !== 0 && answer.status < 500) return false;
  noAnswers.add(1);
  tell(`${method} ${key}: ${answer.status === 0 ? answer.error : `status ${answer.status}`}`);
  return true;
}

interface SummaryData {
  readonly metrics: Readonly<Record<string, { readonly values: Readonly<Record<string, number>> } | undefined>>;
}

/** The outcome as the case reads it (suites/load/mixed.ts). */
export function handleSummary(data: SummaryData): Record<string, string> {
  const value = (metric: string, name: string): number => data.metrics[metric]?.values[name] ?? 0;
  const latency = (name: string): number => value('http_req_duration{scenario:mixed}', name);
  const summary = {
    iterations: value('iterations{scenario:mixed}', 'count'),
    dropped: value('dropped_iterations', 'count'),
    reads: value('commander_reads', 'count'),
    writes: value('commander_writes', 'count'),
    wrongAnswers: value('commander_wrong_answers', 'count'),
    noAnswers: value('commander_no_answers', 'count'),
    latencyMs: {
      p50: latency('p(50)'),
      p90: latency('p(90)'),
      p95: latency('p(95)'),
      p99: latency('p(99)'),
      max: latency('max'),
    },
  };
  return { [__ENV.COMMANDER_SUMMARY ?? 'stdout']: JSON.stringify(summary) };
}
