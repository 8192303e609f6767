import type { Case } from './suite.ts';

const everywhere: Case['tiers'] = { lmdb: 'pr', redis: 'pr', mongodb: 'pr', memory: 'pr', target: 'pr' };

/** The parts of a case that are seldom other than usual. */
export type CaseOptions = Partial<
  Pick<
    Case,
    | 'isolation'
    | 'requires'
    | 'serverFlags'
    | 'credentials'
    | 'tiers'
    | 'stage'
    | 'faults'
    | 'provokes'
    | 'timeoutMs'
    | 'costMs'
    | 'liveness'
  >
>;

/** A case with the usual settings: it shares a server, needs nothing special, and is quick. */
export function defineCase(id: string, claim: string, run: Case['run'], options: CaseOptions = {}): Case {
  return {
    id,
    claim,
    isolation: 'namespace',
    requires: [],
    serverFlags: [],
    tiers: everywhere,
    faults: [],
    timeoutMs: 20_000,
    costMs: 40,
    liveness: false,
    run,
    ...options,
  };
}

/** A case on a server of its own whose clock stands still until the case moves it. */
export function defineClockCase(id: string, claim: string, run: Case['run']): Case {
  return defineCase(id, claim, run, {
    isolation: 'server',
    requires: ['server', 'testing.clock'],
    serverFlags: ['--testing-seed', '1'],
    costMs: 500,
  });
}
