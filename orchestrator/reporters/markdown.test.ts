import { expect, test } from 'vitest';
import { createContext } from './fixtures/context.ts';
import { plant } from './fixtures/hostile.ts';
import * as runs from './fixtures/runs.ts';
import { markdownReporter } from './markdown.ts';

test('the summary leads with the sentence and the matrix, and folds each cause up once', () => {
  const text = markdownReporter.render(runs.createFailingRun(), createContext());
  expect(text).toMatch(/^## Commander: ✗ Failed\n\n\*\*2 of 67 claims fail on lmdb and redis/);
  expect(text).toContain('| **conformance** | ✗ 1 failed, 54 passed');
  expect(text.match(/<details>/g)).toHaveLength(4);
  expect(text.match(/<\/details>/g)).toHaveLength(4);
});

test('load shows its percentiles, a column a backend', () => {
  const text = markdownReporter.render(runs.createGreenRun(), createContext());
  expect(text).toMatch(/\| http&#95;req&#95;duration p99 \| [\d.]+ ms \| [\d.]+ ms \| [\d.]+ ms \|/);
});

test('what was not tested has its reason and its mend', () => {
  const text = markdownReporter.render(runs.createLonelyRun(), createContext());
  expect(text).toContain('- **load**: k6 is not on the PATH<br>To test it: Install k6');
});

test('no text of a report becomes markup', () => {
  const text = markdownReporter.render(plant(runs.createFailingRun()), createContext());
  const outside = text.replaceAll(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '');
  expect(outside).not.toMatch(/<(script|img)|<!--/);
  expect(outside).not.toContain('`');
});

test('a run where everything fails stays below what GitHub accepts', () => {
  const run = runs.createLargeRun(9_000);
  const results = run.results.map((result) => runs.fail(result, { expected: '200', actual: 'x'.repeat(900) }));
  const text = markdownReporter.render({ ...run, results }, createContext());
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  expect(text).toContain('more causes in reports/latest/index.html');
});
