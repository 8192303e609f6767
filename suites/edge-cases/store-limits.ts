/** What a store is asked at once is bounded: beyond it there is an answer at once, not a queue. */

import { expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';

async function beyond(stage: Stage): Promise<void> {
  const c = openCollection(stage);
  await c.store('k', 'v');
  let served = 0;
  let refused = 0;
  const round = async (index: number): Promise<void> => {
    const write = index % 2 === 0;
    const answer = write ? await c.put(`k${index}`, 'v') : await c.get('k');
    if (answer.status < 300) {
      served += 1;
      return;
    }
    expectProblem(answer, 503, 'overloaded');
    expectHeader(answer, 'retry-after', /^\d+$/);
    refused += 1;
    // Nothing was sent.
    if (write) expectTrue((await retried(() => c.get(`k${index}`))) === 404, 'nothing written', 'a value');
  };
  await Promise.all(Array.from({ length: 60 }, (_, index) => round(index)));
  expectTrue(served > 0, 'some that are served', 'none');
  stage.note.measurement({ name: 'refused', unit: 'count', value: refused });
  expectEqual('the status afterwards', (await c.get('k')).status, 200);
  expectStatus(await c.put('after', 'v'), 201);
}

/** Until the store has time for it. */
async function retried(send: () => Promise<{ readonly status: number }>): Promise<number> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const { status } = await send();
    if (status !== 503) return status;
  }
  return 503;
}

export const storeLimitCases: readonly Case[] = [
  defineCase(
    'store-limits/beyond',
    'Calls beyond what the store may have at once are 503 overloaded with Retry-After, nothing written, and the rest is served',
    beyond,
    { isolation: 'server', requires: ['server'], serverFlags: ['--store-max-calls', '2'], costMs: 800 },
  ),
];
