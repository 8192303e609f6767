import { afterAll, expect, test } from 'vitest';
import { createAuthenticator } from '../access/authenticator.ts';
import { parseCredentials } from '../access/credentials.ts';
import { type ComposedApp, composeApp } from '../test-support/compose-app.ts';
import { bearer, renderCredentials } from '../test-support/credentials.ts';

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());
const secret = 'correct-horse-battery';

function compose(options: Parameters<typeof composeApp>[0]): ComposedApp {
  return stack.use(composeApp(options));
}

test('beyond the burst a client is refused until a token is there, and every answer says how it stands', async () => {
  const composed = compose({ rateLimit: { perSecond: 1, burst: 5 } });
  const path = '/api/v1/kv/n/c/k';
  const answers = [await composed.send('PUT', path, { payload: 'v' })];
  for (let i = 0; i < 9; i += 1) answers.push(await composed.send(i % 2 === 0 ? 'GET' : 'HEAD', path));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.slice(0, 5)).toEqual([201, 200, 200, 200, 200]);
  expect(statuses.slice(5)).toContain(429);
  for (const { headers } of answers) {
    expect(headers['ratelimit-policy']).toBe('"default";q=5;w=5');
    expect(headers.ratelimit).toMatch(/^"default";r=[0-4];t=[1-5]$/);
  }
  const refused = answers.find(({ status }) => status === 429);
  expect(refused?.headers['retry-after']).toBe('1');
  await expect.poll(async () => (await composed.send('GET', path)).status, { interval: 100, timeout: 5_000 }).toBe(200);
});

test('credentials have a bucket each, whatever address they come from', async () => {
  const one = { role: 'read', kind: 'token', secret } as const;
  const text = await renderCredentials([
    { ...one, name: 'a' },
    { ...one, name: 'b' },
  ]);
  const gate = createAuthenticator({ credentials: parseCredentials(text, 'test'), failuresPerMinute: 30 });
  const composed = compose({ gate, rateLimit: { perSecond: 1, burst: 2 } });
  const statusOf = async (name: string): Promise<number> =>
    (await composed.send('GET', '/api/v1/version', { headers: bearer(name, secret) })).status;
  const first = [await statusOf('a'), await statusOf('a'), await statusOf('a')];
  expect(first.slice(0, 2)).toEqual([200, 200]);
  expect(await statusOf('b')).toBe(200);
});

test('without a limit no answer speaks of one', async () => {
  const composed = compose({});
  const { headers } = await composed.send('GET', '/health/live');
  expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
});
