import { expect, test } from 'vitest';
import { CaseFailed, CaseInconclusive } from '../verdict.ts';
import { faultOf, writeValue } from './k6/self-describing.ts';
import { judgeMixed, readSummary } from './mixed.ts';

const good = {
  iterations: 4_500,
  dropped: 0,
  reads: 4_275,
  writes: 225,
  wrongAnswers: 0,
  noAnswers: 0,
  latencyMs: { p50: 0.5, p90: 1, p95: 2, p99: 5, max: 30 },
};
const outcome = (summary: unknown) => ({ exitCode: 0, summary, output: 'last lines' });

test('a complete summary is read, and passes when every answer was right', () => {
  const summary = readSummary(outcome(good));
  expect(summary).toEqual(good);
  expect(() => judgeMixed(summary, '')).not.toThrow();
});

test.for([
  null,
  {},
  { ...good, reads: undefined },
  { ...good, latencyMs: { p50: 1 } },
  { ...good, dropped: Number.NaN },
])('without a complete summary (%j) nothing is known', (summary) => {
  expect(() => readSummary(outcome(summary))).toThrow(CaseInconclusive);
});

test('wrong answers fail, even beside dropped iterations', () => {
  expect(() => judgeMixed({ ...good, wrongAnswers: 1, dropped: 100 }, '')).toThrow(CaseFailed);
});

test('errors fail above one in a thousand', () => {
  expect(() => judgeMixed({ ...good, noAnswers: 4 }, '')).not.toThrow();
  expect(() => judgeMixed({ ...good, noAnswers: 5 }, '')).toThrow(CaseFailed);
});

test('dropped iterations leave it undecided', () => {
  expect(() => judgeMixed({ ...good, dropped: 1 }, '')).toThrow(CaseInconclusive);
});

test('a missed latency objective passes, one far off fails', () => {
  expect(() => judgeMixed({ ...good, latencyMs: { ...good.latencyMs, p99: 200 } }, '')).not.toThrow();
  expect(() => judgeMixed({ ...good, latencyMs: { ...good.latencyMs, p99: 1_001 } }, '')).toThrow(CaseFailed);
});

test('a value of the load shows when it is cut, changed or of another key', () => {
  const value = writeValue('k1', 'w7', 300);
  expect(value).toHaveLength(300);
  expect(faultOf('k1', value)).toBeUndefined();
  expect(faultOf('k1', writeValue('k1', 'w7', 64))).toBeUndefined();
  const wrong = [value.slice(0, -1), `${value}a`, value.replace(/.$/, '!'), writeValue('k2', 'w7', 300), '', 'hello'];
  for (const text of wrong) expect(faultOf('k1', text)).toBeTypeOf('string');
});
