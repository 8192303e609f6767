import { expect, test } from 'vitest';
import { composeApp } from '../test-support/compose-app.ts';

test('the level decides what is logged from then on', async () => {
  await using composed = composeApp();
  const put = (level: string) => composed.send('PUT', '/debug/log-level', { payload: JSON.stringify({ level }) });
  expect((await put('error')).body.toString()).toBe('{"level":"error"}');
  const before = composed.log.length;
  await composed.send('GET', '/api/v1/kv/n/c/absent');
  expect(composed.log).toHaveLength(before);
  await put('debug');
  await composed.send('GET', '/api/v1/kv/n/c/absent');
  expect(composed.log.slice(before).join('')).toContain('key_not_found');
  expect((await composed.send('GET', '/debug/log-level')).body.toString()).toBe('{"level":"debug"}');
});

test.each(['', 'null', '"debug"', '{"level":"loud"}', '{"level":"debug","more":1}'])(
  '%j is no level',
  async (payload) => {
    await using composed = composeApp();
    const { problem } = await composed.send('PUT', '/debug/log-level', { payload });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_body' });
  },
);
