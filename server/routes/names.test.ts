import { expect, test } from 'vitest';
import { type ComposedApp, composeApp } from '../test-support/compose-app.ts';

interface Page {
  readonly items: readonly { readonly name: string }[];
  readonly cursor?: string;
}

async function pageOf(composed: ComposedApp, query = ''): Promise<Page> {
  return JSON.parse((await composed.send('GET', `/api/v1/namespaces${query}`)).body.toString()) as Page;
}

/** An app that takes everybody for limited to these namespaces, over records in `held`. */
async function limited(namespaces: readonly string[], held: readonly string[]): Promise<ComposedApp> {
  const filled = composeApp();
  for (const namespace of held) await filled.send('PUT', `/api/v1/kv/${namespace}/c/k`, { payload: 'v' });
  return composeApp({
    openBackend: () => filled.backend,
    gate: { authenticate: () => ({ name: 'limited', role: 'read', namespaces }) },
  });
}

test('a principal that is limited to namespaces is told of those alone that hold a record', async () => {
  await using composed = await limited(['c', 'a', 'empty', 'a-b', 'a'], ['a', 'a-b', 'b', 'c', 'd']);
  expect(await pageOf(composed)).toEqual({ items: [{ name: 'a' }, { name: 'a-b' }, { name: 'c' }] });
  expect(await pageOf(composed, '?after=a')).toEqual({ items: [{ name: 'a-b' }, { name: 'c' }] });
});

test('its pages end and its cursors name none of the others', async () => {
  await using composed = await limited(['a', 'c', 'e'], ['a', 'b', 'c', 'd', 'e']);
  const names: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await pageOf(composed, cursor === undefined ? '?limit=1' : `?limit=1&cursor=${cursor}`);
    names.push(...page.items.map(({ name }) => name));
    cursor = page.cursor;
    if (cursor !== undefined) expect(['a', 'c', 'e']).toContain(Buffer.from(cursor, 'base64url').toString().slice(-1));
  } while (cursor !== undefined);
  expect(names).toEqual(['a', 'c', 'e']);
});

test('the collections of another namespace are 403, whether it holds something or not', async () => {
  await using composed = await limited(['a'], ['a', 'b']);
  expect((await composed.send('GET', '/api/v1/namespaces/a/collections')).status).toBe(200);
  for (const namespace of ['b', 'nothing']) {
    const { problem } = await composed.send('GET', `/api/v1/namespaces/${namespace}/collections`);
    expect(problem?.code).toBe('access_denied');
  }
});
