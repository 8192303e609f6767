/** Random batches on an engine and on the memory backend: both come to the same. */

import assert from 'node:assert/strict';
import type { Revision } from '../../revision.ts';
import { createSeededRandom, type SeededRandom } from '../../test-support/seeded-random.ts';
import type { BatchItem, BatchOperation, BatchOutcome } from '../backend.ts';
import { openMemory } from '../memory.ts';
import type { ContractCase } from './contract-case.ts';
import { createClock, createContext } from './engines.ts';
import { at, callAt, keep, none, type Shelf, type Subject, shelfOf, step, type WriteOptions } from './subject.ts';

const keys = ['a', 'b', 'c', 'd'];
const never = 'f'.repeat(32) as Revision;

/** What a condition names: the revision that the key had before the batch stands for one on either side. */
type Tags = 'no' | '*' | 'before' | 'never';

interface Plan {
  readonly op: BatchOperation['op'];
  readonly key: string;
  readonly value: string;
  readonly expiry: WriteOptions['expiry'];
  readonly ifMatch: Tags;
  readonly ifNoneMatch: Tags;
}

function planOperation(random: SeededRandom, nowMs: number): Plan {
  // Few expiries: some past, some that a later batch will find ended.
  const expiries = [none, none, none, keep, at(nowMs + 1 + random.integer(3_000)), at(nowMs - random.integer(2))];
  const tags: readonly Tags[] = ['no', 'no', 'no', 'no', 'no', '*', 'before', 'never'];
  return {
    op: random.pick(['get', 'set', 'set', 'touch', 'delete']),
    key: random.pick(keys),
    value: 'v'.repeat(random.pick([0, 1, 40, 70_000])) + random.integer(1_000),
    expiry: random.pick(expiries),
    ifMatch: random.pick(tags),
    ifNoneMatch: random.pick(tags),
  };
}

/** The operation on one side, whose keys have revisions of their own. */
function operationOn(shelf: Shelf, plan: Plan, before: ReadonlyMap<string, Revision>): BatchOperation {
  const address = shelf.address(plan.key);
  const resolve = (tags: Tags): '*' | readonly Revision[] | undefined =>
    tags === 'no' ? undefined : tags === '*' ? '*' : [tags === 'never' ? never : (before.get(plan.key) ?? never)];
  const condition = { ifMatch: resolve(plan.ifMatch), ifNoneMatch: resolve(plan.ifNoneMatch) };
  const expiry = plan.expiry ?? none;
  if (plan.op === 'get') return step.get(address);
  if (plan.op === 'delete') return step.delete(address, { condition });
  if (plan.op === 'touch') return step.touch(address, expiry.kind === 'keep' ? none : expiry, { condition });
  return step.set(address, plan.value, { condition, expiry });
}

/** Short: the difference of two long values takes minutes to show. */
function digestOf(value: Buffer): string {
  return `${value.length} bytes ending in ${value.subarray(-4).toString()}`;
}

/** The outcome without revisions, but with whether one is told. */
function shapeOf(outcome: BatchOutcome): unknown {
  if (outcome.outcome === 'aborted') return { index: outcome.index, told: outcome.failure.current !== undefined };
  return outcome.items.map(itemShape);
}

function itemShape(item: BatchItem): unknown {
  switch (item.outcome) {
    case 'found': {
      const { value, contentType, expiresAtMs } = item.record;
      return ['found', digestOf(value), contentType, expiresAtMs];
    }
    case 'created':
    case 'replaced':
      return [item.outcome, item.expiresAtMs];
    case 'touched':
      return ['touched', item.head.size, item.head.expiresAtMs];
    case 'precondition_failed':
      return [item.outcome, item.current !== undefined];
    default:
      return [item.outcome];
  }
}

async function headsOf(shelf: Shelf, nowMs: number): Promise<ReadonlyMap<string, Revision>> {
  const entries = await Promise.all(
    keys.map(async (key) => {
      const head = await shelf.head(key, nowMs);
      return head === undefined ? [] : [[key, head.revision] as const];
    }),
  );
  return new Map(entries.flat());
}

async function compare(subject: Subject, atomic: boolean, seed: number): Promise<void> {
  const random = createSeededRandom(seed);
  await using memory = openMemory(createContext(createClock()));
  const sides = [shelfOf(subject), shelfOf({ ...subject, backend: memory })];
  let { nowMs } = subject;
  for (let round = 0; round < 40; round += 1) {
    const now = nowMs;
    const plans = Array.from({ length: 1 + random.integer(8) }, () => planOperation(random, now));
    const shapes = await Promise.all(
      sides.map(async (shelf) => {
        const before = await headsOf(shelf, now);
        const operations = plans.map((plan) => operationOn(shelf, plan, before));
        return shapeOf(await shelf.batch(operations, { atomic, nowMs: now }));
      }),
    );
    const label = `seed ${seed}, batch ${round}: ${JSON.stringify(plans.map((plan) => ({ ...plan, value: plan.value.slice(-5) })))}`;
    assert.deepEqual(shapes[0], shapes[1], label);
    const listings = await Promise.all(
      sides.map(async (shelf) =>
        (await shelf.list({ withValues: true, nowMs: now })).items.map(({ revision, value, ...item }) => ({
          ...item,
          value: value && digestOf(value),
        })),
      ),
    );
    assert.deepEqual(listings[0], listings[1], label);
    nowMs += random.integer(1_500);
  }
}

export const differentialBatchCases: readonly ContractCase[] = [false, true].map((atomic) => ({
  title: `random ${atomic ? 'atomic batches, where the store has them,' : 'batches'} come to the same as in memory`,
  async run(subject) {
    const { atomicBatch } = await subject.backend.capabilities(callAt(subject.nowMs));
    if (atomic && atomicBatch === 'none') return;
    for (let round = 0; round < 3; round += 1) {
      const seed = Math.floor(Math.random() * 2 ** 32);
      await compare({ ...subject, namespace: `${subject.namespace}-${round}` }, atomic, seed);
    }
  },
}));
