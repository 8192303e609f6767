/** From options to a plan: validates, looks at the machine, and decides what will run and what cannot. */

import { randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { BackendName, CaseRef, NotTested, Probe, SuiteName } from '../reports/schema.ts';
import { createCapabilitiesCase } from '../suites/expected-capabilities.ts';
import type { Case, Suite } from '../suites/suite.ts';
import { parseDuration } from './duration.ts';
import type { Environment } from './environment.ts';
import type { StoreBackend, StoreSource } from './find-stores.ts';
import { findStores } from './find-stores.ts';
import type { FoundK6 } from './k6.ts';
import { findK6 } from './k6.ts';
import type { RunOptions } from './options.ts';
import type { PlannedCase } from './plan.ts';
import { checkBudget, checkPatterns, chooseSuites, parseShard, planCases } from './plan.ts';
import { absentFaults, probeFaults } from './probe-faults.ts';
import { probeContainerEngine } from './providers/container-engine.ts';
import type { Requirements } from './requirements.ts';
import { parseRequirements, requiredBackends } from './requirements.ts';
import { readReport } from './run-folder.ts';
import type { Target } from './run-target.ts';
import { unknownName } from './suggest.ts';
import { UsageError } from './usage-error.ts';

const ownBackends = ['lmdb', 'redis', 'mongodb', 'memory'] as const satisfies readonly StoreBackend[];
const usualBackends: readonly StoreBackend[] = ['lmdb', 'redis', 'mongodb'];

export interface PreparedRun {
  readonly options: RunOptions;
  readonly plan: readonly PlannedCase[];
  readonly target: Target | undefined;
  readonly stores: readonly StoreSource[];
  readonly k6: FoundK6;
  readonly probes: readonly Probe[];
  readonly notTested: readonly NotTested[];
  readonly requirements: Requirements;
  /** What --require names and this machine does not have; capabilities are known only later. */
  readonly requiredAbsent: readonly string[];
  readonly seed: number;
}

export interface Surroundings {
  readonly environment: Environment;
  /** The current folder. */
  readonly folder: string;
  readonly reports: string;
  readonly tell: (line: string) => void;
}

function chooseBackends(options: RunOptions, requirements: Requirements): readonly StoreBackend[] {
  const names = options.backend ?? usualBackends;
  if (names.length === 0) throw new UsageError('--backend names no backend');
  for (const name of names) {
    if (!(ownBackends as readonly string[]).includes(name))
      throw new UsageError(unknownName('backend', name, ownBackends));
  }
  const chosen = [...new Set(names as StoreBackend[])];
  for (const name of requiredBackends(requirements)) {
    if (chosen.includes(name as StoreBackend)) continue;
    if (options.backend !== undefined) throw new UsageError(`--require names ${name}, which --backend leaves out`);
    chosen.push(name as StoreBackend);
  }
  return chosen;
}

function readTarget(options: RunOptions, requirements: Requirements, folder: string): Target | undefined {
  const { target, tokenFile, ca } = options;
  if (target === undefined) {
    if (tokenFile !== undefined || ca !== undefined) throw new UsageError('--token-file and --ca belong to --target');
    return undefined;
  }
  if (!URL.canParse(target) || !/^https?:$/.test(new URL(target).protocol)) {
    throw new UsageError('--target takes the URL of a server, such as http://127.0.0.1:7878');
  }
  const { username, password } = new URL(target);
  if (username !== '' || password !== '')
    throw new UsageError('--target takes no password in its URL; use --token-file');
  if (options.backend !== undefined) throw new UsageError('--target is one server; --backend cannot be chosen with it');
  if (requiredBackends(requirements).length > 0)
    throw new UsageError('--target is one server; --require takes tools only with it');
  const read = (path: string): string => {
    try {
      return readFileSync(resolve(folder, path), 'utf8');
    } catch (error) {
      throw new UsageError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  };
  if (ca !== undefined) setDefaultCACertificates([...getCACertificates('default'), read(ca)]);
  const authorization = tokenFile === undefined ? undefined : authorizationOf(read(tokenFile).trim());
  return { url: target.replace(/\/$/, ''), authorization };
}

/** A bare token is a bearer token; a file may also hold the whole value, such as `Basic ...`. */
function authorizationOf(content: string): string {
  if (content === '' || content.includes('\n')) throw new UsageError('--token-file holds one line, the token');
  return content.includes(' ') ? content : `Bearer ${content}`;
}

function lastFailed(options: RunOptions, reports: string): readonly CaseRef[] | undefined {
  if (!options.lastFailed) return undefined;
  const report = readReport(join(reports, 'latest'));
  const open = report.results.filter(({ verdict }) => verdict === 'failed' || verdict === 'inconclusive');
  if (open.length === 0) throw new UsageError(`--last-failed: nothing failed or was inconclusive in run ${report.id}`);
  return open;
}

function budgetMs(options: RunOptions): number | undefined {
  if (options.budget === undefined) return undefined;
  const parsed = parseDuration(options.budget);
  if (parsed === undefined)
    throw new UsageError(`--budget takes a duration such as 90s or 5m, not "${options.budget}"`);
  return parsed;
}

function needsK6(suites: readonly Suite[]): boolean {
  return suites.some(({ cases }) => cases.some(({ requires }) => requires.includes('k6')));
}

const unasked: FoundK6 = {
  k6: { kind: 'absent' },
  probe: { name: 'k6', available: false, reason: 'no chosen suite needs it', mend: null },
};

/** Cases that belong to one of our own backends alone. */
function backendCases(stores: readonly StoreSource[]): (backend: BackendName, suite: SuiteName) => readonly Case[] {
  return (backend, suite) => {
    const store = stores.find((one) => one.backend === backend);
    if (suite !== 'conformance' || store?.found !== true) return [];
    return [createCapabilitiesCase(store.backend, store.provider !== 'external')];
  };
}

function describeAbsent(stores: readonly StoreSource[], suites: readonly Suite[], k6: FoundK6): NotTested[] {
  const absent: NotTested[] = stores.flatMap((store) =>
    store.found ? [] : [{ what: store.backend, reason: store.reason, mend: store.mend }],
  );
  if (k6.probe.available || !needsK6(suites)) return absent;
  const names = suites.filter((suite) => needsK6([suite])).map(({ name }) => name);
  return [...absent, { what: names.join(', '), reason: k6.probe.reason, mend: k6.probe.mend }];
}

/** Throws UsageError for everything that cannot be followed; starts nothing but what fetching an image takes. */
export async function prepareRun(
  options: RunOptions,
  registry: readonly Suite[],
  around: Surroundings,
): Promise<PreparedRun> {
  const suites = chooseSuites(options.suite, registry);
  const shard = parseShard(options.shard);
  const budget = budgetMs(options);
  const requirements = parseRequirements(options.require);
  const target = readTarget(options, requirements, around.folder);
  const backends = target === undefined ? chooseBackends(options, requirements) : [];
  const only = lastFailed(options, around.reports);
  const ownCase = target === undefined ? [createCapabilitiesCase('lmdb', true).id] : [];
  checkPatterns(options.case, suites, ownCase);

  const { environment, tell } = around;
  const images = { redis: options.redisImage, mongodb: options.mongodbImage };
  const prepare = !options.dryRun;
  const stores = await findStores(backends, { choice: options.provider, images, environment, tell, prepare });
  const wantK6 = needsK6(suites) || requirements.tools.includes('k6');
  const k6 = wantK6 ? await findK6({ environment, image: options.k6Image, fetchImage: prepare, tell }) : unasked;
  const engine = requirements.tools.includes('container-engine') ? [await probeContainerEngine()] : [];

  const faults = await probeFaults(suites, stores, { tier: options.tier, environment });

  const seed = options.seed ?? randomInt(2 ** 32 - 1);
  const plan = planCases({
    suites,
    backends: target === undefined ? stores.filter(({ found }) => found).map(({ backend }) => backend) : ['target'],
    casesOf: backendCases(stores),
    patterns: options.case,
    only,
    seed,
    repeat: options.repeat,
    shard,
    tier: options.tier,
    k6: k6.probe.available,
    canFault: (backend, name) =>
      faults.every((one) => one.backend !== backend || one.fault !== name || one.probe.available),
  });
  checkBudget(plan, budget);
  return {
    options,
    plan,
    target,
    stores,
    k6,
    probes: [
      ...stores.flatMap(({ probes }) => probes),
      ...engine,
      ...(wantK6 ? [k6.probe] : []),
      ...faults.map(({ probe }) => probe),
    ],
    notTested: [...describeAbsent(stores, suites, k6), ...absentFaults(faults)],
    requirements,
    requiredAbsent: [
      ...stores
        .filter((store) => !store.found && requirements.backends.includes(store.backend))
        .map(({ backend }) => backend),
      ...(requirements.tools.includes('k6') && !k6.probe.available ? ['k6'] : []),
      ...(engine.some(({ available }) => !available) ? ['container-engine'] : []),
      ...requirements.faults.filter((name) => !faults.some(({ fault, probe }) => fault === name && probe.available)),
    ],
    seed,
  };
}
