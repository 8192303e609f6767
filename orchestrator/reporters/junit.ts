import type { CaseResult, RunReport } from '../../reports/schema.ts';
import { type AnchorOf, createAnchors } from './anchors.ts';
import { mendOf } from './mends.ts';
import { renderByHand, renderGot, renderLogPlace } from './places.ts';
import { printable } from './printable.ts';
import { renderTime } from './quantities.ts';
import type { Reporter, ReporterContext } from './reporter.ts';

/**
 * JUnit XML: a suite per suite x backend; a finding is a failure, an inconclusive case an error. XML 1.0 has no way
 * to write most control characters, so they come as visible escapes.
 */
export const junitReporter: Reporter = {
  fileName: 'junit.xml',
  render(report, context) {
    const anchorOf = createAnchors(report);
    const groups = Map.groupBy(report.results, ({ backend, suite }) => `${backend}.${suite}`);
    const suites = [...groups].map(([name, results]) => renderSuite(name, results, { report, context, anchorOf }));
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<testsuites name="commander"${renderCounts(report.results)} time="${renderSeconds(report.durationMs)}">`,
      ...suites,
      '</testsuites>',
      '',
    ].join('\n');
  },
};

interface Run {
  readonly report: RunReport;
  readonly context: ReporterContext;
  readonly anchorOf: AnchorOf;
}

function renderSuite(name: string, results: readonly CaseResult[], run: Run): string {
  const time = results.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const startedAt = results.map((result) => result.startedAt).sort()[0] ?? run.report.startedAt;
  const timestamp = renderTime(startedAt).replace(' ', 'T').replace(' UTC', '');
  return [
    `  <testsuite name="${attribute(name)}"${renderCounts(results)} time="${renderSeconds(time)}" timestamp="${attribute(timestamp)}">`,
    `    <properties><property name="seed" value="${run.report.seed}"/><property name="run" value="${attribute(run.report.id)}"/></properties>`,
    ...results.map((result) => renderCase(result, name, run)),
    '  </testsuite>',
  ].join('\n');
}

function renderCounts(results: readonly CaseResult[]): string {
  const count = (verdict: CaseResult['verdict']): number => results.filter((r) => r.verdict === verdict).length;
  return ` tests="${results.length}" failures="${count('failed')}" errors="${count('inconclusive')}" skipped="${count('skipped')}"`;
}

function renderCase(result: CaseResult, suite: string, run: Run): string {
  const name = `${result.id}: ${result.claim}`;
  return [
    `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${renderSeconds(result.durationMs)}">`,
    `      <properties><property name="seed" value="${result.seed}"/></properties>`,
    ...renderOutcome(result, run),
    '    </testcase>',
  ].join('\n');
}

function renderOutcome(result: CaseResult, run: Run): readonly string[] {
  const { got } = renderGot(result);
  const type = attribute(result.reasonCode ?? result.verdict);
  switch (result.verdict) {
    case 'passed':
      return [];
    case 'skipped':
      return [`      <skipped message="${attribute(got)}"/>`];
    case 'failed':
      return [`      <failure message="${attribute(got)}" type="${type}">${text(renderDetail(result, run))}</failure>`];
    case 'inconclusive':
      return [`      <error message="${attribute(got)}" type="${type}">${text(renderDetail(result, run))}</error>`];
  }
}

function renderDetail(result: CaseResult, { report, context, anchorOf }: Run): string {
  const findings = result.findings.flatMap(({ expected, actual, exchange, logRange }) => [
    `expected  ${expected}`,
    `got       ${actual}`,
    ...(exchange === null ? [] : [`by hand   ${renderByHand(exchange, report).command}`]),
    ...(logRange === null ? [] : [`log       ${renderLogPlace(context.folder, logRange)}`]),
  ]);
  const guards = result.vacuity
    .filter(({ value, minimum }) => value < minimum)
    .map(({ guard, value, minimum }) => `guard     ${guard}: ${value}, at least ${minimum} needed`);
  const reason = result.reason === null ? [] : [`reason    ${result.reason}`];
  const mend = mendOf(result);
  const cure = mend === undefined ? [] : [`mend      ${mend}`];
  const look = `look      ${context.folder}/index.html#${anchorOf(result)}`;
  return ['', ...findings, ...guards, ...reason, ...cure, `again     ${result.reproduce}`, look, ''].join('\n');
}

function renderSeconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function text(value: string): string {
  return printable(value).replace(/[&<>]/g, (character) => entities[character] ?? '');
}

/** Line feeds and tabs in an attribute are references, or a parser makes blanks of them. */
function attribute(value: string): string {
  return printable(value).replace(/[&<>"\n\t]/g, (character) => entities[character] ?? '');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\t': '&#9;',
};
