/** Idempotency-Key under duplicates, a restart and SIGKILL: a key has at most one effect. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Answer } from '../answer.ts';
import { batchPath, defineBatchCase, openBatches, resultsOf, sendBody } from '../batch.ts';
import { expectBody, expectEqual, expectHeader, expectProblem, expectStatus, expectTrue, recordOf } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';

const ownServer = {
  isolation: 'server',
  requires: ['server', 'testing.clock'],
  timeoutMs: 60_000,
  costMs: 4_000,
} as const;

const mostPauseMs = 5;
const mostPauseBeforeKillMs = 30;

/** Longer than any lease: a batch's deadline and the margin for clocks. */
const leaseEndsMs = 120_000;

function bodyOf(stage: Stage, name: string): string {
  const b = openBatches(stage);
  const operations = [b.set(name, `value of ${name}`), b.set(`${name}-twin`, 'twin')];
  return JSON.stringify({ atomic: stage.capabilities.atomicBatch === 'store', operations });
}

function sendOnce(stage: Stage, name: string): Promise<Answer> {
  return sendBody(stage, bodyOf(stage, name), { headers: { 'Idempotency-Key': `${stage.namespace}.${name}` } });
}

/** Stores that keep the answer of an atomic batch in its own step; elsewhere it comes by a write of its own. */
const keepers: ReadonlySet<string> = new Set(['lmdb', 'mongodb']);

async function keepsAnswerWithEffect(stage: Stage): Promise<boolean> {
  if (stage.capabilities.atomicBatch !== 'store') return false;
  const { backend } = recordOf((await sendTo(stage, { method: 'GET', path: '/api/v1/version' })).json());
  return keepers.has(String(recordOf(backend).engine));
}

/** Whether the answer is the first run's or its repetition; fails for any answer but the documented ones. */
function kindOf(answer: Answer): 'run' | 'replayed' | 'running' | 'unknown' {
  if (answer.status === 200) return answer.header('idempotency-replayed') === 'true' ? 'replayed' : 'run';
  const { code } = answer.json() as { readonly code: string };
  if (answer.status === 409 && code === 'idempotency_running') return 'running';
  if (answer.status === 409 && code === 'outcome_unknown') return 'unknown';
  throw new CaseFailed('200, or 409 idempotency_running or outcome_unknown', `${answer.status} ${code}`, {
    exchange: answer.exchange,
  });
}

/** After a crash: asks for the answer until it is settled, and demands that what was done is not done again. */
async function settle(stage: Stage, name: string): Promise<'run' | 'replayed' | 'unknown'> {
  const c = openCollection(stage);
  const before = (await c.head(name)).header('etag');
  let answer = await sendOnce(stage, name);
  if (kindOf(answer) === 'running') {
    expectHeader(answer, 'retry-after', /^\d+$/);
    await stage.advanceClock(leaseEndsMs);
    answer = await sendOnce(stage, name);
  }
  const kind = kindOf(answer);
  const after = (await c.head(name)).header('etag');
  if (kind === 'run') expectTrue(before === undefined, 'no second run of what was done', 'one', answer);
  else expectEqual('the ETag', after, before, answer);
  if (kind === 'unknown' && (await keepsAnswerWithEffect(stage)))
    expectEqual('the ETag of what has no answer', after, undefined);
  if (kind === 'replayed') expectEqual('the ETag of the replay', resultsOf(answer)[0]?.etag, after, answer);
  if (kind === 'running')
    throw new CaseFailed('an end of the lease', answer.body.toString(), { exchange: answer.exchange });
  return kind;
}

/** Duplicates on two servers whose clocks are 2 s apart: each key runs once, and either server has its answer. */
async function onTwoServers(stage: Stage): Promise<void> {
  const second = await stage.startSecondServer();
  await second.advanceClock(2_000);
  for (let round = 0; round < 10; round += 1) {
    const name = `k${round}`;
    const sends = Array.from({ length: 16 }, (_, index) => sendOnce(index % 2 === 0 ? stage : second, name));
    const kinds = (await Promise.all(sends)).map(kindOf);
    expectEqual('runs', kinds.filter((kind) => kind === 'run').length, 1);
    expectEqual('unknown outcomes', kinds.filter((kind) => kind === 'unknown').length, 0);
    const [here, there] = [await sendOnce(stage, name), await sendOnce(second, name)];
    expectEqual('the answers afterwards', [kindOf(here), kindOf(there)], ['replayed', 'replayed']);
    expectBody(there, here.body);
  }
}

export const idempotencyEdgeCases: readonly Case[] = [
  defineBatchCase(
    'idempotency/two-servers',
    'Of identical requests on two servers with clocks 2 s apart one runs, and both have its answer',
    onTwoServers,
    { ...ownServer, requires: [...ownServer.requires, 'shared-store'] },
  ),
  defineBatchCase(
    'idempotency/duplicates',
    'Of 16 identical requests at once one runs; the others get its answer or are told that it runs',
    async (stage) => {
      const etags = new Set<string>();
      for (let round = 0; round < 10; round += 1) {
        const name = `k${round}`;
        const answers = await Promise.all(Array.from({ length: 16 }, () => sendOnce(stage, name)));
        const kinds = answers.map(kindOf);
        expectEqual('runs', kinds.filter((kind) => kind === 'run').length, 1);
        expectEqual('unknown outcomes', kinds.filter((kind) => kind === 'unknown').length, 0);
        for (const answer of answers) if (answer.status === 200) etags.add(resultsOf(answer)[0]?.etag ?? '');
        expectHeader(await openCollection(stage).get(name), 'etag', [...etags].at(-1));
        expectEqual('kind of a later repetition', kindOf(await sendOnce(stage, name)), 'replayed');
      }
      expectEqual('different entity tags', etags.size, 10);
    },
    { costMs: 1_000 },
  ),
  defineBatchCase(
    'idempotency/other-body-at-once',
    'Of two different bodies under one key at once one runs and the other is 422 or told that the key is taken',
    async (stage) => {
      const b = openBatches(stage);
      for (let round = 0; round < 10; round += 1) {
        const headers = { 'Idempotency-Key': `${stage.namespace}.${round}` };
        const bodies = ['one', 'two'];
        const answers = await Promise.all(bodies.map((text) => b.send([b.set('k', text)], { headers })));
        const winner = answers.findIndex(({ status }) => status === 200);
        const loser = answers[1 - winner];
        expectTrue(winner >= 0 && loser !== undefined, 'a winner', 'none');
        if (loser !== undefined) expectProblem(loser, 422, 'idempotency_mismatch');
        expectBody(await openCollection(stage).get('k'), bodies[winner] ?? '');
      }
    },
    { costMs: 500 },
  ),
  defineBatchCase(
    'idempotency/restart',
    'The answer outlives a restart of the server wherever its store does',
    async (stage) => {
      const first = expectStatus(await sendOnce(stage, 'k'), 200);
      await stage.server?.restart();
      const again = await sendOnce(stage, 'k');
      if (stage.capabilities.durability.profile === 'none') {
        expectEqual('kind of the repetition', kindOf(again), 'run');
        return;
      }
      expectEqual('kind of the repetition', kindOf(again), 'replayed');
      expectBody(again, first.body);
    },
    ownServer,
  ),
  defineBatchCase(
    'idempotency/killed',
    'A server killed among requests with keys never runs one of them twice',
    async (stage) => {
      const answered = new Map<string, string | undefined>();
      let killed = false;
      let count = 0;
      const client = async (_: unknown, number: number): Promise<void> => {
        const random = stage.random.split(`client ${number}`);
        while (!killed) {
          // In one commit together they would all be equally far when the server dies.
          await delay(random.below(mostPauseMs));
          count += 1;
          const name = `k${count}`;
          answered.set(name, undefined);
          const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': `${stage.namespace}.${name}` };
          const spec = { method: 'POST', path: batchPath, headers, body: bodyOf(stage, name) };
          const answer = await stage.client.request(spec).catch((error: unknown) => {
            if (error instanceof NoAnswer) return undefined;
            throw error;
          });
          if (answer !== undefined) answered.set(name, resultsOf(expectStatus(answer, 200))[0]?.etag);
        }
      };
      const clients = Promise.all(Array.from({ length: 48 }, client));
      while (count < 200 && !stage.signal.aborted) await delay(5);
      // Not always as one begins.
      await delay(stage.random.below(mostPauseBeforeKillMs));
      await stage.server?.kill();
      killed = true;
      await clients;
      await stage.server?.restart();
      const open = [...answered].filter(([, etag]) => etag === undefined).map(([name]) => name);
      const durable = stage.capabilities.durability.profile === 'on-ack';
      for (const [name, etag] of answered) {
        if (etag !== undefined && durable) expectEqual('kind of a repetition', await settle(stage, name), 'replayed');
      }
      for (const name of open) await settle(stage, name);
      stage.note.vacuity({ guard: 'requests that the kill left without an answer', value: open.length, minimum: 1 });
    },
    ownServer,
  ),
];
