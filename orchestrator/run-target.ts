import type { Ground } from './ground.ts';
import type { PlannedCase } from './plan.ts';
import { runPool } from './pool.ts';
import { subjectOf } from './run-backend.ts';
import { runCase } from './run-case.ts';
import type { BackendContext, CaseContext } from './run-context.ts';
import { startSampler } from './sampler.ts';
import type { ServerFacts } from './server-facts.ts';
import { askServer } from './server-facts.ts';
import { needsServer, skipReason, stageFailed, unrun, whyLeftOut } from './unrun.ts';

/** A server that the harness did not start. */
export interface Target {
  readonly url: string;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
}

type TargetContext = CaseContext &
  Pick<BackendContext, 'jobs' | 'failFast' | 'started' | 'finished' | 'subject' | 'series'>;

function needsOwnServer({ case: { requires, serverFlags, credentials, stage } }: PlannedCase): boolean {
  return requires.includes('server') || serverFlags.length > 0 || credentials !== undefined || stage !== undefined;
}

/** Runs the cases against the target: side by side where they keep to their namespaces, one by one otherwise. */
export async function runTarget(target: Target, cases: readonly PlannedCase[], context: TargetContext): Promise<void> {
  const { signal } = context;
  let facts: ServerFacts;
  try {
    facts = await askServer({ baseUrl: target.url, authorization: target.authorization, signal }, true);
  } catch (error) {
    const why = stageFailed('the target', error, signal);
    for (const planned of cases) context.finished(unrun(planned, context, why));
    return;
  }
  const place = { provider: 'target', image: null, durability: 'as the target is configured' } as const;
  context.subject(subjectOf('target', place, facts));
  const { url, authorization } = target;
  using _sampler = startSampler(
    { backend: 'target', baseUrl: () => url, pid: () => undefined, authorization, asked: true },
    context.series,
  );

  let anyFailed = false;
  const stop = (): boolean => signal.aborted || (anyFailed && context.failFast);
  const inPool = async (alone: boolean, width: number): Promise<void> => {
    const ground: Ground = {
      baseUrl: () => target.url,
      clientUrl: () => target.url,
      capabilities: facts.capabilities,
      server: undefined,
      exclusive: alone,
      authorization: target.authorization,
      logs: [],
      startSecond: undefined,
      seconds: [],
      store: undefined,
      links: {},
      steeredClock: undefined,
      means: undefined,
      cell: undefined,
    };
    const work = async (planned: PlannedCase): Promise<void> => {
      context.started(planned);
      const absent = needsOwnServer(planned) ? needsServer : skipReason(planned, facts.capabilities);
      const result = absent ? unrun(planned, context, absent) : await runCase(planned, ground, context);
      anyFailed ||= result.verdict === 'failed';
      context.finished(result);
    };
    const items = cases.filter((planned) => (planned.case.isolation === 'namespace') !== alone);
    for (const planned of await runPool(items, width, stop, work)) {
      context.finished(unrun(planned, context, whyLeftOut(signal)));
    }
  };
  await inPool(false, context.jobs);
  await inPool(true, 1);
}
