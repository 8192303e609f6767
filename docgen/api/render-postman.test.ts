import { beforeAll, expect, it } from 'vitest';
import { type OpenapiDocument, routesOf } from './openapi-document.ts';
import { readOpenapi } from './read-openapi.ts';
import { renderPostman } from './render-postman.ts';

interface Field {
  readonly key: string;
  readonly value: string;
  readonly disabled?: boolean;
}
interface Item {
  readonly id: string;
  readonly name: string;
  readonly request: {
    readonly method: string;
    readonly header: readonly Field[];
    readonly body?: { readonly raw: string };
    readonly auth?: { readonly type: string };
    readonly url: { readonly path: readonly string[]; readonly query: readonly Field[]; readonly variable: Field[] };
  };
}
interface Collection {
  readonly info: { readonly schema: string; readonly _postman_id: string };
  readonly item: readonly { readonly id: string; readonly name: string; readonly item: readonly Item[] }[];
  readonly variable: readonly Field[];
}

let document: OpenapiDocument;
let collection: Collection;
let items: readonly Item[];
beforeAll(async () => {
  // biome-ignore lint/style/noProcessEnv: where a shell finds its programs
  const searchPath = process.env.PATH ?? '';
  document = await readOpenapi({ searchPath, signal: AbortSignal.timeout(60_000) });
  collection = JSON.parse(renderPostman(document));
  items = collection.item.flatMap(({ item }) => item);
});

it('every operation of the document is there once, in the folder of its tag', () => {
  const shown = collection.item.flatMap(({ name, item }) =>
    item.map(({ request }) => `${name}: ${request.method} /${request.url.path.join('/')}`),
  );
  const described = routesOf(document).map(
    ({ method, path, operation }) => `${operation.tags[0]}: ${method} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`,
  );
  expect([...shown].sort()).toEqual([...described].sort());
});

it('two runs give the same bytes, and no two items the same id', () => {
  expect(renderPostman(structuredClone(document))).toBe(renderPostman(document));
  const ids = [collection.info._postman_id, ...collection.item.map(({ id }) => id), ...items.map(({ id }) => id)];
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

it('what a request needs has an example, and what it does not need is turned off', () => {
  for (const { name, request } of items) {
    for (const { key, value } of request.url.variable) expect(value, `${name}: ${key}`).not.toBe('');
    for (const { key, value, disabled } of request.url.query) {
      expect(disabled === true || value !== '', `${name}: ${key}`).toBe(true);
    }
    expect(
      request.header.filter(({ disabled }) => disabled !== true).map(({ key }) => key),
      name,
    ).toEqual(request.body === undefined ? [] : ['Content-Type']);
    if (request.body !== undefined) expect(JSON.parse(request.body.raw), name).toEqual(expect.any(Object));
  }
});

it('a route for everybody sends no token, every other one that of the variable', () => {
  const open = items.filter(({ request }) => request.auth?.type === 'noauth').map(({ name }) => name);
  expect(open).toEqual(['Check liveness', 'Check readiness', 'Move the testing clock forward']);
  expect(collection.variable.map(({ key }) => key)).toEqual(['baseUrl', 'token']);
});
