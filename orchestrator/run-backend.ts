/**
 * All cases of one backend: those that share a server first and side by side, then those with a server of their own,
 * and those that want the machine for themselves at the end, one by one, when the shared server is gone.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName, CaseResult, Subject } from '../reports/schema.ts';
import type { PlannedCase } from './plan.ts';
import { runPool } from './pool.ts';
import type { Store } from './providers/provider.ts';
import { runCase, slug } from './run-case.ts';
import type { BackendContext } from './run-context.ts';
import type { ServerFacts } from './server-facts.ts';
import type { ServerGround } from './server-ground.ts';
import { createGroundMaker } from './server-ground.ts';
import type { ServerProcess } from './server-process.ts';
import { skipReason, stageFailed, unrun, whyLeftOut } from './unrun.ts';

export function subjectOf(
  backend: BackendName,
  store: Pick<Store, 'provider' | 'image' | 'durability'>,
  facts: ServerFacts,
): Subject {
  const { capabilities, engineVersion, serverVersion } = facts;
  return {
    backend,
    provider: store.provider,
    image: store.image,
    engineVersion,
    serverVersion,
    durability: { declared: store.durability, probed: capabilities.durability },
    capabilities,
  };
}

/** A shared server that no longer answers would take every later case to its deadline too. */
async function endIfStuck(server: ServerProcess, context: BackendContext): Promise<void> {
  if (!server.running || context.signal.aborted) return;
  try {
    const signal = AbortSignal.timeout(3000);
    await (await fetch(`${server.handle.baseUrl}/health/live`, { headers: { connection: 'close' }, signal })).text();
  } catch {
    context.tell('the shared server no longer answers and is started again');
    await server.handle.kill();
  }
}

/** Starts a dead server again, once for all who wait for it. */
function createReviver(server: ServerProcess): () => Promise<void> {
  let reviving: Promise<void> | undefined;
  return async () => {
    if (server.running && reviving === undefined) return;
    reviving ??= server.handle.restart().finally(() => {
      reviving = undefined;
    });
    await reviving;
  };
}

/** Runs the cases, and tells every one of them as finished, whatever happens. Disposing the store is the caller's. */
export async function runBackend(
  backend: BackendName,
  cases: readonly PlannedCase[],
  store: Store,
  context: BackendContext,
): Promise<void> {
  const openGround = createGroundMaker(backend, store, context);
  let anyFailed = false;
  let anyKept = false;

  const finish = (result: CaseResult): void => {
    anyFailed ||= result.verdict === 'failed';
    context.finished(result);
  };
  const stop = (): boolean => context.signal.aborted || (anyFailed && (context.failFast || context.keep));
  const inPool = async (
    of: PlannedCase['case']['isolation'],
    width: number,
    work: (planned: PlannedCase) => Promise<void>,
  ): Promise<void> => {
    const items = cases.filter((planned) => planned.case.isolation === of);
    for (const planned of await runPool(items, width, stop, work)) {
      finish(unrun(planned, context, whyLeftOut(context.signal)));
    }
  };
  /** Leaves the first ground on which a case failed to --keep. */
  const closeOrKeep = async (opened: ServerGround, failed: CaseResult | undefined): Promise<void> => {
    if (!context.keep || anyKept || failed === undefined || !opened.server.running) return opened.close();
    anyKept = true;
    opened.keep(failed);
  };

  const onOwnServer = async (planned: PlannedCase): Promise<void> => {
    context.started(planned);
    const logName = `${backend}.${planned.ref.suite}.${slug(planned.ref.id)}.${planned.seed}.log`;
    let opened: ServerGround;
    try {
      opened = await openGround({ logName, flags: planned.case.serverFlags, exclusive: true });
    } catch (error) {
      return finish(unrun(planned, context, stageFailed('the server of the case', error, context.signal)));
    }
    const absent = skipReason(planned, opened.ground.capabilities);
    const result = absent ? unrun(planned, context, absent) : await runCase(planned, opened.ground, context);
    await closeOrKeep(opened, result.verdict === 'failed' ? result : undefined);
    // The log of a case that passed tells nothing that the shared one does not.
    if (result.findings.length === 0) await rm(join(context.logsFolder, logName), { force: true });
    finish(result);
  };

  const onSharedServer = async (shared: ServerGround): Promise<void> => {
    const revive = createReviver(shared.server);
    let firstFailed: CaseResult | undefined;
    await inPool('namespace', context.jobs, async (planned) => {
      context.started(planned);
      const absent = skipReason(planned, shared.ground.capabilities);
      if (absent !== undefined) return finish(unrun(planned, context, absent));
      try {
        await revive();
      } catch (error) {
        return finish(unrun(planned, context, stageFailed('the server after its death', error, context.signal)));
      }
      const result = await runCase(planned, shared.ground, context);
      finish(result);
      if (result.verdict === 'failed') firstFailed ??= result;
      if (result.reasonCode === 'deadline') await endIfStuck(shared.server, context);
    });
    await closeOrKeep(shared, firstFailed);
  };

  let shared: ServerGround;
  try {
    shared = await openGround({ logName: `${backend}.log`, flags: [], exclusive: false });
  } catch (error) {
    const why = stageFailed('the server', error, context.signal);
    for (const planned of cases) finish(unrun(planned, context, why));
    return;
  }
  context.subject(subjectOf(backend, store, shared.facts));
  await onSharedServer(shared);
  await inPool('server', context.ownServers, onOwnServer);
  await inPool('machine', 1, onOwnServer);
}
