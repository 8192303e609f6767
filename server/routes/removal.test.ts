import { expect, test } from 'vitest';
import type { Backend, BackendContext, RemovalStep } from '../backends/backend.ts';
import { openMemory } from '../backends/memory.ts';
import type { Principal } from '../http/principal.ts';
import { composeApp } from '../test-support/compose-app.ts';

const routes = [
  '/api/v1/kv/n/c?prefix=k',
  '/api/v1/namespaces/n/collections/c?confirm=c',
  '/api/v1/namespaces/n?confirm=n',
] as const;

/** A store whose removals take `steps` steps, one record and some time each. */
function steppingStore(steps: number, stepMs: number): (context: BackendContext) => Backend {
  return (context) => {
    let left = steps;
    const step = async (): Promise<RemovalStep> => {
      await new Promise((resolve) => setTimeout(resolve, stepMs));
      left -= 1;
      return { deleted: 1, done: left === 0 };
    };
    return { ...openMemory(context), deletePrefix: step, drop: step };
  };
}

test.each(routes)('DELETE %s takes many quick steps in one request', async (url) => {
  await using composed = composeApp({ openBackend: steppingStore(20, 0) });
  expect(JSON.parse((await composed.send('DELETE', url)).body.toString())).toEqual({ deleted: 20, done: true });
});

test.each(routes)('DELETE %s answers done: false once its time is used up, and goes on with the next', async (url) => {
  await using composed = composeApp({ openBackend: steppingStore(12, 30) });
  const answers: RemovalStep[] = [];
  do answers.push(JSON.parse((await composed.send('DELETE', url)).body.toString()) as RemovalStep);
  while (answers.at(-1)?.done === false);
  expect(answers.length).toBeGreaterThan(1);
  expect(answers.reduce((sum, { deleted }) => sum + deleted, 0)).toBe(12);
});

const roles: readonly Principal['role'][] = ['read', 'write', 'admin'];
const needed = { [routes[0]]: 'write', [routes[1]]: 'write', [routes[2]]: 'admin' } as const;

test.each(routes)('DELETE %s needs its role, in its namespace, before the confirmation', async (url) => {
  for (const role of roles) {
    for (const namespaces of [undefined, ['n', 'm'], ['m']]) {
      await using composed = composeApp({ gate: { authenticate: () => ({ name: 'x', role, namespaces }) } });
      const allowed = roles.indexOf(role) >= roles.indexOf(needed[url]) && namespaces?.includes('n') !== false;
      const { status, problem } = await composed.send('DELETE', url);
      expect([status, problem?.code], `${role} of ${namespaces}`).toEqual(
        allowed ? [200, undefined] : [403, 'access_denied'],
      );
      if (!allowed) expect((await composed.send('DELETE', url.replace(/confirm=.*/, ''))).status).toBe(403);
    }
  }
});
