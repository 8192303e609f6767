/** Batches at their limits, and many of them at once on the same keys. */

import { type Batches, defineAtomicCase, defineBatchCase, openBatches, resultsOf, sendBody } from '../batch.ts';
import { expectBody, expectEqual, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { NoAnswer } from '../no-answer.ts';
import type { Case, Stage } from '../suite.ts';
import { expandBytes } from '../unique-value.ts';
import { CaseFailed, CaseInconclusive } from '../verdict.ts';

const maxBodyBytes = 16_000_000;

/** A batch of one set whose body has exactly so many bytes. */
function bodyOf(stage: Stage, bytes: number): string {
  const render = (text: string): string => JSON.stringify({ operations: [openBatches(stage).set('large', text)] });
  return render('x'.repeat(bytes - render('').length));
}

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `k${i}`);

/** Reads the keys in one atomic batch until `done`, and demands that all hold the same token each time. */
async function watchTokens(b: Batches, keys: readonly string[], done: () => boolean): Promise<number> {
  const tokens = new Set<string>();
  for (;;) {
    const last = done();
    const answer = expectStatus(
      await b.send(
        keys.map((key) => b.get(key)),
        { atomic: true },
      ),
      200,
    );
    const seen = new Set(resultsOf(answer).map(({ text }) => text ?? ''));
    if (seen.size !== 1) throw new CaseFailed('one token in all keys', [...seen].join(), { exchange: answer.exchange });
    for (const token of seen) tokens.add(token);
    if (last) return tokens.size;
  }
}

interface Rivalry {
  readonly clients: number;
  readonly rounds: number;
  readonly atomic: boolean;
}

/** Clients that write the same keys, half of them in the opposite order. */
async function writeCrosswise(stage: Stage, keys: readonly string[], rivalry: Rivalry): Promise<void> {
  const b = openBatches(stage);
  const client = async (_: unknown, index: number): Promise<void> => {
    const order = index % 2 === 0 ? keys : keys.toReversed();
    for (let round = 0; round < rivalry.rounds; round += 1) {
      const steps = order.map((key) => b.set(key, `${index}-${round}`));
      await b.run(
        steps,
        steps.map(() => 200),
        { atomic: rivalry.atomic },
      );
    }
  };
  await Promise.all(Array.from({ length: rivalry.clients }, client));
}

/** A batch that gets no answer for the time of a request has not ended. */
async function expectEnd(work: Promise<void>): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error === undefined) return;
  const cause = error instanceof CaseInconclusive ? error.cause : undefined;
  if (!(cause instanceof NoAnswer && cause.reason === 'timeout')) throw error;
  throw new CaseFailed('every batch to end', cause.message, { exchange: cause.exchange, cause: error });
}

export const batchEdgeCases: readonly Case[] = [
  defineBatchCase(
    'batch/most-operations',
    'A batch of 1,000 operations is taken, each with its result; 1,001 are 413 that names the limit, and none is done',
    async (stage) => {
      const b = openBatches(stage);
      const most = stage.capabilities.limits.batchItems;
      const keys = numbered(most);
      await b.run(
        keys.map((key) => b.set(key, `value of ${key}`)),
        keys.map(() => 200),
      );
      const results = await b.run(
        keys.map((key) => b.get(key)),
        keys.map(() => 200),
      );
      expectEqual(
        'the values',
        results.map(({ text }) => text),
        keys.map((key) => `value of ${key}`),
      );
      for (const refused of [
        await b.send([...keys, 'more'].map((key) => b.set(key, 'x'))),
        await b.deleteKeys([...keys, 'more']),
      ]) {
        const { detail } = expectProblem(refused, 413, 'batch_too_large');
        expectTrue(
          String(detail).includes(`${most} operations`),
          `${most} operations in the detail`,
          String(detail),
          refused,
        );
      }
      expectBody(await openCollection(stage).get('k0'), 'value of k0');
      expectStatus(await b.deleteKeys(keys), 200);
    },
    { timeoutMs: 60_000, costMs: 2_000 },
  ),
  defineBatchCase(
    'batch/most-bytes',
    'A body of 16,000,000 bytes is taken; one byte more is 413 that names the limit, and nothing is done',
    async (stage) => {
      const c = openCollection(stage);
      expectStatus(await sendBody(stage, bodyOf(stage, maxBodyBytes)), 200);
      const stored = expectStatus(await c.head('large'), 200);
      expectTrue(
        Number(stored.header('content-length')) > maxBodyBytes - 300,
        'the whole value',
        String(stored.header('content-length')),
        stored,
      );
      const refused = await sendBody(stage, bodyOf(stage, maxBodyBytes + 1));
      const { detail } = expectProblem(refused, 413, 'batch_too_large');
      expectTrue(
        String(detail).includes(`${maxBodyBytes} bytes`),
        `${maxBodyBytes} bytes in the detail`,
        String(detail),
        refused,
      );
      expectEqual('the ETag', (await c.head('large')).header('etag'), stored.header('etag'));
    },
    { timeoutMs: 60_000, costMs: 2_000 },
  ),
  defineBatchCase(
    'batch/brackets',
    'A body of a million brackets, or of as many short elements, is 413, and one of 400,000 is taken',
    async (stage) => {
      const b = openBatches(stage);
      const json = (body: string): string =>
        `{"operations":[${JSON.stringify(b.set('k', '')).replace('"text":""', `"json":${body}`)}]}`;
      for (const body of [
        '['.repeat(1_000_000),
        json(`[${'{},'.repeat(500_000)}{}]`),
        json(`[${'1,'.repeat(1_000_000)}1]`),
      ]) {
        expectProblem(await sendBody(stage, body), 413, 'batch_too_large');
      }
      await b.run(
        [b.set('k', '', { text: undefined, json: Array(200_000).fill([1]) }), b.set('l', '[,{'.repeat(300_000))],
        [200, 200],
      );
    },
    { timeoutMs: 60_000, costMs: 1_000 },
  ),
  defineBatchCase(
    'batch/most-read',
    'Gets of 16,000,000 bytes together are answered; a get beyond is an item of 413, and the rest is done',
    async (stage) => {
      const b = openBatches(stage);
      const c = openCollection(stage);
      const values = [6_000_000, 10_000_000].map((length, i) => expandBytes(`${stage.seed} ${i}`, length));
      for (const [i, value] of values.entries()) await c.store(`k${i}`, value);
      await c.store('k2', 'x');
      const results = await b.run([b.get('k0'), b.get('k1')], [200, 200]);
      for (const [i, value] of values.entries()) {
        expectTrue(results[i]?.base64 === value.toString('base64'), `the value of k${i}`, 'another');
      }
      const beyond = expectStatus(await b.send([b.get('k0'), b.get('k1'), b.get('k2'), b.set('k3', 'v')]), 207);
      const statuses = resultsOf(beyond).map(({ status }) => status);
      expectEqual('refused gets', statuses.filter((status) => status === 413).length, 1, beyond);
      expectBody(await c.get('k3'), 'v');
      // What is refused takes nothing from those behind it.
      const smaller = expectStatus(await b.send([b.get('k1'), b.get('k1'), b.get('k0')]), 207);
      const around = resultsOf(smaller).map(({ status }) => status);
      expectEqual('the gets around a refused one', around, [200, 413, 200], smaller);
    },
    { timeoutMs: 60_000, costMs: 4_000 },
  ),
  defineAtomicCase(
    'batch/no-mixture',
    'Of atomic batches that write one token each to ten keys, in both orders, no atomic read ever sees a mixture',
    async (stage) => {
      const b = openBatches(stage);
      const keys = numbered(10);
      await b.run(
        keys.map((key) => b.set(key, 'start')),
        keys.map(() => 200),
        { atomic: true },
      );
      let done = false;
      const writing = writeCrosswise(stage, keys, { clients: 6, rounds: 15, atomic: true }).finally(() => {
        done = true;
      });
      const watching = [1, 2].map(() => watchTokens(b, keys, () => done));
      const [tokens = 0] = (await Promise.all([writing, ...watching])).slice(1);
      stage.note.vacuity({ guard: 'different tokens read', value: tokens, minimum: 3 });
    },
    { timeoutMs: 60_000, costMs: 2_000 },
  ),
  defineAtomicCase(
    'batch/one-winner',
    'Of 20 atomic batches that create the same two keys in either order exactly one wins, and both keys are its own',
    async (stage) => {
      const b = openBatches(stage);
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, i) => {
          const steps = ['a', 'b'].map((key) => b.set(key, `${i}`, { ifNoneMatch: '*' }));
          return b.send(i % 2 === 0 ? steps : steps.toReversed(), { atomic: true });
        }),
      );
      const winners = answers.flatMap(({ status }, i) => (status === 200 ? [String(i)] : []));
      expectEqual('winners', winners.length, 1);
      for (const answer of answers) if (answer.status !== 200) expectProblem(answer, 409, 'batch_aborted');
      for (const key of ['a', 'b']) expectBody(await openCollection(stage).get(key), winners[0] ?? '');
    },
    { costMs: 300 },
  ),
  defineBatchCase(
    'batch/crosswise',
    'Batches that write the same 20 keys in opposite orders all end',
    (stage) => expectEnd(writeCrosswise(stage, numbered(20), { clients: 4, rounds: 6, atomic: false })),
    { timeoutMs: 60_000, costMs: 2_000, liveness: true },
  ),
  defineAtomicCase(
    'batch/crosswise-atomic',
    'Atomic batches that write the same 20 keys in opposite orders all end',
    (stage) => expectEnd(writeCrosswise(stage, numbered(20), { clients: 8, rounds: 6, atomic: true })),
    { timeoutMs: 60_000, costMs: 2_000, liveness: true },
  ),
];
