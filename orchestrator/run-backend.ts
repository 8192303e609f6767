/**
 * All cases of one backend: those that share a server first and side by side, then those with a server of their own,
 * and those that want the machine for themselves at the end, one by one, when the shared server is gone.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { BackendName, CaseResult, Subject } from '../reports/schema.ts';
import type { LinkName } from '../suites/fault.ts';
import { type Links, openLinks } from './faults/link/open-links.ts';
import { judgeLogs } from './judge-logs.ts';
import { openPlace } from './places/open-place.ts';
import type { Place } from './places/place.ts';
import type { PlannedCase } from './plan.ts';
import { runPool } from './pool.ts';
import type { Store, StoreDemands } from './providers/provider.ts';
import { runCase, slug } from './run-case.ts';
import type { BackendContext } from './run-context.ts';
import type { ServerFacts } from './server-facts.ts';
import type { ServerGround } from './server-ground.ts';
import { createGroundMaker, secondLogName } from './server-ground.ts';
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

interface StageParts {
  readonly links: readonly LinkName[];
  readonly openPlace: () => Promise<Place | undefined>;
  readonly startStore: (place: Place | undefined) => Promise<Store>;
  readonly openGround: (store: Store, place: Place | undefined, links: Links) => Promise<ServerGround>;
}

/** A ground on a store of its own, with links of its own; they end with it. */
async function openStage({ links: names, openPlace, startStore, openGround }: StageParts): Promise<ServerGround> {
  await using stack = new AsyncDisposableStack();
  const place = await openPlace();
  if (place !== undefined) stack.use(place);
  const store = stack.use(await startStore(place));
  const { links } = stack.use(await openLinks(names, store));
  const opened = await openGround(store, place, links);
  // What was there before the case is no part of what it may lose.
  await place?.disk?.sync();
  const owned = stack.move();
  return {
    ...opened,
    async close() {
      await opened.close();
      await owned.disposeAsync();
    },
  };
}

/** The store of a backend, and how a case gets one of its own. */
export interface BackendStore {
  readonly backend: BackendName;
  readonly store: Store;
  readonly startStore: (demands: StoreDemands) => Promise<Store>;
}

/** Runs the cases, and tells every one of them as finished, whatever happens. Disposing the store is the caller's. */
export async function runBackend(
  { backend, store, startStore }: BackendStore,
  cases: readonly PlannedCase[],
  context: BackendContext,
): Promise<void> {
  const openGround = createGroundMaker(backend, context);
  let anyFailed = false;
  let anyKept = false;
  let subjectTold = false;
  /** What runs is told by the first server that answers. */
  const tellSubject = ({ facts }: ServerGround): void => {
    if (!subjectTold) context.subject(subjectOf(backend, store, facts));
    subjectTold = true;
  };

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
      const { serverFlags: flags, credentials, isolation, stage } = planned.case;
      const shared = store.provider !== 'embedded' && store.provider !== 'process';
      const options = { logName, flags, credentials, exclusive: true, asked: isolation === 'machine', stage };
      opened =
        stage === undefined
          ? await openGround(store, options)
          : await openStage({
              links: stage.links ?? [],
              openPlace: async () => (stage.place === undefined ? undefined : openPlace(stage.place, shared, context)),
              startStore: (place) =>
                startStore({
                  durability: stage.durability,
                  memoryBytes: stage.storeMemoryBytes,
                  fixedPort: true,
                  place,
                }),
              openGround: (own, place, links) => openGround(own, { ...options, links, place }),
            });
    } catch (error) {
      return finish(unrun(planned, context, stageFailed('the server of the case', error, context.signal)));
    }
    tellSubject(opened);
    const absent = skipReason(planned, opened.ground.capabilities);
    const { logs } = opened.ground;
    const ran = absent ? unrun(planned, context, absent) : await runCase(planned, opened.ground, context);
    const soFar = judgeLogs(ran, planned, logs);
    await closeOrKeep(opened, soFar.verdict === 'failed' ? soFar : undefined);
    // With what it wrote as it ended.
    const result = judgeLogs(ran, planned, logs);
    // The log of a case that passed tells nothing that the shared one does not.
    if (result.findings.length === 0) {
      for (const name of [logName, secondLogName(logName)]) await rm(join(context.logsFolder, name), { force: true });
    }
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
      const { logs } = shared.ground;
      const linesBefore = logs[0]?.countLines();
      const result = judgeLogs(await runCase(planned, shared.ground, context), planned, logs, linesBefore);
      finish(result);
      if (result.verdict === 'failed') firstFailed ??= result;
      if (result.reasonCode === 'deadline') await endIfStuck(shared.server, context);
    });
    await closeOrKeep(shared, firstFailed);
  };

  if (cases.some((planned) => planned.case.isolation === 'namespace')) await runShared();
  await inPool('server', context.ownServers, onOwnServer);
  await inPool('machine', 1, onOwnServer);

  async function runShared(): Promise<void> {
    let shared: ServerGround;
    try {
      shared = await openGround(store, { logName: `${backend}.log`, flags: [], exclusive: false, asked: true });
    } catch (error) {
      const why = stageFailed('the server', error, context.signal);
      for (const planned of cases.filter((one) => one.case.isolation === 'namespace'))
        finish(unrun(planned, context, why));
      return;
    }
    tellSubject(shared);
    await onSharedServer(shared);
  }
}
