import { expect, test } from 'vitest';
import type { Backend, BackendContext, ListItem, ListPage, ListRequest } from '../backends/backend.ts';
import { maxExaminedPerPage } from '../backends/limits.ts';
import { openMemory } from '../backends/memory.ts';
import { composeApp } from '../test-support/compose-app.ts';

const filter = (text: string): string => `filter=${encodeURIComponent(text)}`;
const list = '/api/v1/kv/n/c';

/** Memory, in which the records with these keys are damaged. */
function damagedStore(...damaged: readonly string[]): (context: BackendContext) => Backend {
  return (context) => {
    const memory = openMemory(context);
    const spoil = (item: ListItem): ListItem => (damaged.includes(item.key) ? { key: item.key, damaged: true } : item);
    return {
      ...memory,
      async list(request, call) {
        const page = await memory.list(request, call);
        return { ...page, items: page.items.map(spoil) };
      },
    };
  };
}

test.each(['', '&values=true', `&${filter('{"n":{"eq":1}}')}`, `&values=true&${filter('{"n":{"eq":1}}')}`])(
  'a damaged record is named in a listing, and those behind it follow: %s',
  async (query) => {
    await using composed = composeApp({ openBackend: damagedStore('b') });
    for (const key of ['a', 'b', 'c']) {
      await composed.send('PUT', `${list}/${key}`, {
        headers: { 'content-type': 'application/json' },
        payload: '{"n":1}',
      });
    }
    const { body } = await composed.send('GET', `${list}?limit=100${query}`);
    const { items, cursor } = JSON.parse(body.toString()) as { items: { key: string }[]; cursor?: string };
    expect(items.map(({ key }) => key)).toEqual(['a', 'b', 'c']);
    expect(items[1]).toEqual({ key: 'b', error: 'record_corrupt' });
    expect(cursor).toBeUndefined();
  },
);

/** A store of `count` records of `size` bytes that counts what is read of it. */
function countingStore(count: number, value: Buffer, expired = false) {
  const read = { records: 0, pages: 0 };
  const open = (context: BackendContext): Backend => ({
    ...openMemory(context),
    async list({ after, limit }: ListRequest): Promise<ListPage> {
      const first = after === undefined ? 0 : Number(after.slice(1)) + 1;
      const end = Math.min(first + (expired ? maxExaminedPerPage : limit), count);
      read.pages += 1;
      read.records += end - first;
      const head = { revision: '0'.repeat(32) as never, contentType: 'application/json', expiresAtMs: undefined };
      const items = Array.from({ length: expired ? 0 : end - first }, (_, index) => ({
        ...head,
        key: `k${first + index}`,
        size: value.length,
        value,
      }));
      return { items, examinedTo: end < count ? `k${end - 1}` : undefined };
    },
  });
  return { read, open };
}

async function firstPage(open: (context: BackendContext) => Backend, limit: number) {
  await using composed = composeApp({ openBackend: open });
  const { body } = await composed.send('GET', `${list}?limit=${limit}&${filter('{"n":{"eq":1}}')}`);
  return JSON.parse(body.toString()) as { items: unknown[]; cursor?: string };
}

test('a filtered page that nothing matches examines a bounded number of records, in few reads, and has a cursor', async () => {
  const { read, open } = countingStore(1_000_000, Buffer.from('{"n":2}'));
  const page = await firstPage(open, 1);
  expect(page.items).toEqual([]);
  expect(page.cursor).toBeDefined();
  expect(read.records).toBe(maxExaminedPerPage);
  expect(read.pages).toBeLessThan(12);
});

test('a filtered page examines a bounded number of bytes', async () => {
  const { read, open } = countingStore(1_000_000, Buffer.from(`{"n":2,"x":"${'x'.repeat(100_000)}"}`));
  const page = await firstPage(open, 10);
  expect([page.items, page.cursor === undefined]).toEqual([[], false]);
  expect(read.records).toBeLessThan(100);
});

test('a filtered page over a stretch of expired records ends with what the store examines at once', async () => {
  const { read, open } = countingStore(1_000_000, Buffer.from('{}'), true);
  const page = await firstPage(open, 100);
  expect([page.items, page.cursor === undefined]).toEqual([[], false]);
  expect(read.pages).toBe(1);
});
