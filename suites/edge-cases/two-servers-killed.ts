/** One of two servers on a store is killed, and the other one is not. */

import { expectBody, expectStatus } from '../check.ts';
import type { Collection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { openPair, type Pair, pairOptions } from './server-pair.ts';

const kills = 3;
/** Of the server that is to die, so that there is something to lose. */
const writesBeforeKill = 40;
const writesAfterKill = 50;

interface Killing {
  readonly killed: 0 | 1;
  readonly round: number;
  /** Takes what was acknowledged: key and value. */
  readonly acknowledged: Map<string, string>;
}

/** Ends once the other server has gone on for a while; resolves with the writes that got no answer. */
async function killAmidWrites({ stages, both }: Pair, { killed, round, acknowledged }: Killing): Promise<number> {
  const enough = Promise.withResolvers<void>();
  let dead = false;
  let byKilled = 0;
  let after = 0;
  let unanswered = 0;
  /** False when the server died under it. */
  const put = async (on: 0 | 1, key: string, body: string): Promise<boolean> => {
    try {
      expectStatus(await stages[on].client.request({ method: 'PUT', path: both[on].pathOf(key), body }), 201);
      return true;
    } catch (error) {
      if (on === killed && error instanceof NoAnswer) return false;
      throw error;
    }
  };
  const write = async (on: 0 | 1, worker: number): Promise<void> => {
    for (let count = 0; after < writesAfterKill; count += 1) {
      const key = `${round}-${on}-${worker}-${count}`;
      const body = `${key} `.repeat(1 + (count % 50));
      if (!(await put(on, key, body))) {
        unanswered += 1;
        return;
      }
      acknowledged.set(key, body);
      if (on === killed) byKilled += 1;
      else if (dead) after += 1;
      if (byKilled === writesBeforeKill) enough.resolve();
    }
  };
  const kill = async (): Promise<void> => {
    await enough.promise;
    await stages[killed].server?.kill();
    dead = true;
  };
  const writers = Array.from({ length: 8 }, (_, worker) => write(worker % 2 === 0 ? 0 : 1, worker));
  await Promise.all([kill(), ...writers]);
  return unanswered;
}

async function killOne(stage: Stage, killed: 0 | 1): Promise<void> {
  const pair = await openPair(stage);
  const { stages, both } = pair;
  const acknowledged = new Map<string, string>();
  const readAll = async (c: Collection): Promise<void> => {
    for (const [key, body] of acknowledged) expectBody(expectStatus(await c.get(key), 200), body);
  };
  let unanswered = 0;
  for (let round = 0; round < kills; round += 1) {
    unanswered += await killAmidWrites(pair, { killed, round, acknowledged });
    await readAll(both[killed === 0 ? 1 : 0]);
    await stages[killed].server?.restart();
  }
  await readAll(both[killed]);
  stage.note.operations({ ok: acknowledged.size, fail: 0, info: unanswered });
  stage.note.vacuity({ guard: 'writes in flight at the deaths', value: unanswered, minimum: 1 });
}

export const killedServerCases: readonly Case[] = ([0, 1] as const).map((killed) =>
  defineCase(
    `two-servers/kill-${killed === 0 ? 'first' : 'second'}`,
    `When the ${killed === 0 ? 'first' : 'second'} of two servers is killed amid writes, again and again, the other goes on, and nothing acknowledged is lost`,
    (stage) => killOne(stage, killed),
    pairOptions,
  ),
);
