/** Two servers on one store: what one has acknowledged the other one reads. */

import { expectHeader, expectStatus } from '../check.ts';
import type { Collection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { openPair, pairOptions } from './server-pair.ts';

const rounds = 200;

/** Others read all the while, so that whatever a server keeps for its next read it has. */
async function readAfterWrite(stage: Stage): Promise<void> {
  const { both } = await openPair(stage);
  const [first, second] = both;
  await first.store('k', 'first');
  let reading = true;
  const read = async (c: Collection): Promise<void> => {
    while (reading) expectStatus(await c.get('k'), 200);
  };
  const write = async (): Promise<void> => {
    for (let round = 0; round < rounds; round += 1) {
      const [one, other] = round % 2 === 0 ? [first, second] : [second, first];
      const etag = await one.store('k', `${round}`);
      expectHeader(await other.get('k'), 'etag', etag);
    }
  };
  const writing = write().finally(() => {
    reading = false;
  });
  await Promise.all([writing, ...both.map(read)]);
}

export const twoServersReadsCases: readonly Case[] = [
  defineCase(
    'two-servers/read-after-write',
    'What one server has acknowledged the other one reads at once, though it has just read what was before',
    readAfterWrite,
    pairOptions,
  ),
];
