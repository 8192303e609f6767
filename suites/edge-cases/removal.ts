/** Removals of many keys: broken off by the server's death, and beside other work. */

import { expectBody, expectEqual, expectStatus, expectTrue } from '../check.ts';
import { type Collection, openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys } from '../listing.ts';
import { allNames, collectionsPath } from '../names.ts';
import { NoAnswer } from '../no-answer.ts';
import { dropCollectionPath, dropNamespacePath, prefixPath, removeAll } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';
import { fill } from './fill.ts';

/** Neighbours on both sides of what is removed, with characters that a careless bound would take. */
function neighboursOf(stage: Stage): readonly Collection[] {
  const names = ['b', 'c-', 'c.', 'c0', 'c_', 'cc', 'd'];
  return names.map((collection) => openCollection(stage, { collection }));
}

const neighbourKeys = ['%', '/', 'k', 'k000001', '~', '\u{1F600}'];

async function fillNeighbours(stage: Stage): Promise<void> {
  for (const c of neighboursOf(stage)) for (const key of neighbourKeys) await c.store(key, `of ${c.path}`);
}

async function checkNeighbours(stage: Stage): Promise<void> {
  for (const c of neighboursOf(stage)) {
    expectEqual(`keys of ${c.path}`, await listKeys(c), neighbourKeys);
    expectBody(expectStatus(await c.get('k'), 200), `of ${c.path}`);
  }
}

/** Whether what was written is still there after the server's death. */
function isDurable(stage: Stage): boolean {
  return stage.capabilities.durability.profile === 'on-ack';
}

/** Kills the server while a removal is under way; resolves once it is up again. */
async function killDuring(stage: Stage, path: string): Promise<void> {
  const server = stage.server;
  if (server === undefined) return;
  const removal = removeAll(stage, path).then(
    () => 'ended',
    () => 'broken off',
  );
  await stage.client.request({ method: 'GET', path: '/health/live' }).catch((error: unknown) => {
    if (!(error instanceof NoAnswer)) throw error;
  });
  await server.kill();
  const broken = (await removal) === 'broken off';
  // Memory is emptied faster than a signal travels, and has nothing to go on with afterwards.
  if (isDurable(stage)) stage.note.vacuity({ guard: 'removals broken off', value: broken ? 1 : 0, minimum: 1 });
  await server.restart();
}

const broken: readonly { readonly id: string; readonly what: string; readonly path: (c: Collection) => string }[] = [
  { id: 'prefix', what: 'A delete by prefix', path: (c) => prefixPath(c, 'k') },
  { id: 'collection', what: 'A drop of a collection', path: (c) => dropCollectionPath(c.namespace, c.name) },
];

const dropSize = 20_000;
/** More than a server is likely to take at once. */
const manyCollections = 130;

async function dropManyCollections(stage: Stage): Promise<void> {
  const namespace = `${stage.namespace}-m`;
  const all = Array.from({ length: manyCollections }, (_, index) =>
    openCollection(stage, { namespace, collection: `c${index}` }),
  );
  await Promise.all(all.map((c) => c.store('k', 'v')));
  expectEqual('the number told', await removeAll(stage, dropNamespacePath(namespace)), manyCollections);
  expectEqual('collections left', await allNames(stage, collectionsPath(namespace)), []);
  for (const c of all) expectStatus(await c.get('k'), 404);
}

/** Each with a part beside its record on the embedded store, so that fewer of them than of small ones make a step. */
const largeCount = 300;
const largeBytes = 70_000;

export const removalEdgeCases: readonly Case[] = [
  ...broken.map(({ id, what, path }) =>
    defineCase(
      `removal/killed-${id}`,
      `${what} that the server’s death breaks off ends when it is sent again, and leaves all else`,
      async (stage) => {
        const c = openCollection(stage);
        await fill(stage, c, { count: 8_000 });
        await fillNeighbours(stage);
        await killDuring(stage, path(c));
        await removeAll(stage, path(c));
        expectEqual('keys left', await listKeys(c), []);
        if (isDurable(stage)) await checkNeighbours(stage);
        const names = await allNames(stage, collectionsPath(stage.namespace));
        expectTrue(!names.includes('c'), 'no collection c', 'it is listed');
        expectStatus(await c.put('k000001', 'again'), 201);
        expectEqual('keys', await listKeys(c), ['k000001']);
      },
      { isolation: 'server', requires: ['server'], costMs: 5_000, timeoutMs: 120_000 },
    ),
  ),
  defineCase(
    'removal/large-values',
    `A delete by prefix takes all of ${largeCount} values of ${largeBytes.toLocaleString('en')} bytes`,
    async (stage) => {
      const c = openCollection(stage);
      const keys = Array.from({ length: largeCount }, (_, index) => `k${index}`);
      const body = Buffer.alloc(largeBytes, 'v');
      const worker = async (): Promise<void> => {
        for (let key = keys.pop(); key !== undefined; key = keys.pop()) expectStatus(await c.put(key, body), 201);
      };
      await Promise.all(Array.from({ length: 8 }, worker));
      expectEqual('the number told', await removeAll(stage, prefixPath(c, 'k')), largeCount);
      expectEqual('keys left', await listKeys(c), []);
    },
    { costMs: 2_000, timeoutMs: 60_000 },
  ),
  defineCase(
    'removal/many-collections',
    `A drop of a namespace of ${manyCollections} collections that says that it is done has left none of them`,
    dropManyCollections,
    { costMs: 1_000 },
  ),
  defineCase(
    'removal/beside-reads',
    `GETs of another collection are answered while ${dropSize.toLocaleString('en')} keys are dropped`,
    async (stage) => {
      const namespace = `${stage.namespace}-d`;
      await fill(stage, openCollection(stage, { namespace }), { count: dropSize });
      const other = openCollection(stage);
      await other.store('k', 'v');
      const latenciesMs: number[] = [];
      let dropping = true;
      const read = async (): Promise<void> => {
        while (dropping) {
          const answer = expectStatus(await other.get('k'), 200);
          expectBody(answer, 'v');
          if (dropping) latenciesMs.push(Number(answer.returnNs - answer.callNs) / 1e6);
        }
      };
      const drop = async (): Promise<number> => {
        try {
          return await removeAll(stage, dropNamespacePath(namespace));
        } finally {
          dropping = false;
        }
      };
      const [deleted] = await Promise.all([drop(), read(), read()]);
      expectEqual('the number told', deleted, dropSize);
      expectTrue(latenciesMs.length > 0, 'a GET that is answered during the drop', 'none');
      latenciesMs.sort((a, b) => a - b);
      const p99Ms = latenciesMs[Math.floor(latenciesMs.length * 0.99)] ?? 0;
      stage.note.measurement({ name: 'GET p99 during a drop', value: p99Ms, unit: 'ms' });
    },
    { costMs: 15_000, timeoutMs: 180_000 },
  ),
];
