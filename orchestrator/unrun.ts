/** Results of cases that did not run, and why they did not. */

import type { CaseRef, CaseResult } from '../reports/schema.ts';
import { storeIsShared } from '../suites/expected-capabilities.ts';
import type { Ground } from './ground.ts';
import type { PlannedCase } from './plan.ts';

export type WhyUnrun = Pick<CaseResult, 'verdict' | 'reasonCode' | 'reason'>;

const interrupted: WhyUnrun = {
  verdict: 'inconclusive',
  reasonCode: 'interrupted',
  reason: 'the run was ended before the case began',
};

const stoppedEarly: WhyUnrun = {
  verdict: 'skipped',
  reasonCode: 'fail_fast',
  reason: 'the run stopped at an earlier failure',
};

export const needsServer: WhyUnrun = {
  verdict: 'skipped',
  reasonCode: 'needs_server',
  reason: 'needs a server that the harness started',
};

/** Why the cases that were still waiting did not begin. */
export function whyLeftOut(signal: AbortSignal): WhyUnrun {
  return signal.aborted ? interrupted : stoppedEarly;
}

/** `what` did not start, so that what needs it could not be judged. */
export function stageFailed(what: string, error: unknown, signal: AbortSignal): WhyUnrun {
  if (signal.aborted) return interrupted;
  const reason = `${what} did not start: ${error instanceof Error ? error.message : String(error)}`;
  return { verdict: 'inconclusive', reasonCode: 'stage_failed', reason };
}

/** Why a case cannot be had although its server is there; undefined when it can. */
export function skipReason(planned: PlannedCase, capabilities: Ground['capabilities']): WhyUnrun | undefined {
  const { requires } = planned.case;
  const { backend } = planned.ref;
  const absent = (reason: string): WhyUnrun => ({ verdict: 'skipped', reasonCode: 'capability_absent', reason });
  if (requires.includes('testing.clock') && !capabilities.testing.clock)
    return absent('the server has no testing clock');
  if (requires.includes('atomic-batch') && capabilities.atomicBatch === 'none') {
    return absent('its store has no atomic batch');
  }
  if (requires.includes('shared-store') && backend !== 'target' && !storeIsShared[backend]) {
    return absent('its store is within one server');
  }
  return undefined;
}

/** A result without a run. */
export function unrun(
  planned: PlannedCase,
  context: { readonly reproduce: (ref: CaseRef, seed: number) => string },
  why: WhyUnrun,
): CaseResult {
  const { ref, seed } = planned;
  return {
    ...ref,
    claim: planned.case.claim,
    verdict: why.verdict,
    reasonCode: why.reasonCode,
    reason: why.reason,
    seed,
    startedAt: new Date().toISOString(),
    durationMs: 0,
    peakRssBytes: null,
    operations: { ok: 0, fail: 0, info: 0 },
    measurements: [],
    faults: [],
    vacuity: [],
    findings: [],
    history: null,
    reproduce: context.reproduce(ref, seed),
  };
}
