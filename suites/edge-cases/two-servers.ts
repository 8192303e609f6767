/** Two servers on one store, their clocks apart: what one acknowledges holds on the other. */

import type { Answer } from '../answer.ts';
import { type BatchStep, openBatches } from '../batch.ts';
import { etagOf, expectBody, expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import type { Collection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { pageOf } from '../listing.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseInconclusive } from '../verdict.ts';
import { openPair, type Pair, pairOptions, skewMs } from './server-pair.ts';

/** Runs `count` clients, one after the other on either server. */
async function onBoth(
  { both }: Pair,
  count: number,
  client: (c: Collection, number: number) => Promise<void>,
): Promise<void> {
  const [first, second] = both;
  await Promise.all(Array.from({ length: count }, (_, number) => client(number % 2 === 0 ? first : second, number)));
}

async function compareAndSet(stage: Stage): Promise<void> {
  const pair = await openPair(stage);
  const [first, second] = pair.both;
  const created = await first.store('k', '0');
  /** Which revision each success replaced. */
  const next = new Map<string, string>();
  let successes = 0;
  let conflicts = 0;
  await onBoth(pair, 8, async (c) => {
    for (let attempt = 0; attempt < 25; attempt += 1) {
      const seen = expectStatus(await c.get('k'), 200);
      const before = etagOf(seen);
      const value = String(Number(seen.body.toString()) + 1);
      const answer = await c.put('k', value, { headers: { 'If-Match': before } });
      if (answer.status === 412) {
        conflicts += 1;
        continue;
      }
      expectStatus(answer, 200);
      expectTrue(!next.has(before), 'one winner for each revision', `two writes replaced ${before}`, answer);
      next.set(before, etagOf(answer));
      successes += 1;
    }
  });
  const ends = await Promise.all([first.get('k'), second.get('k')]);
  for (const end of ends) expectBody(end, String(successes));
  let last = created;
  let length = 0;
  for (let step = next.get(last); step !== undefined; step = next.get(last)) {
    last = step;
    length += 1;
  }
  expectEqual('the chain of successes', [length, last], [successes, ends.map(etagOf)[0]]);
  if (conflicts === 0) throw new CaseInconclusive('vacuous', 'no two clients met: nothing was decided');
}

async function createOnce(stage: Stage): Promise<void> {
  const pair = await openPair(stage);
  for (let round = 0; round < 20; round += 1) {
    const winners: string[] = [];
    await onBoth(pair, 6, async (c, number) => {
      const answer = await c.put(`k${round}`, `${number}`, { headers: { 'If-None-Match': '*' } });
      if (answer.status === 201) winners.push(`${number}`);
      else expectStatus(answer, 412);
    });
    expectEqual('creations that succeed', winners.length, 1);
    for (const c of pair.both) expectBody(expectStatus(await c.get(`k${round}`), 200), winners[0] ?? '');
  }
}

async function sameExpiry(stage: Stage): Promise<void> {
  const { stages, both } = await openPair(stage);
  const [first, second] = both;
  const written = expectStatus(await first.put('k', 'v', { query: 'ttlMs=60000' }), 201);
  const expiresAt = expectHeader(written, 'commander-expires-at', /Z$/);
  for (const c of both) expectHeader(expectStatus(await c.get('k'), 200), 'commander-expires-at', expiresAt);
  await Promise.all(stages.map((one) => one.advanceClock(59_000)));
  expectStatus(await second.get('k'), 404);
  // Behind by the skew, the first one may still have it; it must not write it back.
  await Promise.all(stages.map((one) => one.advanceClock(skewMs)));
  for (const c of both) {
    expectStatus(await c.get('k'), 404);
    expectStatus(await c.patch('k', 'persist=true'), 404);
    expectEqual('keys', pageOf(await c.list()).items, []);
  }
  expectHeader(
    expectStatus(await first.put('k', 'new', { query: 'keepTtl=true' }), 201),
    'commander-expires-at',
    undefined,
  );
  expectBody(expectStatus(await second.get('k'), 200), 'new');
}

async function revisionsGrow(stage: Stage): Promise<void> {
  const { stages, both } = await openPair(stage);
  let last = await both[0].store('k', 'v');
  const atomic = stage.capabilities.atomicBatch !== 'none';
  for (let count = 0; count < 90; count += 1) {
    const on = stage.random.split(`${count}`).next() < 0.5 ? 0 : 1;
    const c = both[on];
    const b = openBatches(stages[on]);
    const inBatch = async (steps: readonly BatchStep[]): Promise<string> =>
      (await b.run(steps, Array(steps.length).fill(200), { atomic })).at(-1)?.etag ?? '';
    const alone = async (answer: Promise<Answer>): Promise<string> => etagOf(expectStatus(await answer, 200));
    const writes = [
      () => alone(c.put('k', `${count}`)),
      () => alone(c.put('k', `${count}`, { headers: { 'If-Match': last } })),
      () => alone(c.patch('k', 'ttlMs=600000')),
      () => alone(c.put('k', `${count}`, { query: 'keepTtl=true' })),
      () => inBatch([b.set('k', `${count}`)]),
      () => inBatch([b.touch('k', { persist: true }), b.set('k', `${count}`, { ifNoneMatch: last })]),
    ] as const;
    const write = writes[(count % writes.length) as 0 | 1 | 2 | 3 | 4 | 5];
    const etag = await write();
    expectTrue(etag > last, `an ETag greater than ${last}`, etag);
    for (const one of both) expectHeader(await one.head('k'), 'etag', etag);
    last = etag;
  }
}

async function cursorsGoOn(stage: Stage): Promise<void> {
  const { both } = await openPair(stage);
  const keys = Array.from({ length: 25 }, (_, index) => `key ${String(index).padStart(2, '0')}`);
  await Promise.all(keys.map((key, index) => both[index % 2 === 0 ? 0 : 1].store(key, 'v')));
  const seen: string[] = [];
  let query = 'limit=4';
  for (let page = 0; page < keys.length; page += 1) {
    const { items, cursor } = pageOf(await both[page % 2 === 0 ? 0 : 1].list(query));
    seen.push(...items.map(({ key }) => key));
    if (cursor === undefined) break;
    query = `limit=4&cursor=${encodeURIComponent(cursor)}`;
  }
  expectEqual('the keys of a listing through both', seen, keys);
}

/**
 * Records that have expired for the server ahead, which sweeps or lists them away, are rewritten by the one behind. Each
 * key has a client of its own, so that a sweep meets keys in every state.
 */
async function rewriteWhileSwept(stage: Stage): Promise<void> {
  const { stages, both } = await openPair(stage);
  await rewriteOn(both[0], both[1]);
  await stages[0].advanceClock(2 * skewMs);
  await rewriteOn(both[1], both[0]);
}

async function rewriteOn(behind: Collection, ahead: Collection): Promise<void> {
  const keys = Array.from({ length: 40 }, (_, index) => `swept ${index}`).sort();
  // A sweep comes every second.
  const endsAt = performance.now() + 4_000;
  let touched = 0;
  /** False where a sweep was first. */
  const keepByTouch = async (key: string): Promise<boolean> => {
    const answer = await behind.patch(key, 'persist=true');
    if (answer.status === 404) return false;
    expectStatus(answer, 200);
    touched += 1;
    return true;
  };
  const rewrite = async (key: string): Promise<void> => {
    for (let round = 0; performance.now() < endsAt; round += 1) {
      await behind.store(key, `kept ${round}`, { query: `ttlMs=${skewMs / 2}` });
      if (round % 2 === 0 || !(await keepByTouch(key))) await behind.store(key, `kept ${round}`);
      expectBody(expectStatus(await ahead.get(key), 200), `kept ${round}`);
    }
  };
  const list = async (): Promise<void> => {
    while (performance.now() < endsAt) expectStatus(await ahead.list(), 200);
  };
  await Promise.all([list(), ...keys.map(rewrite)]);
  for (const c of [behind, ahead]) {
    const listed = pageOf(await c.list()).items.map(({ key }) => key);
    expectEqual('the keys that were rewritten', listed, keys);
  }
  if (touched === 0) throw new CaseInconclusive('vacuous', 'no key was kept by a touch');
}

export const twoServersCases: readonly Case[] = [
  defineCase(
    'two-servers/compare-and-set',
    'Of all conditional writes through two servers one wins for each revision, and the chain of successes is unbroken',
    compareAndSet,
    pairOptions,
  ),
  defineCase(
    'two-servers/create-once',
    'Of all creations of one key through two servers exactly one succeeds, and both serve its value',
    createOnce,
    pairOptions,
  ),
  defineCase(
    'two-servers/expiry',
    'Two servers tell one expiry, and what has expired for both is absent through either, for every operation',
    sameExpiry,
    pairOptions,
  ),
  defineCase(
    'two-servers/revisions-grow',
    'ETags of one key grow over writes through two servers whose clocks are 2 s apart, and both tell the last one',
    revisionsGrow,
    pairOptions,
  ),
  defineCase(
    'two-servers/cursor',
    'A cursor of one server goes on at the other, and every key comes once, in order',
    cursorsGoOn,
    pairOptions,
  ),
  defineCase(
    'two-servers/sweep',
    'A server never removes as expired what the other, whose clock is behind, has just rewritten',
    rewriteWhileSwept,
    pairOptions,
  ),
];
