import { expect, it } from 'vitest';
import { renderReferenceHtml } from './reference-html.ts';
import { renderOpenapiYaml } from './render-openapi-yaml.ts';

const document = {
  openapi: '3.1.0',
  'x-error-catalogue': {},
  tags: [{ name: 'C', description: 'c' }],
  paths: {
    '/a': {
      get: {
        operationId: 'a',
        summary: 'A',
        tags: ['C'],
        'x-error-codes': [],
        responses: { 200: { description: 'b' }, 400: { description: 'c' } },
      },
    },
  },
  info: { title: 'T', version: '1', license: { name: 'MIT', identifier: 'MIT' } },
  servers: [{ url: '/' }],
  security: [],
};

it('the page may load nothing from the network, and two renderings are the same', async () => {
  const [first, second] = await Promise.all([renderReferenceHtml(document), renderReferenceHtml(document)]);
  const [head = ''] = first.split('<script');
  expect(head).toContain(`http-equiv="Content-Security-Policy" content="default-src 'none'`);
  expect(first).not.toContain('cdn.redoc.ly');
  expect(first).not.toMatch(/<(?:script|link|img|iframe)[^>]*(?:src|href)="(?:https?:)?\/\//);
  expect(second).toBe(first);
});

it('YAML begins with what a reader looks for', async () => {
  const yaml = await renderOpenapiYaml(document);
  expect(yaml.match(/^[\w-]+(?=:)/gm)).toEqual([
    ...['openapi', 'info', 'servers', 'security', 'tags', 'paths', 'x-error-catalogue'],
  ]);
});

it('a document that breaks a rule of the linter is refused in its words', async () => {
  const twice = { ...document.paths['/a'].get, responses: {} };
  await expect(renderOpenapiYaml({ ...document, paths: { '/a': { get: twice, put: twice } } })).rejects.toThrow(
    /operation-operationId-unique/,
  );
});
