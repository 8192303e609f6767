import assert from 'node:assert/strict';
import type { Revision } from '../../revision.ts';
import { type ContractCase, revisionOf } from './contract-case.ts';
import { at, keep, none, type Shelf, shelfOf } from './subject.ts';

const createOnly = { ifNoneMatch: '*' } as const;

function countBy(outcomes: readonly { readonly outcome: string }[], outcome: string): number {
  return outcomes.filter((one) => one.outcome === outcome).length;
}

/** Fifty writers, all create-only: one wins, the others are told the winner's revision. */
async function raceToCreate(shelf: Shelf): Promise<void> {
  const racers = Array.from({ length: 50 }, (_, index) =>
    shelf.set('key', `racer ${index}`, { condition: createOnly }),
  );
  const outcomes = await Promise.all(racers);
  const record = await shelf.get('key');
  assert.equal(countBy(outcomes, 'created'), 1);
  assert.equal(record?.value.toString(), `racer ${outcomes.findIndex((one) => one.outcome === 'created')}`);
  for (const outcome of outcomes) {
    if (outcome.outcome === 'precondition_failed') assert.equal(outcome.current, record.revision);
    else assert.equal(revisionOf(outcome), record.revision);
  }
}

export const concurrencyCases: readonly ContractCase[] = [
  {
    title: 'of 50 concurrent create-only sets of an absent key exactly one creates',
    run: (subject) => raceToCreate(shelfOf(subject)),
  },
  {
    title: 'of 50 concurrent create-only sets over an expired record exactly one creates',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'expired', { expiry: at(subject.nowMs), nowMs: subject.nowMs - 1 });
      await raceToCreate(shelf);
    },
  },
  {
    title: 'of 20 concurrent compare-and-sets on one revision exactly one goes through',
    async run(subject) {
      const shelf = shelfOf(subject);
      const revision = revisionOf(await shelf.set('key', 'start'));
      const condition = { ifMatch: [revision] };
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => shelf.set('key', `racer ${index}`, { condition })),
      );
      assert.equal(countBy(outcomes, 'replaced'), 1);
      assert.equal(countBy(outcomes, 'precondition_failed'), 19);
      const winner = outcomes.findIndex((one) => one.outcome === 'replaced');
      assert.equal((await shelf.get('key'))?.value.toString(), `racer ${winner}`);
    },
  },
  {
    title: 'concurrent compare-and-sets count without losing an update, and their revisions form one chain',
    async run(subject) {
      const shelf = shelfOf(subject);
      const chain: { readonly from: Revision; readonly to: Revision }[] = [];
      const first = revisionOf(await shelf.set('key', '0'));
      const count = async (): Promise<void> => {
        for (let wins = 0; wins < 8; ) {
          const record = await shelf.get('key');
          assert.ok(record);
          const value = String(Number(record.value.toString()) + 1);
          const outcome = await shelf.set('key', value, { condition: { ifMatch: [record.revision] } });
          if (outcome.outcome !== 'replaced') continue;
          chain.push({ from: record.revision, to: outcome.revision });
          wins += 1;
        }
      };
      await Promise.all([count(), count(), count(), count()]);
      assert.equal((await shelf.get('key'))?.value.toString(), '32');
      const successor = new Map(chain.map(({ from, to }) => [from, to]));
      let steps = 0;
      for (let revision = successor.get(first); revision !== undefined; revision = successor.get(revision)) steps += 1;
      assert.equal(steps, 32);
    },
  },
  {
    title: 'of 30 concurrent blind sets of an absent key one creates, and the greatest revision stays',
    async run(subject) {
      const shelf = shelfOf(subject);
      const outcomes = await Promise.all(Array.from({ length: 30 }, (_, index) => shelf.set('key', `racer ${index}`)));
      assert.equal(countBy(outcomes, 'created'), 1);
      assert.equal(countBy(outcomes, 'replaced'), 29);
      const greatest = outcomes.map(revisionOf).sort().at(-1);
      const record = await shelf.get('key');
      assert.equal(record?.revision, greatest);
      const owner = outcomes.findIndex((outcome) => revisionOf(outcome) === greatest);
      assert.equal(record?.value.toString(), `racer ${owner}`);
    },
  },
  {
    title: 'of 20 concurrent deletes exactly one deletes',
    async run(subject) {
      const shelf = shelfOf(subject);
      await shelf.set('key', 'value');
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => shelf.delete('key')));
      assert.equal(countBy(outcomes, 'deleted'), 1);
      assert.equal(countBy(outcomes, 'absent'), 19);
      assert.equal(await shelf.get('key'), undefined);
    },
  },
  {
    title: 'a set that keeps the expiry never brings back one that a concurrent touch ended',
    async run(subject) {
      const shelf = shelfOf(subject);
      for (let round = 0; round < 10; round += 1) {
        await shelf.set('key', 'value', { expiry: at(subject.nowMs + 1_000) });
        const touches = [shelf.touch('key', none), shelf.touch('key', none)];
        const sets = Array.from({ length: 6 }, (_, index) => shelf.set('key', `kept ${index}`, { expiry: keep }));
        await Promise.all([...touches, ...sets]);
        assert.equal((await shelf.head('key'))?.expiresAtMs, undefined);
      }
    },
  },
  {
    title: 'reads during overwrites of 300,000 bytes see whole values only',
    async run(subject) {
      const shelf = shelfOf(subject);
      const fill = (index: number): Buffer => Buffer.alloc(300_000 + index, index);
      await shelf.set('key', fill(0));
      let writing = true;
      const write = async (): Promise<void> => {
        for (let index = 1; index <= 12; index += 1) await shelf.set('key', fill(index));
        writing = false;
      };
      const read = async (): Promise<void> => {
        while (writing) {
          const value = (await shelf.get('key'))?.value;
          // An embedded store may answer without giving up the turn.
          await new Promise(setImmediate);
          assert.ok(value?.equals(fill(value.length - 300_000)));
        }
      };
      await Promise.all([write(), read(), read()]);
      assert.equal((await shelf.get('key'))?.size, 300_012);
    },
  },
];
