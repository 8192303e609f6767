import { expect, it } from 'vitest';
import { findBrokenLinks } from './find-broken-links.ts';
import { docsFolder } from './repository.ts';

const broken = (pages: Readonly<Record<string, string>>): readonly string[] =>
  findBrokenLinks(docsFolder, new Map(Object.entries(pages)));

it('links to pages, headings and places elsewhere lead somewhere', () => {
  const pages = {
    'README.md': '[a](api/a.md#the-ttl-what-for) [b](#here) [c](https://example.com)\n# Here',
    'api/a.md': '## The `ttl`: what for?\n[up](../README.md)',
  };
  expect(broken(pages)).toEqual([]);
});

it('a missing page and a missing heading are named with the page that links to them', () => {
  const pages = { 'README.md': '[a](api/none.md) [b](#gone)\n# Here', 'api/a.md': '[c](../README.md#hree)' };
  expect(broken(pages)).toEqual([
    'docs/README.md: api/none.md',
    'docs/README.md: #gone',
    'docs/api/a.md: ../README.md#hree',
  ]);
});

it('what stands in a code block is neither a link nor a heading', () => {
  expect(broken({ 'a.md': '```sh\n# heading\n[x](y.md)\n```\n[z](#heading)' })).toEqual(['docs/a.md: #heading']);
});
