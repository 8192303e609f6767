import type { CaseResult, Finding } from '../reports/schema.ts';
import type { LogFinding } from '../suites/checkers/log-scan.ts';
import type { PlannedCase } from './plan.ts';
import type { ServerLog } from './server-log.ts';

const loggedCode = 'logged';

/**
 * The result of a case with what its servers logged: what no log may hold fails it, unless the case provokes it. Only
 * what follows the first `linesBefore` lines counts. Of cases side by side on one server, each has what came in its time.
 */
export function judgeLogs(
  result: CaseResult,
  { case: { provokes = {} } }: Pick<PlannedCase, 'case'>,
  logs: readonly ServerLog[],
  linesBefore = 0,
): CaseResult {
  if (result.verdict === 'skipped' || result.reasonCode === 'interrupted') return result;
  const logged = logs.flatMap((log) => {
    const found = log.findingsAfter(linesBefore).filter(({ what }) => !(what in provokes));
    return [...Map.groupBy(found, ({ what }) => what).values()].flatMap((alike) => findingOf(alike, log.name));
  });
  const [first] = logged;
  if (first === undefined) return result;
  const findings = [...result.findings, ...logged];
  if (result.verdict === 'failed') return { ...result, findings };
  const reason = `expected ${first.expected}, got ${first.actual}`;
  return { ...result, verdict: 'failed', reasonCode: loggedCode, reason, findings };
}

/** One finding for all lines of a kind: a trace has many. */
function findingOf([first, ...others]: readonly LogFinding[], file: string): Finding[] {
  if (first === undefined) return [];
  const { line, what, text } = first;
  const more = others.length === 0 ? '' : ` (and ${others.length} more of its lines)`;
  return [
    {
      expected: `a server's log without ${what}`,
      actual: `line ${line} of ${file}: ${text}${more}`,
      exchange: null,
      witness: null,
      logRange: { file, from: line, to: others.at(-1)?.line ?? line },
    },
  ];
}
