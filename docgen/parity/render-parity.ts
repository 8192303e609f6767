/** docs/reports/parity.md: what each backend was seen to do, from the promoted runs alone. */

import type { CaseResult, RunReport, Subject, Verdict } from '../../reports/schema.ts';
import { renderTable } from '../render-table.ts';
import type { Baseline } from './read-baseline.ts';

const promote = `\`\`\`sh
npx orchestrator run --require lmdb,redis,mongodb
npx orchestrator report --promote ID
\`\`\`

\`ID\` is the folder of the run in \`reports/runs\`.`;

const intro = `# Backend parity

One API over several stores is a claim. This page shows how far it was seen to hold: every number comes from a run that
was promoted into \`reports/baseline\`.`;

/** Runs that planted defects are told on the page of trust. */
export function renderParity(promoted: readonly Baseline[]): string {
  const baseline = promoted.filter(({ report }) => report.defects === undefined);
  if (baseline.length === 0) return `${intro}\n\nNo run has been promoted yet. This does:\n\n${promote}\n`;
  const runs = baseline.map(({ name, report }) => renderRun(name, report));
  return `${[intro, ...runs, `A newer run takes the place of an older one by\n\n${promote}`].join('\n\n')}\n`;
}

function renderRun(name: string, report: RunReport): string {
  return [
    `## ${name}`,
    renderFacts(report),
    '### Claims that hold',
    renderMatrix(report),
    ...renderBroken(report),
    '### What was tested',
    renderSubjects(report.subjects),
    ...renderNotTested(report),
  ].join('\n\n');
}

function renderFacts({ id, startedAt, seed, harness, machine, results }: RunReport): string {
  const operations = results.reduce((sum, { operations: { ok, fail, info } }) => sum + ok + fail + info, 0);
  const commit = harness.commit?.slice(0, 12) ?? 'unknown';
  return [
    `Run \`${id}\` of ${startedAt.slice(0, 10)}, seed ${seed}, commit \`${commit}\`${harness.dirty ? ' with changes' : ''}:`,
    `${count(results.length)} cases with ${count(operations)} operations, on ${machine.cores} cores (${machine.cpu}),`,
    `${Math.round(machine.memoryBytes / 1e9)} GB, ${machine.kernel}, Node ${machine.node}.`,
  ].join('\n');
}

/** A cell says how many claims hold of how many were judged, and what is missing. */
function renderMatrix({ subjects, planned, results }: RunReport): string {
  const backends = subjects.map(({ backend }) => backend);
  const suites = [...new Set(planned.map(({ suite }) => suite))];
  return renderTable(
    ['Suite', ...backends],
    suites.map((suite) => [
      suite,
      ...backends.map((backend) => renderCell(results.filter((r) => r.suite === suite && r.backend === backend))),
    ]),
  );
}

function renderCell(results: readonly CaseResult[]): string {
  const number = (verdict: Verdict): number => results.filter((result) => result.verdict === verdict).length;
  const judged = results.length - number('skipped');
  if (judged === 0) return 'not tested';
  const rest = (['failed', 'inconclusive', 'skipped'] as const)
    .filter((verdict) => number(verdict) > 0)
    .map((verdict) => `${count(number(verdict))} ${verdict}`);
  return [`${count(number('passed'))} of ${count(judged)}`, ...rest].join(', ');
}

/** Every claim that was not seen to hold, by name: a count alone would hide it. */
function renderBroken({ results }: RunReport): readonly string[] {
  const broken = results.filter(({ verdict }) => verdict === 'failed' || verdict === 'inconclusive');
  if (broken.length === 0) return [];
  const rows = broken.map(({ backend, suite, id, claim, verdict }) => [backend, `\`${suite}/${id}\``, claim, verdict]);
  return ['### Claims that do not', renderTable(['Backend', 'Case', 'Claim', 'Verdict'], rows)];
}

/** One column a backend, so that what differs stands side by side. */
function renderSubjects(subjects: readonly Subject[]): string {
  const rows: readonly (readonly [string, (subject: Subject) => string])[] = [
    ['Engine', ({ engineVersion }) => engineVersion ?? 'does not say'],
    ['How it was had', ({ provider, image }) => (image === null ? provider : `${provider}: ${image.name}`)],
    ['Server', ({ serverVersion }) => serverVersion ?? 'does not say'],
    ['Durability', ({ durability }) => renderDurability(durability.probed)],
    ['Found out by', ({ durability }) => durability.probed.probedBy],
    ['Largest value', ({ capabilities }) => `${count(capabilities.limits.valueBytes)} bytes`],
    ['Longest key', ({ capabilities }) => `${count(capabilities.limits.keyBytes)} bytes`],
    ['Expiry to', ({ capabilities }) => `${capabilities.expiry.precisionMs} ms`],
    ['Atomic batch', ({ capabilities }) => capabilities.atomicBatch],
    ['Filter', ({ capabilities }) => (capabilities.filter ? 'yes' : 'no')],
  ];
  return renderTable(
    ['', ...subjects.map(({ backend }) => backend)],
    rows.map(([title, read]) => [title, ...subjects.map(read)]),
  );
}

const profiles = {
  'on-ack': 'nothing acknowledged is lost',
  prefix: 'the newest writes may be lost',
  none: 'everything may be lost',
  unknown: 'unknown',
} as const;

function renderDurability({ profile, windowMs }: Subject['durability']['probed']): string {
  const window = profile === 'prefix' && windowMs !== null ? `, up to ${count(windowMs)} ms` : '';
  return `\`${profile}\`: ${profiles[profile]}${window}`;
}

function renderNotTested({ notTested }: RunReport): readonly string[] {
  if (notTested.length === 0) return [];
  return [
    '### Not tested',
    renderTable(
      ['What', 'Why'],
      notTested.map(({ what, reason }) => [what, reason]),
    ),
  ];
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}
