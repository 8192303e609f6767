import { expect, test } from 'vitest';
import type { RunReport } from '../../reports/schema.ts';
import { createContext } from './fixtures/context.ts';
import { plant, planted } from './fixtures/hostile.ts';
import { parseXml, type XmlElement } from './fixtures/parse-xml.ts';
import { createRun } from './fixtures/report.ts';
import * as runs from './fixtures/runs.ts';
import { junitReporter } from './junit.ts';
import { printable } from './printable.ts';

function parse(report: RunReport): XmlElement {
  return parseXml(junitReporter.render(report, createContext()));
}

function casesOf(root: XmlElement): readonly XmlElement[] {
  return root.children.flatMap(({ children }) => children).filter(({ name }) => name === 'testcase');
}

function outcomeOf(element: XmlElement): readonly string[] {
  return element.children.map(({ name }) => name).filter((name) => name !== 'properties');
}

test('the counts of every suite are those of its cases', () => {
  const root = parse(runs.createFailingRun());
  expect(root.attributes).toMatchObject({ tests: '201', failures: '5', errors: '2', skipped: '0' });
  for (const suite of root.children) {
    expect(Number(suite.attributes.tests)).toBe(suite.children.filter(({ name }) => name === 'testcase').length);
  }
});

test('failed is failure, inconclusive error, skipped skipped with its reason, passed nothing', () => {
  const report = createRun({
    alter: (result) =>
      result.id === 'get/absent'
        ? { ...result, verdict: 'skipped', reasonCode: 'capability_absent', reason: 'it has no clock' }
        : result,
  });
  const outcomes = (run: RunReport): Record<string, number> =>
    Object.fromEntries(
      Map.groupBy(casesOf(parse(run)), (element) => outcomeOf(element).join())
        .entries()
        .map(([name, group]) => [name, group.length]),
    );
  expect(outcomes(report)).toEqual({ '': 198, skipped: 3 });
  expect(outcomes(runs.createFailingRun())).toEqual({ '': 194, failure: 5, error: 2 });
  const skipped = casesOf(parse(report)).find((element) => outcomeOf(element).includes('skipped'));
  expect(skipped?.children.at(-1)?.attributes.message).toBe('it has no clock');
});

test('every case carries its seed and a failure where to look', () => {
  const run = runs.createFailingRun();
  const elements = casesOf(parse(run));
  const seeds = elements.map(({ children }) => children[0]?.children[0]?.attributes.value);
  expect(new Set(seeds)).toEqual(new Set(run.results.map(({ seed }) => String(seed))));
  const failed = elements.find((element) => outcomeOf(element).includes('failure'));
  expect(failed?.children.at(-1)?.text).toContain('reports/latest/index.html#lmdb/head/expired');
});

test('whatever a report holds, the file is well-formed and says it', () => {
  const root = parse(plant(runs.createFailingRun()));
  const [first] = casesOf(root);
  expect(first?.attributes.name).toContain(printable(planted));
});
