import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ComposedApp, composeApp } from './test-support/compose-app.ts';

let composed: ComposedApp;

beforeAll(() => {
  composed = composeApp();
});
afterAll(() => composed[Symbol.asyncDispose]());

const ttl = (text: string) => composed.send('PUT', `/api/v1/kv/n/ttl/k?ttlMs=${text}`, { payload: 'v' });

test.each(['1', '3155760000000', '00000000000000000001'])('a TTL of %s is taken', async (text) => {
  expect((await ttl(text)).status).toBeLessThan(300);
});

test.each([
  '0',
  '3155760000001',
  '9007199254740993',
  '99999999999999999999',
  '-1',
  '1.5',
  '1e3',
  'NaN',
  'Infinity',
  '0x1',
  '',
  ' 1',
])('a TTL of %j is refused', async (text) => {
  expect((await ttl(encodeURIComponent(text))).status).toBe(400);
});

test('a cursor leads nowhere but where its own listing goes', async () => {
  const path = '/api/v1/kv/n/paged';
  for (const name of ['a', 'b', 'c']) await composed.send('PUT', `${path}/${name}`, { payload: name });
  await composed.send('PUT', '/api/v1/kv/n/paged2/secret', { payload: 's' });
  const page = async (query: string) => {
    const answer = await composed.send('GET', `${path}?${query}`);
    return answer.status === 200 ? JSON.parse(answer.body.toString()) : answer.problem?.code;
  };
  const { cursor } = await page('limit=1');
  const bytes = Buffer.from(cursor, 'base64url');
  const forged = (key: string | Buffer) =>
    Buffer.concat([bytes.subarray(0, 8), Buffer.from(key)]).toString('base64url');
  expect((await page(`cursor=${cursor}`)).items.map((item: { key: string }) => item.key)).toEqual(['b', 'c']);
  // A cursor is no secret: a forged one is a place to go on from, and never leaves the collection.
  expect((await page(`cursor=${forged('b')}`)).items.map((item: { key: string }) => item.key)).toEqual(['c']);
  expect(await page(`cursor=${forged('\u{10ffff}')}`)).toEqual({ items: [] });
  expect(await page(`cursor=${forged('../paged2/')}`)).toMatchObject({
    items: [{ key: 'a' }, { key: 'b' }, { key: 'c' }],
  });
  const refused = [
    forged(''),
    forged(Buffer.of(0xff)),
    forged('x'.repeat(1_025)),
    `${cursor}=`,
    `${cursor}A`,
    cursor.slice(1),
    'a',
    '%2e%2e',
    `${cursor}&after=a`,
    `${cursor}&prefix=a`,
    `${cursor}&cursor=${cursor}`,
  ];
  for (const text of refused) expect(['invalid_cursor', 'invalid_query'], text).toContain(await page(`cursor=${text}`));
  for (let bit = 0; bit < 64; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    expect(await page(`cursor=${flipped.toString('base64url')}`)).toBe('invalid_cursor');
  }
});

test('the testing clock stops before a time that entity tags and timestamps cannot hold', async () => {
  await using far = composeApp();
  for (let count = 0; count < 100; count += 1) {
    await far.send('POST', '/testing/clock', { payload: '{"advanceMs":3155760000000}' });
  }
  const url = `http://127.0.0.1:${await far.listen()}/api/v1/kv/n/c/k?ttlMs=1000`;
  const { headers } = await fetch(url, { method: 'PUT', body: 'v' });
  expect(headers.get('etag')).toMatch(/^"[0-9a-f]{32}"$/);
  expect(headers.get('commander-expires-at')).toMatch(/^\d{4}-\d{2}-\d{2}T/);
});
