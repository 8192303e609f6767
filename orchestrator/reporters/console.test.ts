import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { CaseResult, RunReport } from '../../reports/schema.ts';
import { consoleReporter } from './console.ts';
import { createContext } from './fixtures/context.ts';
import { plant } from './fixtures/hostile.ts';
import { createRun } from './fixtures/report.ts';
import * as runs from './fixtures/runs.ts';

const firstFailure = readFileSync(new URL('./fixtures/first-failure.txt', import.meta.url), 'utf8');

function render(report: RunReport, annotations = false): string {
  return consoleReporter.render(report, createContext({ annotations }));
}

function lastLine(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/** A run in which nothing but this case fails. */
function createFirstFailure(): RunReport {
  const byHand = (result: CaseResult): CaseResult => ({
    ...result,
    findings: result.findings.map((finding) => ({
      ...finding,
      exchange: { curl: 'curl -i {url}/api/v1/kv/...', request: '', response: null },
    })),
  });
  return createRun({
    alter: (result) =>
      result.id === 'ttl/overwrite-clears' && result.backend === 'redis'
        ? byHand(
            runs.fail(result, {
              expected: "GET 1,100 ms after the first write's TTL ended -> 200",
              actual: '404 key_not_found (operation 7)',
            }),
          )
        : result,
  });
}

test('the first failure is told in the agreed words', () => {
  expect(render(createFirstFailure()).split('\n\n')[0]).toBe(firstFailure.trimEnd());
});

test('against a target the request by hand goes to the target', () => {
  const run = { ...createFirstFailure(), argv: ['run', '--target', 'http://kv.example:7878/'] };
  expect(render(run)).toContain('by hand   curl -i http://kv.example:7878/api/v1/kv/...\n');
});

test('one claim that fails on two stores is told once, with a command for each', () => {
  const text = render(runs.createFailingRun());
  expect(text.match(/HEAD of an expired key answers 404/g)).toHaveLength(1);
  expect(text).toContain('FAILED  lmdb, redis  head/expired');
  expect(text).toContain('again     npx orchestrator run --backend lmdb --case head/expired');
  expect(text).toContain('again     npx orchestrator run --backend redis --case head/expired');
});

test('all that a dead server took with it is told once', () => {
  const text = render(runs.createFailingRun());
  expect(text).toContain('FAILED  mongodb  the server died   3 cases, the first: values/1-mb');
  expect(text).toContain('also      mongodb values/16-mb, mongodb values/limit');
});

test('an inconclusive case says which guard fell short and what would make it conclusive', () => {
  const text = render(runs.createInconclusiveRun());
  expect(text).toContain('INCONCLUSIVE  redis  writers/one-key');
  expect(text).toContain('guard     reads that saw a write: 11, at least 50 needed');
  expect(text).toContain(
    'mend      run it alone with the command given here, so that it reaches the minimum of its guard',
  );
  expect(text).toContain('mend      run it alone with the command given here, or on a faster machine');
});

test('the last line says what was not tested and why, and what is absent ends with its mend', () => {
  const text = render(runs.createLonelyRun());
  expect(lastLine(text)).toMatch(
    /^NOT TESTED {2}redis \(no container engine answers.*; mongodb \(.*; load \(k6 is not/,
  );
  expect(text).toContain('To test load: Install k6');
});

test('skipped cases are named in the last line', () => {
  const skip = (result: CaseResult): CaseResult =>
    result.id === 'ttl/30-days'
      ? { ...result, verdict: 'skipped', reasonCode: 'needs_server', reason: 'needs a server that the harness started' }
      : result;
  const text = render(createRun({ backends: ['lmdb'], alter: skip }));
  expect(lastLine(text)).toBe('NOT TESTED  1 claim of edge-cases on lmdb (needs a server that the harness started)');
});

test('where all was tested, the paths of the reports come last', () => {
  expect(lastLine(render(runs.createGreenRun()))).toBe('  reports/latest/index.html');
});

test('the table has a row a suite and a column a backend, with words beside glyphs', () => {
  const lines = render(runs.createFailingRun()).split('\n');
  const header = lines.findIndex((line) => /^ +lmdb +redis +mongodb$/.test(line));
  expect(lines[header + 1]).toMatch(/^conformance +✗ 1 failed, 54 passed .*✗ 2 failed, 53 passed .*✓ 55 passed/);
  expect(lines[header + 2]).toMatch(/^edge-cases .*✗ 1 failed, 2 inconclusive, 8 passed/);
});

test('annotations are one command a finding, and only when asked for', () => {
  const run = runs.createFailingRun();
  expect(render(run)).not.toContain('::error');
  const commands = render(run, true).match(/^::error .*$/gm);
  expect(commands).toHaveLength(5);
  expect(commands?.[1]).toBe(
    '::error title=redis conformance head/expired::HEAD of an expired key answers 404%0Aexpected 404%0Agot 200',
  );
});

test('nothing in a report reaches the terminal as a control character or begins a command of its own', () => {
  const text = render(plant(runs.createFailingRun()), true);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  expect(text).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/);
  expect(text.match(/^::/gm)?.length).toBe(text.match(/^::error title=/gm)?.length);
});

test('colour is used only when asked for', () => {
  const run = runs.createFailingRun();
  expect(render(run)).not.toContain('\u001b[');
  expect(consoleReporter.render(run, createContext({ color: true }))).toContain('\u001b[1;31mFAILED\u001b[0m');
});
