import { beforeAll, expect, it } from 'vitest';
import { lintOpenapi } from './lint-openapi.ts';
import { type OpenapiDocument, routesOf } from './openapi-document.ts';
import { readOpenapi } from './read-openapi.ts';

let document: OpenapiDocument;
beforeAll(async () => {
  // biome-ignore lint/style/noProcessEnv: where a shell finds its programs
  const searchPath = process.env.PATH ?? '';
  document = await readOpenapi({ searchPath, signal: AbortSignal.timeout(60_000) });
});

it('the document of a running server breaks no rule of the linter, and gets no warning from it', async () => {
  await lintOpenapi(document);
});

it('what the linter would only warn of is refused', async () => {
  const { license, ...info } = { license: undefined, ...document.info };
  await expect(lintOpenapi({ ...document, info })).rejects.toThrow(/info-license/);
});

it('a body is required where the route refuses a request without one', () => {
  const bodies = routesOf(document).flatMap(({ operation: { operationId, requestBody } }) =>
    requestBody === undefined ? [] : [[operationId, requestBody.required]],
  );
  expect(Object.fromEntries(bodies)).toEqual({
    putValue: false,
    postValue: false,
    runBatch: true,
    deleteBatch: true,
    putLogLevel: true,
    advanceClock: true,
  });
});

it('every operation stands under one tag that the document describes', () => {
  const { tags } = document;
  const described = tags.map(({ name, description }) => (description === '' ? '' : name));
  for (const { operation } of routesOf(document)) {
    expect(operation.tags, operation.operationId).toHaveLength(1);
    expect(described).toContain(operation.tags[0]);
  }
});
