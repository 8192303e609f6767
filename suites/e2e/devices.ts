/** Clients that come and go: a cache over a restart, credentials in change, an order whose answer is lost. */

import { writeFile } from 'node:fs/promises';
import { defineBatchCase } from '../batch.ts';
import { expectBody, expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { authorizationOf, credentialsOf, type Holder, renderCredentialsFile } from '../credentials.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';
import { type Documents, demand, openDocuments, valuePath } from './documents.ts';

async function cacheOverRestart(stage: Stage): Promise<void> {
  const cache = openDocuments(stage, { collection: 'cache' });
  const tags = new Map<string, string>();
  for (const [key, ttlMs] of [['tile/1'], ['tile/2', 3_600_000], ['tile/3', 1]] as const) {
    tags.set(key, await cache.write(key, { tile: key }, ttlMs === undefined ? {} : { ttlMs }));
  }
  const before = (await cache.read('tile/2'))?.expiresAt;
  await stage.server?.stop();
  await stage.server?.restart();
  const kept = stage.capabilities.durability.profile !== 'none';
  for (const key of ['tile/1', 'tile/2']) {
    const found = await cache.read(key);
    expectEqual(`the entity tag of ${key} after the restart`, found?.etag, kept ? tags.get(key) : undefined);
    const answer = await cache.api.send('get', valuePath, {
      path: cache.address(key),
      header: { 'if-none-match': String(tags.get(key)) },
    });
    expectStatus(answer, kept ? 304 : 404);
  }
  expectEqual('when tile/2 ends', (await cache.read('tile/2'))?.expiresAt, kept ? before : undefined);
  expectEqual('what had ended before', await cache.read('tile/3'), undefined);
  demand(await cache.create('tile/3', { tile: 'new' }), 'a place for a new tile');
}

const operator: Holder = { name: 'operator', role: 'admin' };
const oldToken: Holder = { name: 'device-2025', role: 'write' };
const newToken: Holder = { name: 'device-2026', role: 'write' };

async function rotate(stage: Stage): Promise<void> {
  const { server } = stage;
  if (server?.credentialsFile === undefined) throw new Error('the stage has no server with a credentials file');
  const { credentialsFile, pid } = server;
  const readings = openDocuments(stage, { collection: 'readings' });
  const send = (key: string, holder: Holder) =>
    readings.api.send('put', valuePath, {
      path: readings.address(key),
      json: { by: holder.name },
      authorization: authorizationOf(holder),
    });
  let current = oldToken;
  let running = true;
  const accepted = new Map<string, string>();
  const device = async (name: string): Promise<void> => {
    for (let i = 0; running; i += 1) {
      const key = `${name}/${i}`;
      const holder = current;
      expectStatus(await send(key, holder), 201);
      accepted.set(key, holder.name);
    }
  };
  const install = async (holders: readonly Holder[], probe: Holder, status: number): Promise<void> => {
    await writeFile(credentialsFile, renderCredentialsFile(holders));
    process.kill(pid, 'SIGHUP');
    while ((await send('probe', probe)).status !== status) stage.signal.throwIfAborted();
  };
  const change = async (): Promise<void> => {
    await install([operator, oldToken, newToken], newToken, 201);
    current = newToken;
    while (running && ![...accepted.values()].includes(newToken.name)) await send('probe', newToken);
    running = false;
  };
  const devices = Array.from({ length: 6 }, (_, i) => device(`device-${i}`));
  try {
    await Promise.all([change(), ...devices]);
  } finally {
    running = false;
    await Promise.allSettled(devices);
  }
  await install([operator, newToken], oldToken, 401);
  expectProblem(await send('late', oldToken), 401, 'unauthorized');
  for (const [key, by] of accepted) {
    const found = await readings.api.send('get', valuePath, {
      path: readings.address(key),
      authorization: authorizationOf(newToken),
    });
    expectBody(expectStatus(found, 200), JSON.stringify({ by }));
  }
  stage.note.vacuity({ guard: 'readings that were accepted', value: accepted.size, minimum: 12 });
}

function submit(orders: Documents, key: string, idempotencyKey: string) {
  return orders.api.send('post', '/api/v1/kv/batch', {
    header: { 'idempotency-key': idempotencyKey },
    json: {
      operations: [
        { op: 'set', ...orders.address(key), json: { state: 'submitted', items: 3 } },
        { op: 'set', ...orders.address(`${key}/receipt`), json: { for: key } },
      ],
    },
  });
}

async function submitTwice(stage: Stage): Promise<void> {
  const orders = openDocuments(stage, { collection: 'orders' });
  for (const key of ['order-1', 'order-2']) {
    const idempotencyKey = `${stage.namespace}.${key}`;
    // Nobody reads this answer: to the customer it is lost on the way.
    const lost = await submit(orders, key, idempotencyKey);
    const order = demand(await orders.read(key), 'the order');
    demand(await orders.replace(key, { state: 'packed', items: 3 }, order.etag), 'the packed order');
    const retried = expectStatus(await submit(orders, key, idempotencyKey), 200);
    expectHeader(retried, 'idempotency-replayed', 'true');
    expectBody(retried, lost.body);
    expectEqual('the order after the retry', (await orders.read(key))?.json, { state: 'packed', items: 3 });
  }
  const keys = (await orders.list()).map(({ key }) => key);
  expectEqual('what is stored', keys, ['order-1', 'order-1/receipt', 'order-2', 'order-2/receipt']);
  const without = expectStatus(await submit(orders, 'order-2', `${stage.namespace}.another`), 200);
  expectTrue(without.header('idempotency-replayed') === undefined, 'another order under another key', 'a replay');
  expectEqual('the order that was sent anew', (await orders.read('order-2'))?.json, { state: 'submitted', items: 3 });
}

export const deviceCases: readonly Case[] = [
  defineCase(
    'device-cache/restart',
    'A device’s cache outlives a restart with its entity tags and ends, wherever the store does',
    cacheOverRestart,
    { isolation: 'server', requires: ['server'], timeoutMs: 30_000, costMs: 2_500 },
  ),
  defineCase(
    'credentials/rotation',
    'Devices change to a new token under load without a refusal, and the old one ends without a lost reading',
    rotate,
    {
      isolation: 'server',
      requires: ['server'],
      credentials: credentialsOf([operator, oldToken]),
      timeoutMs: 30_000,
      liveness: true,
      costMs: 2_500,
    },
  ),
  defineBatchCase(
    'orders/lost-answer',
    'An order whose answer was lost is sent again and counts once, also when it was worked on meanwhile',
    submitTwice,
    { costMs: 200 },
  ),
];
