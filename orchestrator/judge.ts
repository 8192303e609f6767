/** Turns how a case ended into a verdict. Nothing but a clean return is a pass. */

import type { CaseResult, Control, Finding, VacuityGuard } from '../reports/schema.ts';
import { CaseFailed, CaseInconclusive } from '../suites/verdict.ts';

export type Ending =
  | { readonly kind: 'returned' }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'deadline'; readonly timeoutMs: number }
  | { readonly kind: 'interrupted' };

export interface Judgement extends Pick<CaseResult, 'verdict' | 'reasonCode' | 'reason'> {
  readonly findings: readonly Finding[];
}

export interface Circumstances {
  readonly liveness: boolean;
  readonly vacuity: readonly VacuityGuard[];
  /** Faults that the case declares and that were not seen to fire. */
  readonly missingFaults: readonly string[];
  readonly controls: readonly Control[];
  /** Why the server died although nobody asked it to; undefined while it lives. */
  readonly death: { readonly how: string; readonly lastLogLines: readonly string[] } | undefined;
}

const passed: Judgement = { verdict: 'passed', reasonCode: null, reason: null, findings: [] };

function inconclusive(reasonCode: string, reason: string): Judgement {
  return { verdict: 'inconclusive', reasonCode, reason, findings: [] };
}

function failed(reasonCode: string, finding: Finding): Judgement {
  const reason = `expected ${finding.expected}, got ${finding.actual}`;
  return { verdict: 'failed', reasonCode, reason, findings: [finding] };
}

function plainFinding(expected: string, actual: string, witness: string | null): Finding {
  return { expected, actual, exchange: null, witness, logRange: null };
}

function judgeThrown(error: unknown): Judgement {
  if (error instanceof CaseFailed) return failed('finding', error.finding);
  if (error instanceof CaseInconclusive) return inconclusive(error.reasonCode, error.message);
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return inconclusive('harness_error', `the case threw what is no verdict: ${stack}`);
}

function judgeReturn({ vacuity, missingFaults, controls }: Circumstances): Judgement {
  if (missingFaults.length > 0) {
    return inconclusive('fault_did_not_fire', `it ended without the fault ${missingFaults.join(', ')}`);
  }
  const lossless = controls.filter(({ lost }) => lost === 0);
  if (lossless.length > 0) {
    const names = lossless.map(({ name, acknowledged }) => `${name} lost none of ${acknowledged}`).join('; ');
    return inconclusive('control_lost_nothing', `what must lose did not, so nothing is shown: ${names}`);
  }
  const short = vacuity.filter(({ value, minimum }) => value < minimum);
  if (short.length === 0) return passed;
  const guards = short.map(
    ({ guard, value, minimum }) => `${guard} was ${value}, at least ${minimum} make it conclusive`,
  );
  return inconclusive('vacuous', guards.join('; '));
}

function judgeDeadline(timeoutMs: number, liveness: boolean): Judgement {
  if (liveness) {
    return failed('deadline', plainFinding(`an end within ${timeoutMs} ms`, `none after ${timeoutMs} ms`, null));
  }
  return inconclusive('deadline', `the case took longer than its ${timeoutMs} ms`);
}

function judgeEnding(ending: Ending, circumstances: Circumstances): Judgement {
  switch (ending.kind) {
    case 'returned':
      return judgeReturn(circumstances);
    case 'threw':
      return judgeThrown(ending.error);
    case 'deadline':
      return judgeDeadline(ending.timeoutMs, circumstances.liveness);
    case 'interrupted':
      return inconclusive('interrupted', 'the run was ended before the case was');
  }
}

export function judge(ending: Ending, circumstances: Circumstances): Judgement {
  const { death } = circumstances;
  const judgement = judgeEnding(ending, circumstances);
  if (death === undefined || ending.kind === 'interrupted') return judgement;
  const finding = plainFinding(
    'the server lives through the case',
    `the server died (${death.how})`,
    death.lastLogLines.join('\n') || null,
  );
  const died = failed('server_died', finding);
  return { ...died, findings: [finding, ...judgement.findings] };
}
