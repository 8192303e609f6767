/** Runs a prepared plan and makes the report of it. */

import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { CaseRef, CaseResult, RunReport, Subject, Verdict } from '../reports/schema.ts';
import type { Environment } from './environment.ts';
import { decideExit } from './exit-code.ts';
import type { StoreSource } from './find-stores.ts';
import { runK6 } from './k6.ts';
import type { Ledger } from './ledger.ts';
import { describeHarness, describeMachine } from './machine.ts';
import type { PreparedRun } from './prepare-run.ts';
import { type ProviderContext, type Store, type StoreDemands, sharedStore } from './providers/provider.ts';
import type { Progress } from './reporters/progress.ts';
import { absentCapabilities } from './requirements.ts';
import { runBackend } from './run-backend.ts';
import type { BackendContext, KeptStage, Sabotage } from './run-context.ts';
import { runTarget } from './run-target.ts';
import { createSeriesRecorder, type SeriesRecorder, writeSeries } from './series.ts';
import type { Signals } from './signals.ts';
import { stageFailed, unrun, whyLeftOut } from './unrun.ts';

export interface RunContext {
  readonly id: string;
  readonly startedAt: Date;
  readonly argv: readonly string[];
  readonly runFolder: string;
  readonly workFolder: string;
  readonly ledger: Ledger;
  readonly environment: Environment;
  readonly signals: Signals;
  readonly progress: Progress;
  /** Another program than the server, with what comes before its flags: one that has a defect. */
  readonly serverProgram?: readonly string[];
  readonly sabotage?: Sabotage | undefined;
}

export interface FinishedRun {
  readonly report: RunReport;
  readonly kept: KeptStage | undefined;
}

const usualSuites: readonly string[] = ['conformance', 'edge-cases', 'e2e'];

function quoted(word: string): string {
  return /^[\w./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** The command that runs one case again with the same numbers. */
function reproduceCommand({ options, target }: PreparedRun): (ref: CaseRef, seed: number) => string {
  const place = (backend: string): string[] => {
    if (target === undefined)
      return ['--backend', backend, ...(options.provider === 'auto' ? [] : ['--provider', options.provider])];
    const token = options.tokenFile === undefined ? [] : ['--token-file', options.tokenFile];
    return ['--target', target.url, ...token, ...(options.ca === undefined ? [] : ['--ca', options.ca])];
  };
  return ({ backend, suite, id }, seed) => {
    const which = usualSuites.includes(suite) ? [] : ['--suite', suite];
    const tier = options.tier === 'pr' ? [] : ['--tier', options.tier];
    const words = ['npx', 'orchestrator', 'run', ...which, ...place(backend), ...tier];
    words.push('--case', id, '--seed', String(seed));
    return words.map(quoted).join(' ');
  };
}

function createBackendContext(prepared: PreparedRun, context: RunContext, collected: Collected): BackendContext {
  const { options, k6 } = prepared;
  const { id, runFolder, workFolder, ledger, environment, signals, progress, serverProgram, sabotage } = context;
  const cores = availableParallelism();
  let number = 0;
  return {
    runId: id,
    runFolder,
    signal: signals.signal,
    runK6: (run) => runK6(k6.k6, run, { ledger, workFolder, environment, signal: signals.signal }),
    reproduce: reproduceCommand(prepared),
    nextNumber: () => {
      number += 1;
      return number;
    },
    tell: progress.log,
    ledger,
    workFolder,
    logsFolder: join(runFolder, 'logs'),
    environment,
    // Most cases wait for the server or for time to pass, so a core carries two.
    jobs: options.jobs ?? Math.min(8, 2 * cores),
    // Each is a process with a start and an end: as many as there are cores.
    ownServers: Math.min(options.jobs ?? cores, cores),
    keep: options.keep,
    failFast: options.failFast,
    started: ({ ref }) => progress.started(ref),
    finished(result) {
      collected.results.push(result);
      progress.finished(result);
    },
    subject: (subject) => void collected.subjects.push(subject),
    kept(stage) {
      collected.kept = stage;
    },
    series: collected.series,
    ...(serverProgram === undefined ? {} : { serverProgram }),
    sabotage,
  };
}

interface Collected {
  readonly results: CaseResult[];
  readonly subjects: Subject[];
  readonly series: SeriesRecorder;
  kept: KeptStage | undefined;
}

async function runOnStore(
  source: StoreSource & { found: true },
  prepared: PreparedRun,
  context: BackendContext,
  collected: Collected,
): Promise<void> {
  const cases = prepared.plan.filter(({ ref }) => ref.backend === source.backend);
  if (cases.length === 0) return;
  const images = { redis: prepared.options.redisImage, mongodb: prepared.options.mongodbImage };
  const { ledger, workFolder, logsFolder, environment, signal, tell } = context;
  const providing: ProviderContext = { ledger, workFolder, logsFolder, environment, signal, images, tell };
  let store: Store;
  try {
    signal.throwIfAborted();
    store = await source.start(providing, sharedStore);
  } catch (error) {
    for (const planned of cases) context.finished(unrun(planned, context, stageFailed('the store', error, signal)));
    return;
  }
  try {
    const startStore = (demands: StoreDemands): Promise<Store> => source.start(providing, demands);
    await runBackend({ backend: source.backend, store, startStore }, cases, context);
  } finally {
    // What cannot be ended now stays in the ledger, which is undone at the end of the run.
    if (collected.kept === undefined) await disposeOrTell(source.backend, store, tell);
  }
}

function leaveOut({ backend }: StoreSource, { plan }: PreparedRun, context: BackendContext): void {
  for (const planned of plan) {
    if (planned.ref.backend === backend) context.finished(unrun(planned, context, whyLeftOut(context.signal)));
  }
}

async function disposeOrTell(backend: string, store: Store, tell: (line: string) => void): Promise<void> {
  try {
    await store[Symbol.asyncDispose]();
  } catch (error) {
    tell(`the store of ${backend} could not be ended yet: ${(error as Error).message}`);
  }
}

function totalsOf(results: readonly CaseResult[]): RunReport['totals'] {
  const count = (verdict: Verdict): number => results.filter((result) => result.verdict === verdict).length;
  return {
    passed: count('passed'),
    failed: count('failed'),
    inconclusive: count('inconclusive'),
    skipped: count('skipped'),
  };
}

/** The report without the target's credentials, which exchanges show as they were sent. */
function withoutCredentials(report: RunReport, authorization: string | undefined): RunReport {
  if (authorization === undefined) return report;
  const secrets = [authorization, authorization.split(' ').at(-1) ?? authorization];
  const inJson = secrets.map((secret) => JSON.stringify(secret).slice(1, -1));
  return JSON.parse(inJson.reduce((text, secret) => text.replaceAll(secret, '(token)'), JSON.stringify(report)));
}

/** Runs everything, one backend after the other, and resolves with a report of exactly what was planned. */
export async function runPlan(prepared: PreparedRun, context: RunContext): Promise<FinishedRun> {
  const { plan, options, target } = prepared;
  const started = performance.now();
  const collected: Collected = {
    results: [],
    subjects: [],
    series: createSeriesRecorder(started),
    kept: undefined,
  };
  const backendContext = createBackendContext(prepared, context, collected);
  mkdirSync(backendContext.logsFolder, { recursive: true });
  context.progress.planned(plan.map(({ ref }) => ref));
  if (target !== undefined) await runTarget(target, plan, backendContext);
  for (const source of prepared.stores) {
    if (!source.found) continue;
    const stopped = collected.results.some(({ verdict }) => verdict === 'failed') && (options.failFast || options.keep);
    if (stopped) leaveOut(source, prepared, backendContext);
    else await runOnStore(source, prepared, backendContext, collected);
  }
  context.progress.close();

  const position = new Map(plan.map(({ ref }, index) => [`${ref.backend} ${ref.suite} ${ref.id}`, index]));
  const placeOf = ({ backend, suite, id }: CaseRef): number => position.get(`${backend} ${suite} ${id}`) ?? 0;
  const results = collected.results.sort((one, other) => placeOf(one) - placeOf(other) || one.seed - other.seed);
  const planned = plan.map(({ ref }) => ref);
  const requiredAbsent = [...prepared.requiredAbsent, ...absentCapabilities(prepared.requirements, collected.subjects)];
  const engine = prepared.probes.find(({ name }) => name === 'container-engine');
  const report: RunReport = {
    schemaVersion: 1,
    id: context.id,
    startedAt: context.startedAt.toISOString(),
    durationMs: Math.round(performance.now() - started),
    tier: options.tier,
    seed: prepared.seed,
    argv: [...context.argv],
    harness: describeHarness(),
    machine: describeMachine(engine),
    subjects: collected.subjects,
    probes: [...prepared.probes],
    notTested: [...prepared.notTested],
    planned,
    results,
    series: writeSeries(collected.series.series(), context.runFolder),
    totals: totalsOf(results),
    exit: decideExit({ planned, results, requiredAbsent, interruptedBy: context.signals.received }),
  };
  return { kept: collected.kept, report: withoutCredentials(report, target?.authorization) };
}
