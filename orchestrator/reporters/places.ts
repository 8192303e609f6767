import type { CaseResult, Exchange, Finding, RunReport } from '../../reports/schema.ts';

/** Where things are: commands and paths that several reporters name in the same words. */

/** `reports/latest/logs/redis.log:118` */
export function renderLogPlace(folder: string, range: NonNullable<Finding['logRange']>): string {
  return `${folder}/${logPath(range.file)}:${range.from}`;
}

/** `logs/redis.log`, in the run's folder. */
export function logPath(file: string): string {
  return file.startsWith('logs/') ? file : `logs/${file}`;
}

/** The request by hand: against the target of the run, else against a server that `--keep` left up. */
export function renderByHand(
  exchange: Exchange,
  report: RunReport,
): { readonly command: string; readonly kept: boolean } {
  const target = targetOf(report.argv);
  const url = target ?? 'http://127.0.0.1:PORT';
  return { command: exchange.curl.replaceAll('{url}', () => url), kept: target === undefined };
}

function targetOf(argv: readonly string[]): string | undefined {
  const at = argv.indexOf('--target');
  const url = at === -1 ? argv.find((arg) => arg.startsWith('--target='))?.slice('--target='.length) : argv[at + 1];
  return url?.replace(/\/+$/, '');
}

/** What was expected and what came, for results with a finding and for those that have a reason alone. */
export function renderGot(result: CaseResult): { readonly expected: string | undefined; readonly got: string } {
  const [finding] = result.findings;
  if (finding !== undefined) return { expected: finding.expected, got: finding.actual };
  return { expected: undefined, got: result.reason ?? result.reasonCode ?? 'no reason was given' };
}
