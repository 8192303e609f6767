import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { repository } from '../repository.ts';
import type { OpenapiDocument } from './openapi-document.ts';
import { readOpenapi } from './read-openapi.ts';
import { renderTypes } from './render-types.ts';

const file = 'suites/api-types.ts';

let document: OpenapiDocument;
beforeAll(async () => {
  // biome-ignore lint/style/noProcessEnv: where a shell finds its programs
  const searchPath = process.env.PATH ?? '';
  document = await readOpenapi({ searchPath, signal: AbortSignal.timeout(60_000) });
});

it('the types of the suites are those of a running server; npx orchestrator docs writes them', async () => {
  expect(await readFile(join(repository, file), 'utf8')).toBe(await renderTypes(document, file));
});

it('another document gives other types', async () => {
  const { '/api/v1/version': _, ...paths } = document.paths;
  expect(await renderTypes({ ...document, paths }, file)).not.toContain('/api/v1/version');
});
