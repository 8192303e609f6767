import { expect, it } from 'vitest';
import { parseOpenapi } from './openapi-document.ts';
import { referenceInserts } from './reference-inserts.ts';

const header = { 'x-request-id': { description: 'id', schema: { type: 'string' } } };
const path = { name: 'key', in: 'path', required: true, schema: { type: 'string' }, description: 'The key' };
const put = {
  summary: 'Set',
  'x-error-codes': ['too_large', 'bad'],
  parameters: [
    path,
    { name: 'ttlMs', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 9 }, description: 'a|b' },
  ],
  responses: {
    201: { description: 'Created', headers: { ...header, etag: { description: 'tag', schema: { type: 'string' } } } },
    400: { description: 'no', headers: header },
  },
};
const document = parseOpenapi(
  JSON.stringify({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    paths: {
      '/kv/{key}': { put: { ...put, operationId: 'put' }, post: { ...put, operationId: 'post', summary: 'Set too' } },
      '/about': {
        get: {
          operationId: 'about',
          summary: 'About',
          'x-error-codes': ['bad'],
          responses: {
            200: {
              description: 'It',
              headers: header,
              content: {
                'application/json': {
                  schema: {
                    type: 'object',
                    required: ['limits'],
                    properties: {
                      limits: { type: 'object', properties: { bytes: { type: 'integer' } } },
                      window: { anyOf: [{ type: 'number' }, { type: 'null' }] },
                    },
                  },
                },
              },
            },
          },
        },
      },
    },
    'x-error-catalogue': {
      bad: { status: 400, title: 'Bad', retryable: false, mend: 'x' },
      too_large: { status: 413, title: 'Large', retryable: false, mend: 'x' },
    },
  }),
);
const inserts = referenceInserts(document);

it('every operation has a heading and tables', () => {
  expect(Object.keys(inserts)).toEqual([
    ...['routes', 'path', 'headers', 'errors'],
    ...['put', 'put tables', 'post', 'post tables', 'about', 'about tables'],
  ]);
  expect(inserts.put).toBe('### Set\n\n`PUT /kv/{key}`');
});

it('what every route has stands once, the rest with its route', () => {
  expect(inserts.errors).toBe('400 [`bad`](errors.md#bad)');
  expect(inserts['put tables']).toContain('Errors of its own: 413 [`too_large`](errors.md#too_large).');
  expect(inserts['put tables']).not.toContain('#bad');
  expect(inserts['put tables']).not.toContain('x-request-id');
  expect(inserts['put tables']).not.toContain('`key`');
  expect(inserts.path).toContain('| `key` | path | string | The key |');
  expect(inserts.headers).not.toContain('x-request-id');
});

it('a parameter says its range, and a bar does not break its row', () => {
  expect(inserts['put tables']).toContain('| `ttlMs` | query, optional | integer, 1 to 9 | a\\|b |');
});

it('a route like the one before refers to it', () => {
  expect(inserts['post tables']).toBe('Parameters, answers and errors are those of [Set](#set).');
});

it('members of an answer are named by their path, and an empty column is left out', () => {
  expect(inserts['about tables']).toContain('| In the answer | Value |\n| --- | --- |');
  expect(inserts['about tables']).toContain('| `limits.bytes` | integer, optional |');
  expect(inserts['about tables']).toContain('| `window` | number or null, optional |');
});
