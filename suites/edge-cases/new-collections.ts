/** The first record of a collection, written while the server dies. */

import { expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { allNames, collectionsPath } from '../names.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { waitUntil } from '../wait-until.ts';

const rounds = 4;
const clients = 32;
/** Before each kill. */
const least = 60;

/** Every write is the first one of its collection; resolves with the collections whose write got no answer. */
async function killAmidFirstWrites(stage: Stage, round: number): Promise<readonly string[]> {
  const open: string[] = [];
  let count = 0;
  let dead = false;
  const client = async (): Promise<void> => {
    while (!dead) {
      count += 1;
      const collection = `c${round}-${count}`;
      const path = openCollection(stage, { collection }).pathOf('k');
      try {
        await stage.client.request({ method: 'PUT', path, body: 'v' });
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error;
        open.push(collection);
        return;
      }
    }
  };
  const working = Promise.all(Array.from({ length: clients }, client));
  await waitUntil('first writes', () => count >= least, { signal: stage.signal, timeoutMs: 20_000 });
  await stage.server?.kill();
  dead = true;
  await working;
  await stage.server?.restart();
  return open;
}

async function listWhatIsHeld(stage: Stage): Promise<void> {
  let met = 0;
  for (let round = 0; round < rounds; round += 1) {
    const open = await killAmidFirstWrites(stage, round);
    met += open.length;
    const listed = new Set(await allNames(stage, collectionsPath(stage.namespace)));
    for (const collection of open) {
      const answer = await openCollection(stage, { collection }).head('k');
      expectTrue(
        (answer.status === 200) === listed.has(collection),
        `${collection} to be listed where it holds a record, and there alone`,
        `${answer.status}, and ${listed.has(collection) ? '' : 'not '}listed`,
        answer,
      );
    }
  }
  stage.note.vacuity({ guard: 'first writes in flight at the kills', value: met, minimum: rounds });
}

export const newCollectionCases: readonly Case[] = [
  defineCase(
    'new-collections/killed',
    'A collection whose first record was being written when the server was killed is listed if it has that record',
    listWhatIsHeld,
    { isolation: 'server', requires: ['server'], timeoutMs: 90_000, costMs: 6_000 },
  ),
];
