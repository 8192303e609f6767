/** ETags: strong, opaque, and of one write alone. */

import { etagOf, expectDistinct, expectEqual, expectHeader, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case } from '../suite.ts';

const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

export const etagCases: readonly Case[] = [
  defineCase('etags/form', 'An ETag is 32 lower-case hexadecimal digits in quotes, never weak', async (stage) => {
    const c = openCollection(stage);
    const form = /^"[0-9a-f]{32}"$/;
    expectHeader(await c.put('k', 'v'), 'etag', form);
    expectHeader(await c.get('k'), 'etag', form);
  }),
  ...['PUT', 'POST'].map((method) =>
    defineCase(
      `etags/${method.toLowerCase()}-equals-get`,
      `The ETag in the answer of a ${method} is the one GET and HEAD then give`,
      async (stage) => {
        const c = openCollection(stage);
        const etag = etagOf(expectStatus(await c.send(method, 'k', { body: 'v' }), 201));
        expectHeader(expectStatus(await c.get('k'), 200), 'etag', etag);
        expectHeader(expectStatus(await c.head('k'), 200), 'etag', etag);
        const again = etagOf(expectStatus(await c.send(method, 'k', { body: 'w' }), 200));
        expectHeader(expectStatus(await c.get('k'), 200), 'etag', again);
      },
    ),
  ),
  defineCase('etags/patch-equals-get', 'The ETag in the answer of a PATCH is the one GET then gives', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', 'v');
    const etag = etagOf(expectStatus(await c.patch('k', 'ttlMs=60000'), 200));
    expectHeader(expectStatus(await c.get('k'), 200), 'etag', etag);
  }),
  defineCase('etags/list-equals-get', 'The ETag in a listing is the one GET gives, quotes included', async (stage) => {
    const c = openCollection(stage);
    const etag = await c.store('k', 'v');
    const page = expectStatus(await c.list(), 200);
    const body = page.json() as { readonly items?: readonly { readonly etag?: unknown }[] };
    expectEqual('the item’s etag', body.items?.[0]?.etag, etag, page);
  }),
  defineCase('etags/unique-same-bytes', 'Writing the same bytes again gives another ETag', async (stage) => {
    const c = openCollection(stage);
    const etags: string[] = [];
    for (let i = 0; i < 10; i += 1) etags.push(await c.store('k', 'same'));
    expectDistinct('ETags', etags);
  }),
  defineCase('etags/unique-across-keys', 'The same bytes under two keys have two ETags', async (stage) => {
    const c = openCollection(stage);
    expectDistinct('ETags', [await c.store('a', 'same'), await c.store('b', 'same')]);
  }),
  defineCase(
    'etags/unique-concurrent',
    'Concurrent writes to one key have each an ETag of their own',
    async (stage) => {
      const c = openCollection(stage);
      const etags = await Promise.all(Array.from({ length: 8 }, (_, i) => c.store('k', `v${i}`)));
      expectDistinct('ETags', etags);
      const last = etagOf(expectStatus(await c.get('k'), 200));
      expectTrue(etags.includes(last), 'the ETag of one of the writes', last);
    },
  ),
  defineCase('etags/not-reused', 'A key that was deleted and written again has a new ETag', async (stage) => {
    const c = openCollection(stage);
    const first = await c.store('k', 'v');
    expectStatus(await c.delete('k'), 204);
    expectDistinct('ETags', [first, await c.store('k', 'v')]);
  }),
  defineCase('etags/patch-changes', 'A PATCH is a write: it changes the ETag', async (stage) => {
    const c = openCollection(stage);
    const first = await c.store('k', 'v');
    const touched = etagOf(expectStatus(await c.patch('k', 'ttlMs=60000'), 200));
    const again = etagOf(expectStatus(await c.patch('k', 'ttlMs=60000'), 200));
    expectDistinct('ETags', [first, touched, again]);
  }),
  defineCase(
    'etags/last-modified',
    'Last-Modified is an HTTP date, and no earlier after a later write',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v');
      const first = expectHeader(expectStatus(await c.get('k'), 200), 'last-modified', httpDate);
      await c.store('k', 'w');
      const second = expectHeader(expectStatus(await c.get('k'), 200), 'last-modified', httpDate);
      expectTrue(Date.parse(second) >= Date.parse(first), `a Last-Modified not before ${first}`, second);
    },
  ),
];
