import type { Probe, Subject } from '../../../reports/schema.ts';
import { renderBytes, renderCount, renderDuration, renderTime } from '../quantities.ts';
import { renderCommand } from './command.ts';
import { html, type Markup, nothing } from './markup.ts';
import type { PageRun } from './page-run.ts';

/** All that the run depended on: machine, versions, images, seed, command line, and what the machine offers. */
export function renderEnvironment({ report }: PageRun): Markup {
  const { machine, harness } = report;
  const facts: readonly (readonly [string, string])[] = [
    ['Machine', `${machine.cpu}, ${machine.cores} cores, ${renderBytes(machine.memoryBytes)}`],
    ['Kernel', `${machine.kernel}${machine.root ? ', as root' : ', without root'}`],
    ['Container engine', machine.engine ?? 'none'],
    ['Node', machine.node],
    [
      'Commander',
      `${harness.version}${harness.commit === null ? '' : ` at ${harness.commit.slice(0, 12)}`}${harness.dirty ? ', with uncommitted changes' : ''}`,
    ],
    ['Run', report.id],
    ['Started', `${renderTime(report.startedAt)}, took ${renderDuration(report.durationMs)}`],
    ['Tier and seed', `${report.tier}, ${report.seed}`],
  ];
  return html`<section id="environment"><h2>Environment</h2>
<dl class="environment">${facts.map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
<div class="commands">${renderCommand('This run', ['npx orchestrator', ...report.argv.map(quote)].join(' '))}
${renderCommand('These reports again', `npx orchestrator report ${quote(report.id)}`)}</div>
${report.subjects.length === 0 ? nothing : renderSubjects(report.subjects)}
${report.probes.length === 0 ? nothing : renderProbes(report.probes)}</section>`;
}

function renderSubjects(subjects: readonly Subject[]): Markup {
  const rows = subjects.map(
    ({ backend, provider, image, engineVersion, serverVersion, capabilities: { limits } }) =>
      html`<tr><th scope="row">${backend}</th><td>${provider}</td><td>${engineVersion ?? 'unknown'}</td><td>${serverVersion ?? 'unknown'}</td><td>${image === null ? '–' : html`<code>${image.name}</code>${image.digest === null ? nothing : html` <code class="digest" title="${image.digest}">${image.digest.slice(0, 19)}</code>`}`}</td><td>key ${renderCount(limits.keyBytes)} B, value ${renderBytes(limits.valueBytes)}</td></tr>
`,
  );
  return html`<h3>Backends</h3><div class="scroll"><table class="list"><thead><tr><th></th><th>Provider</th><th>Engine</th><th>Server</th><th>Image</th><th>Limits</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function renderProbes(probes: readonly Probe[]): Markup {
  const rows = probes.map(
    ({ name, available, reason, mend }) =>
      html`<tr><th scope="row">${name}</th><td class="${available ? 'passed' : 'untested'}">${available ? '✓ there' : '– absent'}</td><td>${reason}</td><td>${mend ?? ''}</td></tr>
`,
  );
  return html`<h3>What this machine offers</h3><div class="scroll"><table class="list"><thead><tr><th></th><th></th><th>Found</th><th>Mend</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function quote(arg: string): string {
  return /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`;
}
