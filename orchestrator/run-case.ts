/** Runs one case on its ground, and says what came of it. */

import type { CaseResult, Finding } from '../reports/schema.ts';
import type { Client } from '../suites/client.ts';
import { createRandom, seedOf } from '../suites/random.ts';
import type { Stage } from '../suites/suite.ts';
import { createCaseClient } from './case-client.ts';
import { createCaseNotes } from './case-notes.ts';
import { createFaults } from './faults/registry.ts';
import { advanceClock, type Ground, handleFor } from './ground.ts';
import type { Ending } from './judge.ts';
import { judge } from './judge.ts';
import type { PlannedCase } from './plan.ts';
import type { CaseContext } from './run-context.ts';
import { sound } from './sabotage.ts';
import type { Death } from './server-process.ts';
import { describeExit } from './tracked-process.ts';
import { unrun } from './unrun.ts';
import { waitFor, within } from './wait.ts';

/** Letters, digits and dashes, short enough for a namespace with a suffix behind it. */
export function slug(id: string): string {
  return id
    .replace(/[^A-Za-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 32);
}

async function runToEnd(
  planned: PlannedCase,
  stage: Stage,
  deadline: AbortController,
  run: AbortSignal,
): Promise<Ending> {
  const { timeoutMs } = planned.case;
  const interrupted = new Promise<Ending>((resolve) => {
    if (run.aborted) resolve({ kind: 'interrupted' });
    run.addEventListener('abort', () => resolve({ kind: 'interrupted' }), { once: true });
  });
  const work: Promise<Ending> = planned.case.run(stage).then(
    () => ({ kind: 'returned' }),
    (error: unknown) => ({ kind: 'threw', error }),
  );
  const ending = await within<Ending, Ending>(timeoutMs, Promise.race([work, interrupted]), {
    kind: 'deadline',
    timeoutMs,
  });
  // What the case still has under way ends with its signal; its late outcome counts no more.
  deadline.abort(new Error(`the case is over: ${ending.kind}`));
  if (ending.kind === 'deadline' || ending.kind === 'interrupted') await within(2000, work, undefined);
  return run.aborted && ending.kind === 'threw' ? { kind: 'interrupted' } : ending;
}

/** The unasked death since `deathsBefore`; an exit shows a moment after the sockets have closed. */
async function deathSince(ground: Ground, deathsBefore: number, ending: Ending): Promise<Death | undefined> {
  const { server, seconds } = ground;
  if (server === undefined) return undefined;
  const look = async (): Promise<Death | undefined> =>
    server.deaths[deathsBefore] ?? seconds.flatMap(({ deaths }) => deaths)[0];
  if (ending.kind === 'returned') return look();
  return waitFor('a death', look, { timeoutMs: 250, intervalMs: 25 }).catch(() => undefined);
}

/** Deletes what the case left on a server that is not ours. */
async function removeWritten(client: Client, ground: Ground, tell: CaseContext['tell']): Promise<void> {
  const written = client.written();
  if (written.length === 0) return;
  using cleaner = createCaseClient({ ...ground, signal: AbortSignal.timeout(30_000) });
  for (const { namespace, collection, key } of written) {
    const path = `/api/v1/kv/${namespace}/${collection}/${Buffer.from(key).toString('base64url')}?keyEncoding=base64url`;
    try {
      await cleaner.request({ method: 'DELETE', path });
    } catch (error) {
      tell(`could not delete ${namespace}/${collection}/${key} from the target: ${(error as Error).message}`);
      return;
    }
  }
}

function withLogRange(findings: readonly Finding[], ground: Ground, from: number): Finding[] {
  const [log] = ground.logs;
  if (log === undefined) return [...findings];
  const to = log.countLines();
  // Nothing was logged meanwhile: the line before is the nearest that the log has.
  const range = to === 0 ? null : { file: log.name, from: Math.min(from + 1, to), to };
  return findings.map((finding) => ({ ...finding, logRange: finding.logRange ?? range }));
}

/** The stage as seen from one more server. Its client is disposed of with the case. */
async function startSecondStage(stage: Stage, ground: Ground, clients: DisposableStack): Promise<Stage> {
  if (ground.startSecond === undefined) {
    throw new Error('this case shares its server: to start a second one its isolation must be server or machine');
  }
  const second = await ground.startSecond();
  const client = createCaseClient({ ...second, baseUrl: second.clientUrl, signal: stage.signal });
  if (clients.disposed) client[Symbol.dispose]();
  else clients.use(client);
  return {
    ...stage,
    client,
    server: second.server?.handle,
    advanceClock: (advanceMs) => advanceClock(second, advanceMs, stage.signal),
    startSecondServer: () => startSecondStage(stage, second, clients),
  };
}

export async function runCase(planned: PlannedCase, ground: Ground, context: CaseContext): Promise<CaseResult> {
  const { ref, seed } = planned;
  const started = performance.now();
  const result = unrun(planned, context, { verdict: 'inconclusive', reasonCode: null, reason: null });
  const number = context.nextNumber();
  const deadline = new AbortController();
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  const name = `${ref.backend}.${ref.suite}.${slug(ref.id)}.${number}`;
  const notes = createCaseNotes(context.runFolder, name, {
    case: `${ref.suite}/${ref.id}`,
    backend: ref.backend,
    seed,
  });
  using clients = new DisposableStack();
  const { client: tamper, faults: disarm, judgeFile } = context.sabotage ?? sound;
  const client = clients.use(tamper(createCaseClient({ ...ground, baseUrl: ground.clientUrl, signal })));
  const peakRssBytes = ground.server?.watchMemory(ground.exclusive);
  const random = createRandom(seedOf(seed, `${ref.suite}/${ref.id}`));
  const stage: Stage = {
    client,
    namespace: `t${context.runId.slice(-4)}-${number}-${slug(ref.id)}`,
    seed,
    random,
    capabilities: ground.capabilities,
    signal,
    holder: ground.store?.provider === 'embedded' ? 'server' : 'store',
    server: handleFor(ground, () => peakRssBytes?.() ?? 0),
    advanceClock: (advanceMs) => advanceClock(ground, advanceMs, signal),
    startSecondServer: () => startSecondStage(stage, ground, clients),
    runK6: context.runK6,
    faults: disarm(
      createFaults({
        declared: planned.case.faults,
        note: notes.note,
        caseStarted: started,
        seed,
        ground: () =>
          ground.exclusive && ground.server !== undefined
            ? {
                ground,
                server: ground.server,
                signal,
                environment: context.environment,
                random: random.split('faults'),
              }
            : undefined,
      }),
    ),
    note: notes.note,
    openHistory: notes.openHistory,
    judgeFile,
  };
  const deathsBefore = ground.server?.deaths.length ?? 0;
  const linesBefore = ground.logs[0]?.countLines() ?? 0;

  const ending = await runToEnd(planned, stage, deadline, context.signal);
  const durationMs = Math.round(performance.now() - started);
  const death = await deathSince(ground, deathsBefore, ending);
  const noted = await notes.noted();
  context.series.recordCase(ref, notes.times);
  const judgement = judge(ending, {
    liveness: planned.case.liveness,
    vacuity: noted.vacuity,
    controls: noted.controls ?? [],
    missingFaults: planned.case.faults.filter((name) => noted.faults.every((fault) => fault.name !== name)),
    death: death && {
      how: describeExit(death.exit),
      lastLogLines: death.lastLogLines.map((line) => ground.logs[0]?.hide(line) ?? line),
    },
  });
  if (ground.server === undefined) await removeWritten(client, ground, context.tell);
  const { counts } = client;
  return {
    ...result,
    ...noted,
    ...judgement,
    durationMs,
    peakRssBytes: peakRssBytes?.() || null,
    operations: {
      ok: noted.operations.ok + counts.ok,
      fail: noted.operations.fail + counts.fail,
      info: noted.operations.info + counts.info,
    },
    findings: withLogRange(judgement.findings, ground, linesBefore),
  };
}
