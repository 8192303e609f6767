import type { Cause } from './causes.ts';
import { renderGot } from './places.ts';
import { printableLine } from './printable.ts';

/**
 * GitHub Actions workflow commands: one `::error` a finding, one alone for all that a dead server took with it.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function renderAnnotations(causes: readonly Cause[]): readonly string[] {
  return causes
    .filter(({ verdict }) => verdict === 'failed')
    .flatMap((cause) => (cause.kind === 'died' ? [cause.first] : cause.results))
    .flatMap((result) => {
      const { expected, got } = renderGot(result);
      const findings =
        result.findings.length === 0 ? [{ expected, actual: got }] : (result.findings as readonly Shown[]);
      const title = escapeProperty(`${result.backend} ${result.suite} ${result.id}`);
      return findings.map((finding) => `::error title=${title}::${escapeData(renderMessage(result.claim, finding))}`);
    });
}

interface Shown {
  readonly expected: string | undefined;
  readonly actual: string;
}

function renderMessage(claim: string, { expected, actual }: Shown): string {
  const lines = [printableLine(claim), `got ${printableLine(actual)}`];
  if (expected !== undefined) lines.splice(1, 0, `expected ${printableLine(expected)}`);
  return lines.join('\n');
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function escapeProperty(text: string): string {
  return escapeData(printableLine(text)).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
