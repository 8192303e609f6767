/** docs/reports/trust.md: why the harness is to be believed, from promoted runs alone. */

import type { CaseResult, DefectRow, RunReport } from '../../reports/schema.ts';
import type { Baseline } from '../parity/read-baseline.ts';
import { renderTable } from '../render-table.ts';

const intro = `# Trust

A harness that never says no proves nothing. This page shows what it was made to say no to: defects that were planted on
purpose, and faults with the number of acknowledged writes that went through them. Every number comes from a run that was
promoted into \`reports/baseline\`.`;

const proveAgain = `\`\`\`sh
npx orchestrator prove
npx orchestrator report --promote ID
\`\`\`

\`ID\` is the folder of the run in \`reports/runs\`. A defect that is not found, and a case that fails without one, end
with exit code 1.`;

export function renderTrust(baseline: readonly Baseline[]): string {
  return `${[
    intro,
    '## Planted defects',
    ...renderDefects(baseline.flatMap(({ report }) => (report.defects === undefined ? [] : [report]))),
    proveAgain,
    '## Faults that fired',
    ...renderFaults(baseline.filter(({ report }) => report.defects === undefined)),
  ].join('\n\n')}\n`;
}

function renderDefects(reports: readonly RunReport[]): readonly string[] {
  if (reports.length === 0) return ['No run has been promoted yet. This does:'];
  return reports.flatMap((report) => {
    const rows = report.defects ?? [];
    const caught = rows.filter(({ verdict }) => verdict === 'caught').length;
    return [
      `Run \`${report.id}\` of ${report.startedAt.slice(0, 10)}, seed ${report.seed}: ${caught} of ${rows.length} defects ` +
        'were found by the case that owns them, while the same case passed with the same seed without the defect.',
      renderTable(
        ['What the broken program does', 'Where', 'Found by', 'Who says no', 'Outcome'],
        rows.map(defectCells),
      ),
    ];
  });
}

function defectCells({ does, layer, caughtBy, checker, verdict, reason, unseenBy }: DefectRow): string[] {
  const blind = unseenBy === null ? '' : `; \`${unseenBy.suite}/${unseenBy.id}\` cannot see it (${unseenBy.verdict})`;
  const outcome = verdict === 'caught' ? `caught${blind}` : `MISSED: ${reason}`;
  return [does, layer, `\`${caughtBy.suite}/${caughtBy.id}\``, checker, outcome];
}

function renderFaults(baseline: readonly Baseline[]): readonly string[] {
  const found = baseline.flatMap(({ name, report }) => {
    const rows = report.results.filter(({ faults }) => faults.length > 0).map(faultCells);
    if (rows.length === 0) return [];
    return [
      `### ${name}`,
      `Run \`${report.id}\` of ${report.startedAt.slice(0, 10)}, seed ${report.seed}.`,
      renderTable(['Claim', 'Backend', 'Faults', 'Acknowledged writes', 'Lost', 'Control', 'Verdict'], rows),
    ];
  });
  return found.length > 0 ? found : ['No run with faults has been promoted yet.'];
}

function faultCells({ claim, backend, faults, measurements, controls = [], verdict, suite, id }: CaseResult): string[] {
  const names = [...Map.groupBy(faults, ({ name }) => name)].map(([name, group]) => `${group.length} x ${name}`);
  const measured = (pattern: RegExp): string =>
    measurements.filter(({ name }) => pattern.test(name)).map(({ value }) => count(value))[0] ?? '';
  return [
    `${claim} (\`${suite}/${id}\`)`,
    backend,
    names.join(', '),
    measured(/^(acknowledged writes$|writes acknowledged)/),
    measured(/^lost writes$/),
    controls.map(({ lost, acknowledged }) => `must lose: lost ${count(lost)} of ${count(acknowledged)}`).join(', '),
    verdict,
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
