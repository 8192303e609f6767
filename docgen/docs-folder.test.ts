import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findStale, renderStale, writePages } from './docs-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'docs-folder-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

const pages = new Map([
  ['README.md', 'one\ntwo\n'],
  ['api/errors.md', 'three\n'],
]);

it('what was just written is not stale', async () => {
  await writePages(folder, pages);
  expect(await findStale(folder, pages)).toEqual([]);
  expect(await readFile(join(folder, 'api/errors.md'), 'utf8')).toBe('three\n');
});

it('a changed page is stale from its first other line on, a missing one is missing', async () => {
  await writePages(folder, new Map([['README.md', 'one\n2\n']]));
  const stale = await findStale(folder, pages);
  expect(stale.map(renderStale)).toEqual([
    'docs/README.md:2 is stale\n  written   2\n  rendered  two',
    'docs/api/errors.md is missing',
  ]);
});

it.each([
  ['a line end', 'one\ntwo', 3],
  ['a line', 'one\n', 2],
  ['bytes that are no text', 'one\ntwo\n\u0000', 3],
])('%s of difference is enough', async (_what, written, line) => {
  await writePages(folder, new Map([['README.md', written]]));
  const [stale] = await findStale(folder, new Map([['README.md', 'one\ntwo\n']]));
  expect(stale?.difference?.line).toBe(line);
});

it('of a very long line only the surroundings of the difference are shown', async () => {
  await writePages(folder, new Map([['a.html', `${'x'.repeat(1e6)}A`]]));
  const [stale] = await findStale(folder, new Map([['a.html', `${'x'.repeat(1e6)}B`]]));
  expect(stale?.difference?.written).toBe(`...${'x'.repeat(60)}A`);
  expect(stale?.difference?.rendered).toBe(`...${'x'.repeat(60)}B`);
});
