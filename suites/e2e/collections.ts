/** Many records: loaded in bulk, paged through, searched, grouped by namespace, and removed by prefix. */

import { defineBatchCase } from '../batch.ts';
import { expectEqual, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { defineCase } from '../define-case.ts';
import { removeAll } from '../removal.ts';
import type { Case, Stage } from '../suite.ts';
import { jsonOf } from '../typed-client.ts';
import { type Documents, type Listed, listPath, openDocuments } from './documents.ts';

/** By batches, as large as the server takes them, four at a time. */
async function loadAll(stage: Stage, documents: Documents, records: readonly Listed[]): Promise<void> {
  const size = Math.min(stage.capabilities.limits.batchItems, 200);
  const batches = Array.from({ length: Math.ceil(records.length / size) }, (_, i) =>
    records.slice(i * size, (i + 1) * size),
  );
  const worker = async (): Promise<void> => {
    for (let batch = batches.pop(); batch !== undefined; batch = batches.pop()) {
      const operations = batch.map(({ key, json }) => ({ op: 'set' as const, ...documents.address(key), json }));
      const { results } = jsonOf(await documents.api.send('post', '/api/v1/kv/batch', { json: { operations } }), 200);
      expectEqual('results of the batch', results.length, batch.length);
    }
  };
  await Promise.all(Array.from({ length: 4 }, worker));
}

async function loadAndPage(stage: Stage): Promise<void> {
  const catalogue = openDocuments(stage, { collection: 'catalogue' });
  const records = Array.from({ length: 1_500 }, (_, i) => ({
    key: `item/${String(i).padStart(5, '0')}`,
    json: { number: i, name: `item ${i}` },
  }));
  await loadAll(stage, catalogue, records);
  expectEqual('all pages together', await catalogue.list({ limit: 200 }), records);
  const half = records.slice(750);
  expectEqual('the pages after the middle', await catalogue.list({ after: 'item/00749', limit: 333 }), half);
}

interface Product {
  readonly name: string;
  readonly price: number;
  readonly stock: { readonly count: number };
  readonly colour?: string;
}

async function search(stage: Stage): Promise<void> {
  const products = openDocuments(stage, { collection: 'products' });
  const random = stage.random.split('products');
  const records = Array.from({ length: 120 }, (_, i) => {
    const price = Math.round(random.next() * 10_000) / 100;
    const count = Math.floor(random.next() * 4);
    const colour = i % 3 === 0 ? {} : { colour: i % 2 === 0 ? 'red' : 'blue' };
    return {
      key: `p${String(i).padStart(3, '0')}`,
      json: { name: `product ${i}`, price, stock: { count }, ...colour } satisfies Product,
    };
  });
  await loadAll(stage, products, records);
  const filter = JSON.stringify({ price: { lt: 50 }, 'stock.count': { gt: 0 }, colour: { eq: 'red' } });
  if (!stage.capabilities.filter) {
    const refused = await products.api.send('get', listPath, { path: products.place, query: { filter } });
    expectTrue(refused.status >= 400, 'a refusal, as the server has no filter', String(refused.status), refused);
    return;
  }
  const wanted = records.filter(({ json }) => json.price < 50 && json.stock.count > 0 && json.colour === 'red');
  expectEqual('what passes the filter', await products.list({ filter, limit: 7 }), wanted);
  stage.note.vacuity({ guard: 'products found', value: wanted.length, minimum: 1 });
}

const flagSets: readonly { readonly name: string; readonly flags: Readonly<Record<string, boolean>> }[] = [
  { name: 'shop', flags: { 'dark-mode': true, 'fast-checkout': false } },
  { name: 'web', flags: { 'dark-mode': false } },
];

async function flagFeatures(stage: Stage): Promise<void> {
  const flagsOf = (name: string): Documents =>
    openDocuments(stage, { namespace: `${stage.namespace}-${name}`, collection: 'flags' });
  for (const { name, flags } of flagSets) {
    for (const [flag, enabled] of Object.entries(flags)) await flagsOf(name).write(flag, { enabled });
  }
  const read = async (name: string): Promise<object> =>
    Object.fromEntries((await flagsOf(name).list()).map(({ key, json }) => [key, json]));
  for (const { name, flags } of flagSets) {
    const expected = Object.fromEntries(Object.entries(flags).map(([flag, enabled]) => [flag, { enabled }]));
    expectEqual(`the flags of ${name}`, await read(name), expected);
  }
  const { api } = flagsOf('web');
  const namespace = `${stage.namespace}-web`;
  const drop = '/api/v1/namespaces/{namespace}';
  const unsure = await api.send('delete', drop, { path: { namespace }, query: { confirm: 'web' } });
  expectProblem(unsure, 428, 'confirmation_required');
  expectEqual('records dropped', await removeAll(stage, `/api/v1/namespaces/${namespace}?confirm=${namespace}`), 1);
  expectEqual('the flags of web', await read('web'), {});
  expectEqual('flags left in shop', Object.keys(await read('shop')), ['dark-mode', 'fast-checkout']);
  const collections = await api.send('get', '/api/v1/namespaces/{namespace}/collections', { path: { namespace } });
  expectEqual('the collections of web', jsonOf(collections, 200).items, []);
}

const days = ['2026-03-01', '2026-03-02', '2026-03-03'];

async function audit(stage: Stage): Promise<void> {
  const log = openDocuments(stage, { collection: 'audit' });
  const writers = ['ada', 'grace', 'edsger'];
  // The key sorts by time; the writer's name in it keeps two at the same moment apart.
  const keyOf = (day: string, i: number, writer: string): string =>
    `${day}T12:00:${String(i).padStart(2, '0')}.000Z/${writer}`;
  const append = async (writer: string): Promise<void> => {
    for (const day of days) {
      for (let i = 0; i < 4; i += 1) {
        const entry = await log.create(keyOf(day, i, writer), { writer, day, i });
        expectTrue(entry !== undefined, 'an entry that is new', 'one that is there already');
      }
    }
  };
  await Promise.all(writers.map(append));
  const again = await log.create(keyOf('2026-03-01', 0, 'ada'), { writer: 'mallory' });
  expectEqual('the entry that would replace another', again, undefined);
  const keys = (await log.list({ limit: 5 })).map(({ key }) => key);
  expectEqual('the log, oldest first', keys, [...keys].sort());
  expectEqual('entries', keys.length, days.length * 4 * writers.length);
  const deleted = await removeAll(stage, `/api/v1/kv/${stage.namespace}/audit?prefix=2026-03-01T`);
  expectEqual('entries of the first day', deleted, 4 * writers.length);
  const left = (await log.list()).map(({ key }) => key);
  expectEqual('the log of the days after', left, keys.slice(4 * writers.length));
  const all = await log.api.send('delete', listPath, { path: log.place, query: { prefix: '2026-04' } });
  expectEqual('entries of a day without any', jsonOf(all, 200), { deleted: 0, done: true });
  expectStatus(all, 200);
}

export const collectionCases: readonly Case[] = [
  defineBatchCase(
    'catalogue/bulk-load',
    'A catalogue that is loaded by batches is paged through whole, in order, each record once',
    loadAndPage,
    { costMs: 800 },
  ),
  defineBatchCase('catalogue/search', 'A search by JSON fields finds what a search of all documents would', search, {
    costMs: 200,
  }),
  defineCase(
    'flags/by-namespace',
    'Feature flags of two applications stand apart, and dropping those of one leaves the other’s',
    flagFeatures,
    { costMs: 200 },
  ),
  defineCase(
    'audit/append-and-retain',
    'An audit log is read in the order of time, no entry replaces another, and a day is deleted by its prefix',
    audit,
    { costMs: 300 },
  ),
];
