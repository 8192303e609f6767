/**
 * Every key behaves as if each operation had happened at one moment between its call and its return, expiry and
 * conditions included: linearizability (Herlihy and Wing, TOPLAS 12(3), 1990), judged key by key, which is enough.
 */

import { Type } from 'typebox';
import { byCall, countOverlaps, type Fence, groupByKey, type Operation } from '../history.ts';
import type { Budget, Checker, CheckVerdict } from './checker.ts';
import { type Search, searchOrder } from './frontier.ts';
import { createKeyModel, type KeyModel } from './key-model.ts';
import { type Move, movesOf } from './moves.ts';
import { findProspects } from './prospects.ts';
import { type ClockParameters, createServerTime } from './server-time.ts';
import { shrinkMoves } from './shrink-moves.ts';
import { renderWitness } from './witness.ts';

export const linearizability: Checker<ClockParameters> = {
  version: 1,
  parameters: Type.Object(
    { clock: Type.Union([Type.Literal('running'), Type.Literal('frozen')]), slackMs: Type.Number({ minimum: 0 }) },
    { additionalProperties: false },
  ),
  check: checkLinearizability,
};

function checkLinearizability(operations: readonly Operation[], clock: ClockParameters, budget: Budget): CheckVerdict {
  const time = createServerTime(operations, clock);
  const fences = operations.filter((operation): operation is Fence => operation.f === 'fence');
  const keys = groupByKey(operations);
  const counts = { keys: keys.size, placed: 0, 'without an outcome': 0, overlaps: countOverlaps(operations) };
  for (const [key, own] of keys) {
    const moves = movesOf(key, [...own].sort(byCall), { fences, time });
    const model = createKeyModel(versionsOf(moves), clock.slackMs);
    const stepsBefore = budget.steps();
    const found = searchOrder(moves, model, { budget, prospects: findProspects(moves) });
    if (!found.explained)
      return violationOf(moves, { model, budget, found, searchSteps: budget.steps() - stepsBefore });
    counts.placed += moves.length;
    counts['without an outcome'] += moves.filter(({ optional }) => optional).length;
  }
  return { verdict: 'holds', counts };
}

/** Versions that writes are known to have made. */
function versionsOf(moves: readonly Move[]): ReadonlySet<string> {
  const made = moves.filter(({ operation }) => operation.f !== 'get' && operation.type === 'ok');
  return new Set(made.flatMap(({ operation }) => operation.server.version ?? []));
}

interface Found {
  readonly model: KeyModel;
  readonly budget: Budget;
  readonly searchSteps: number;
  readonly found: Search & { readonly explained: false };
}

function violationOf(moves: readonly Move[], { found, ...shrinking }: Found): CheckVerdict {
  const { shown, at } = shrinkMoves(moves, shrinking);
  const { impossible, before } = at ?? found;
  const { i, key } = impossible.operation;
  const statesBefore = before.slice(0, 8).map(shrinking.model.describe);
  const reason = `nothing explains operation ${i}; before it ${key} may have been ${statesBefore.join(', or ')}`;
  const operations = shown.map(({ operation }) => operation);
  return {
    verdict: 'violated',
    expected: 'some order of the operations that explains what each of them saw',
    actual: `none that explains operation ${i}`,
    witness: renderWitness(reason, operations),
    operations: operations.map((operation) => operation.i),
    impossible: i,
    statesBefore,
  };
}
