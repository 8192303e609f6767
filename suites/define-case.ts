import type { Case } from './suite.ts';

/** The parts of a case that are seldom other than usual. */
export type CaseOptions = Partial<
  Pick<Case, 'isolation' | 'requires' | 'serverFlags' | 'timeoutMs' | 'costMs' | 'liveness'>
>;

/** A case with the usual settings: it shares a server, needs nothing special, and is quick. */
export function defineCase(id: string, claim: string, run: Case['run'], options: CaseOptions = {}): Case {
  return {
    id,
    claim,
    isolation: 'namespace',
    requires: [],
    serverFlags: [],
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
