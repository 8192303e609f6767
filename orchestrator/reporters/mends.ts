import type { CaseResult } from '../../reports/schema.ts';

/** What would make a case conclusive, by the reason code of the runner; a case with a code of its own says it itself. */
const mends: Readonly<Record<string, string>> = {
  deadline: 'run it alone with the command given here, or on a faster machine',
  vacuous: 'run it alone with the command given here, so that it reaches the minimum of its guard',
  interrupted: 'let the run come to its end',
  no_answer: 'see in the log why the server did not answer, and run it again',
  stage_failed: 'mend what the reason names; npx orchestrator doctor tells what this machine lacks',
  harness_error: 'mend the harness: the reason names where it broke',
};

export function mendOf({ verdict, reasonCode }: CaseResult): string | undefined {
  return verdict === 'inconclusive' && reasonCode !== null ? mends[reasonCode] : undefined;
}
