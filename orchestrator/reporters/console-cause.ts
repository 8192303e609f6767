import type { CaseResult, RunReport } from '../../reports/schema.ts';
import type { AnchorOf } from './anchors.ts';
import { type Cause, shortGuards } from './causes.ts';
import { mendOf } from './mends.ts';
import { renderByHand, renderGot, renderLogPlace } from './places.ts';
import { cutText, printableLine } from './printable.ts';
import { renderCount, renderPlural } from './quantities.ts';
import type { ReporterContext } from './reporter.ts';
import { paint } from './terminal.ts';

const maxTextLength = 400;
const maxNamed = 6;

export interface ConsoleRun {
  readonly report: RunReport;
  readonly context: ReporterContext;
  readonly anchorOf: AnchorOf;
}

/** One cause as a block of lines: what was claimed, expected and got, how to see it again, where to look. */
export function renderCause(cause: Cause, run: ConsoleRun): readonly string[] {
  const { first } = cause;
  return [
    renderHead(cause, run.context.color),
    ...line('expected', renderGot(first).expected),
    ...renderGots(cause),
    ...(cause.verdict === 'inconclusive' ? renderGuards(first) : []),
    ...line('mend', mendOf(first)),
    ...renderAgain(cause),
    ...renderHand(first, run.report),
    ...renderLook(first, run),
    ...renderAlso(cause),
  ];
}

function renderHead({ kind, verdict, first, results }: Cause, color: boolean): string {
  const word = paint(verdict === 'failed' ? 'FAILED' : 'INCONCLUSIVE', verdict, color);
  const backends = [...new Set(results.map(({ backend }) => backend))].join(', ');
  if (kind !== 'died') return `${word}  ${backends}  ${printableLine(`${first.id}   ${first.claim}`)}`;
  return `${word}  ${backends}  the server died   ${renderPlural(results.length, 'case')}, the first: ${printableLine(first.id)}`;
}

/** One line where all backends gave the same, else one a backend. */
function renderGots({ kind, first, results }: Cause): readonly string[] {
  const { got } = renderGot(first);
  const shown = kind === 'claim' ? results : [first];
  if (shown.every((result) => renderGot(result).got === got)) return line(labelOf(first), got);
  return shown.flatMap((result) => line(labelOf(result), `${result.backend}: ${renderGot(result).got}`));
}

function labelOf(result: CaseResult): string {
  return result.findings.length > 0 || result.verdict === 'failed' ? 'got' : 'why';
}

function renderGuards(result: CaseResult): readonly string[] {
  return shortGuards(result).flatMap(({ guard, value, minimum }) =>
    line('guard', `${guard}: ${renderCount(value)}, at least ${renderCount(minimum)} needed`),
  );
}

function renderAgain({ kind, first, results }: Cause): readonly string[] {
  return (kind === 'claim' ? results : [first]).flatMap(({ reproduce }) => line('again', reproduce));
}

function renderHand({ findings: [finding] }: CaseResult, report: RunReport): readonly string[] {
  if (finding?.exchange == null) return [];
  const { command, kept } = renderByHand(finding.exchange, report);
  const [shown = ''] = line('by hand', command);
  return [kept ? `${shown}      (with --keep)` : shown];
}

function renderLook(result: CaseResult, { context, anchorOf }: ConsoleRun): readonly string[] {
  const page = `${context.folder}/index.html#${anchorOf(result)}`;
  const range = result.findings[0]?.logRange ?? null;
  return line('look', range === null ? page : `${page}   log: ${renderLogPlace(context.folder, range)}`);
}

function renderAlso({ kind, first, results }: Cause): readonly string[] {
  const more = first.findings.length - 1;
  const findings = more < 1 ? [] : line('more', `${renderPlural(more, 'further finding')} in the report`);
  if (kind === 'claim' || results.length < 2) return findings;
  const others = results.filter((result) => result !== first).map(({ backend, id }) => `${backend} ${id}`);
  const rest = others.length > maxNamed ? ` and ${renderCount(others.length - maxNamed)} more` : '';
  return [...findings, ...line('also', `${others.slice(0, maxNamed).join(', ')}${rest}`)];
}

function line(label: string, text: string | undefined): readonly string[] {
  return text === undefined ? [] : [`  ${label.padEnd(8)}  ${cutText(printableLine(text), maxTextLength)}`];
}
