/** What a run will do: pure, so that --dry-run prints exactly what a run would start. */

import { matchesGlob } from 'node:path';
import type { BackendName, CaseRef, SuiteName, Tier } from '../reports/schema.ts';
import { suiteNames, tierNames } from '../reports/schema.ts';
import type { FaultName } from '../suites/fault.ts';
import type { Case, Suite } from '../suites/suite.ts';
import { renderDuration } from './duration.ts';
import { unknownName } from './suggest.ts';
import { UsageError } from './usage-error.ts';

export interface PlannedCase {
  readonly ref: CaseRef;
  readonly case: Case;
  /** Seed of the run, or with --repeat of this repetition: `--seed` of it brings the same numbers again. */
  readonly seed: number;
}

export interface PlanRequest {
  readonly suites: readonly Suite[];
  /** Backends that can be had, in order. */
  readonly backends: readonly BackendName[];
  /** Cases that belong to one backend alone. */
  readonly casesOf: (backend: BackendName, suite: SuiteName) => readonly Case[];
  readonly patterns: readonly string[];
  /** Only these, when given. */
  readonly only: readonly CaseRef[] | undefined;
  readonly seed: number;
  readonly repeat: number;
  readonly shard: Shard;
  readonly tier: Tier;
  /** False drops the cases that need k6: what is known to be absent is not planned. */
  readonly k6: boolean;
  /** Whether the faults of a case can be had on this backend. */
  readonly canFault: (backend: BackendName, fault: FaultName) => boolean;
}

export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Suites by name. A name that exists but is not built here is refused like any other unknown one. */
export function chooseSuites(names: readonly string[], registry: readonly Suite[]): readonly Suite[] {
  if (names.length === 0) throw new UsageError('--suite names no suite');
  const known = registry.map(({ name }) => name as string);
  return [...new Set(names)].map((name) => {
    const suite = registry.find((one) => one.name === name);
    if (suite !== undefined) return suite;
    const later = (suiteNames as readonly string[]).includes(name);
    if (later) throw new UsageError(`the suite "${name}" is not built yet. There is: ${known.join(', ')}`);
    throw new UsageError(unknownName('suite', name, known));
  });
}

/** `2/5` is the second of five parts. */
export function parseShard(text: string | undefined): Shard {
  if (text === undefined) return { index: 1, count: 1 };
  const [, index, count] = /^([1-9]\d{0,3})\/([1-9]\d{0,3})$/.exec(text) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (index === undefined || shard.index > shard.count) {
    throw new UsageError(`--shard takes i/n with i from 1 to n, such as 2/5, not "${text}"`);
  }
  return shard;
}

function chosen(suite: Suite, backend: BackendName, request: PlanRequest): Case[] {
  const { patterns, only } = request;
  return casesOfTier([...suite.cases, ...request.casesOf(backend, suite.name)], backend, request.tier).filter(
    ({ id, requires, faults }) => {
      if (!request.k6 && requires.includes('k6')) return false;
      if (!faults.every((fault) => request.canFault(backend, fault))) return false;
      const names = [id, `${suite.name}/${id}`];
      if (patterns.length > 0 && !patterns.some((glob) => names.some((name) => matchesGlob(name, glob)))) return false;
      const among = only?.some((ref) => ref.id === id && ref.suite === suite.name && ref.backend === backend);
      return among !== false;
    },
  );
}

/** Cases that a run of the tier has on the backend. */
export function casesOfTier(cases: readonly Case[], backend: BackendName, tier: Tier): readonly Case[] {
  return cases.filter(({ tiers }) => {
    const first = tiers[backend];
    return first !== undefined && tierNames.indexOf(first) <= tierNames.indexOf(tier);
  });
}

/** Backend by backend, suite by suite, repetition by repetition, in the registry's order. */
export function planCases(request: PlanRequest): PlannedCase[] {
  const all: PlannedCase[] = [];
  for (const backend of request.backends) {
    for (const suite of request.suites) {
      for (const one of chosen(suite, backend, request)) {
        for (let repetition = 0; repetition < request.repeat; repetition += 1) {
          const ref = { backend, suite: suite.name, id: one.id };
          all.push({ ref, case: one, seed: (request.seed + repetition) % 2 ** 32 });
        }
      }
    }
  }
  return all.filter((_, position) => position % request.shard.count === request.shard.index - 1);
}

/** A pattern that matches no case of the chosen suites is a typing mistake, not an empty success. */
export function checkPatterns(patterns: readonly string[], suites: readonly Suite[], extra: readonly string[]): void {
  const names = suites.flatMap(({ name, cases }) =>
    [...cases.map(({ id }) => id), ...(name === 'conformance' ? extra : [])].flatMap((id) => [id, `${name}/${id}`]),
  );
  for (const pattern of patterns) {
    if (!names.some((name) => matchesGlob(name, pattern))) {
      throw new UsageError(`--case ${pattern}: ${unknownCase(pattern, names, suites)}`);
    }
  }
}

function unknownCase(pattern: string, names: readonly string[], suites: readonly Suite[]): string {
  if (/[*?[{]/.test(pattern)) return `it matches no case of ${suites.map(({ name }) => name).join(', ')}`;
  return unknownName('case', pattern, names).replace(/ There is: .*$/, ' `orchestrator list` shows them all');
}

export function planCostMs(plan: readonly PlannedCase[]): number {
  return plan.reduce((sum, planned) => sum + planned.case.costMs, 0);
}

export interface PlanRow {
  readonly backend: BackendName;
  readonly suite: SuiteName;
  readonly cases: number;
  readonly costMs: number;
}

export function planRows(plan: readonly PlannedCase[]): PlanRow[] {
  const groups = Map.groupBy(plan, ({ ref }) => `${ref.backend} ${ref.suite}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [{ backend: first.ref.backend, suite: first.ref.suite, cases: group.length, costMs: planCostMs(group) }];
  });
}

export function checkBudget(plan: readonly PlannedCase[], budgetMs: number | undefined): void {
  const costMs = planCostMs(plan);
  if (budgetMs !== undefined && costMs > budgetMs) {
    throw new UsageError(
      `the plan costs about ${renderDuration(costMs)} of case time, more than --budget ${renderDuration(budgetMs)}. ` +
        'Choose fewer suites, backends or cases, or split it by --shard',
    );
  }
}
