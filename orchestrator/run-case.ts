/** Runs one case on its ground, and says what came of it. */

import type { CaseResult, Finding } from '../reports/schema.ts';
import type { Client } from '../suites/client.ts';
import { createRandom, seedOf } from '../suites/random.ts';
import type { Stage } from '../suites/suite.ts';
import { createCaseClient } from './case-client.ts';
import { createCaseNotes } from './case-notes.ts';
import { advanceClock, type Ground, handleFor } from './ground.ts';
import type { Ending } from './judge.ts';
import { judge } from './judge.ts';
import { countLines } from './log-file.ts';
import type { PlannedCase } from './plan.ts';
import type { CaseContext } from './run-context.ts';
import type { Death } from './server-process.ts';
import { describeExit } from './server-process.ts';
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
  const { server } = ground;
  if (server === undefined) return undefined;
  const look = async (): Promise<Death | undefined> => server.deaths[deathsBefore];
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
  const { server, logName } = ground;
  if (server === undefined || logName === undefined) return [...findings];
  const to = countLines(server.handle.logFile);
  // Nothing was logged meanwhile: the line before is the nearest that the log has.
  const range = to === 0 ? null : { file: logName, from: Math.min(from + 1, to), to };
  return findings.map((finding) => ({ ...finding, logRange: finding.logRange ?? range }));
}

export async function runCase(planned: PlannedCase, ground: Ground, context: CaseContext): Promise<CaseResult> {
  const { ref, seed } = planned;
  const started = performance.now();
  const result = unrun(planned, context, { verdict: 'inconclusive', reasonCode: null, reason: null });
  const number = context.nextNumber();
  const deadline = new AbortController();
  const signal = AbortSignal.any([context.signal, deadline.signal]);
  const notes = createCaseNotes(context.runFolder, `${ref.backend}.${ref.suite}.${slug(ref.id)}.${number}`);
  using client = createCaseClient({ ...ground, signal });
  const peakRssBytes = ground.server?.watchMemory(ground.exclusive);
  const stage: Stage = {
    client,
    namespace: `t${context.runId.slice(-4)}-${number}-${slug(ref.id)}`,
    seed,
    random: createRandom(seedOf(seed, `${ref.suite}/${ref.id}`)),
    capabilities: ground.capabilities,
    signal,
    server: handleFor(ground, () => peakRssBytes?.() ?? 0),
    advanceClock: (advanceMs) => advanceClock(ground, advanceMs, signal),
    runK6: context.runK6,
    note: notes.note,
  };
  const deathsBefore = ground.server?.deaths.length ?? 0;
  const linesBefore = ground.server === undefined ? 0 : countLines(ground.server.handle.logFile);

  const ending = await runToEnd(planned, stage, deadline, context.signal);
  const durationMs = Math.round(performance.now() - started);
  const death = await deathSince(ground, deathsBefore, ending);
  const noted = notes.noted();
  const judgement = judge(ending, {
    liveness: planned.case.liveness,
    vacuity: noted.vacuity,
    death: death && { how: describeExit(death.exit), lastLogLines: death.lastLogLines },
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
