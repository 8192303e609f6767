import { generateTestId, ReportBuilder, stringify, type Test, TestBuilder, type TestStatus } from 'ctrf';
import type { CaseResult, RunReport, Verdict } from '../../reports/schema.ts';
import { type AnchorOf, createAnchors } from './anchors.ts';
import { renderGot } from './places.ts';
import { epochMsOf } from './quantities.ts';
import type { Reporter } from './reporter.ts';

const statuses: Readonly<Record<Verdict, TestStatus>> = {
  passed: 'passed',
  failed: 'failed',
  inconclusive: 'other',
  skipped: 'skipped',
};

/** Common Test Report Format, https://ctrf.io: an inconclusive case is `other`. */
export const ctrfReporter: Reporter = {
  fileName: 'ctrf.json',
  render(report) {
    const anchorOf = createAnchors(report);
    const start = epochMsOf(report.startedAt);
    const builder = new ReportBuilder()
      .reportId(generateTestId({ name: report.id }))
      .runId(report.id)
      .timestamp(new Date(start + report.durationMs).toISOString())
      .generatedBy('commander orchestrator')
      .tool({ name: 'commander', version: report.harness.version })
      .environment(environmentOf(report))
      .addTests(report.results.map((result) => testOf(result, anchorOf)))
      .summaryOverrides({
        start,
        stop: Math.round(start + report.durationMs),
        duration: Math.round(report.durationMs),
        suites: new Set(report.planned.map(({ suite, backend }) => `${suite} ${backend}`)).size,
      });
    return `${stringify(builder.build(), { pretty: true })}\n`;
  },
};

function environmentOf({ harness, machine, seed, tier, exit }: RunReport) {
  return {
    appName: 'commander',
    appVersion: harness.version,
    ...(harness.commit === null ? {} : { commit: harness.commit }),
    osPlatform: machine.kernel,
    healthy: exit.code === 0,
    extra: { seed, tier, exit },
  };
}

function testOf(result: CaseResult, anchorOf: AnchorOf): Test {
  const { backend, suite, id, verdict } = result;
  const startMs = epochMsOf(result.startedAt);
  const test = new TestBuilder()
    .testId(`${backend}/${suite}/${id}`)
    .name(result.claim === '' ? id : result.claim)
    .status(statuses[verdict])
    .rawStatus(verdict)
    .duration(Math.round(result.durationMs))
    .start(startMs)
    .stop(Math.round(startMs + result.durationMs))
    .suite([backend, suite])
    .labels({ backend, suite, case: id, seed: result.seed })
    .extra({ reproduce: result.reproduce, look: `index.html#${anchorOf(result)}`, reasonCode: result.reasonCode });
  if (verdict !== 'passed') test.message(result.reason ?? renderGot(result).got);
  const [finding] = result.findings;
  if (finding !== undefined) test.trace(traceOf(result.findings));
  return test.build();
}

function traceOf(findings: CaseResult['findings']): string {
  return findings.map(({ expected, actual }) => `expected ${expected}\ngot      ${actual}`).join('\n\n');
}
