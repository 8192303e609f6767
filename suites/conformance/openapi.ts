/** The OpenAPI document describes what the server does: its routes, their methods, and the statuses they answer. */

import type { Answer } from '../answer.ts';
import { expectHeader, expectStatus, expectTrue, recordOf } from '../check.ts';
import type { RequestSpec } from '../client.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import type { Case, Stage } from '../suite.ts';

const keyPath = '/api/v1/kv/{namespace}/{collection}/{key}';
const listPath = '/api/v1/kv/{namespace}/{collection}';

const routes: readonly { readonly path: string; readonly methods: readonly string[] }[] = [
  { path: keyPath, methods: ['get', 'head', 'put', 'post', 'patch', 'delete'] },
  { path: listPath, methods: ['get', 'delete'] },
  { path: '/api/v1/namespaces', methods: ['get'] },
  { path: '/api/v1/namespaces/{namespace}', methods: ['delete'] },
  { path: '/api/v1/namespaces/{namespace}/collections', methods: ['get'] },
  { path: '/api/v1/namespaces/{namespace}/collections/{collection}', methods: ['delete'] },
  { path: '/api/v1/kv/batch', methods: ['post', 'delete'] },
  { path: '/api/v1/version', methods: ['get'] },
  { path: '/api/v1/capabilities', methods: ['get'] },
  { path: '/health/live', methods: ['get'] },
  { path: '/health/ready', methods: ['get'] },
  { path: '/metrics', methods: ['get'] },
  { path: '/debug/log-level', methods: ['get', 'put'] },
];

/** One request for each status that a route can be made to answer without breaking anything. */
const probes: readonly {
  readonly status: number;
  readonly method: string;
  readonly request?: Partial<RequestSpec> & { readonly query?: string };
}[] = [
  { status: 404, method: 'GET' },
  { status: 404, method: 'HEAD' },
  { status: 404, method: 'PATCH', request: { query: 'ttlMs=60000' } },
  { status: 404, method: 'DELETE' },
  { status: 412, method: 'PUT', request: { headers: { 'If-Match': '*' }, body: 'v' } },
  { status: 412, method: 'POST', request: { headers: { 'If-Match': '*' }, body: 'v' } },
  { status: 201, method: 'PUT', request: { body: 'v' } },
  { status: 200, method: 'PUT', request: { body: 'v' } },
  { status: 200, method: 'POST', request: { body: 'v' } },
  { status: 200, method: 'GET' },
  { status: 200, method: 'HEAD' },
  { status: 304, method: 'GET', request: { headers: { 'If-None-Match': '*' } } },
  { status: 304, method: 'HEAD', request: { headers: { 'If-None-Match': '*' } } },
  { status: 412, method: 'GET', request: { headers: { 'If-Match': '"x"' } } },
  { status: 412, method: 'HEAD', request: { headers: { 'If-Match': '"x"' } } },
  { status: 412, method: 'PATCH', request: { headers: { 'If-Match': '"x"' }, query: 'ttlMs=60000' } },
  { status: 412, method: 'DELETE', request: { headers: { 'If-Match': '"x"' } } },
  { status: 415, method: 'PUT', request: { headers: { 'Content-Type': 'nonsense' }, body: 'v' } },
  { status: 415, method: 'POST', request: { headers: { 'Content-Encoding': 'gzip' }, body: 'v' } },
  { status: 200, method: 'PATCH', request: { query: 'ttlMs=60000' } },
  { status: 400, method: 'GET', request: { query: 'colour=red' } },
  { status: 400, method: 'HEAD', request: { query: 'colour=red' } },
  { status: 400, method: 'PUT', request: { query: 'ttlMs=0', body: 'v' } },
  { status: 400, method: 'POST', request: { query: 'ttlMs=0', body: 'v' } },
  { status: 400, method: 'PATCH' },
  { status: 204, method: 'DELETE' },
  { status: 201, method: 'POST', request: { body: 'v' } },
  { status: 400, method: 'DELETE', request: { query: 'colour=red' } },
];

type Document = Readonly<Record<string, unknown>>;

async function documentOf(stage: Stage): Promise<{ readonly answer: Answer; readonly paths: Document }> {
  const answer = expectStatus(await sendTo(stage, { method: 'GET', path: '/openapi.json' }), 200);
  const document = recordOf(answer.json(), 'the document', answer);
  const version = document.openapi;
  expectTrue(typeof version === 'string' && version.startsWith('3.1.'), 'OpenAPI 3.1', String(version), answer);
  return { answer, paths: recordOf(document.paths, 'paths', answer) };
}

/** The documented answers of an operation; fails when it is not documented at all. */
function responsesOf(paths: Document, path: string, method: string, answer: Answer): Document {
  const operations = recordOf(paths[path], `the path ${path}`, answer);
  const operation = recordOf(operations[method.toLowerCase()], `${method} ${path}`, answer);
  return recordOf(operation.responses, `the responses of ${method} ${path}`, answer);
}

export const openapiCases: readonly Case[] = [
  defineCase('openapi/served', 'GET /openapi.json is an OpenAPI 3.1 document as JSON', async (stage) => {
    const { answer } = await documentOf(stage);
    expectHeader(answer, 'content-type', /^application\/json/);
  }),
  ...routes.map(({ path, methods }) =>
    defineCase(
      `openapi/describes${path.replaceAll('/api/v1', '').replaceAll(/[{}]/g, '').replaceAll('/', '-')}`,
      `The OpenAPI document describes ${path} with ${methods.join(', ').toUpperCase()} and no other method`,
      async (stage) => {
        const { answer, paths } = await documentOf(stage);
        const described = Object.keys(recordOf(paths[path], `the path ${path}`, answer));
        const known = described.filter((name) => /^(get|head|put|post|patch|delete|options|trace)$/.test(name));
        const wanted = [...methods].sort().join();
        expectTrue(known.sort().join() === wanted, `the methods ${wanted}`, known.join(), answer);
      },
    ),
  ),
  defineCase(
    'openapi/allow-agrees',
    'Allow names the methods that the OpenAPI document describes, on every path',
    async (stage) => {
      const { answer, paths } = await documentOf(stage);
      for (const [path, operations] of Object.entries(paths)) {
        const described = Object.keys(recordOf(operations, path, answer)).map((name) => name.toUpperCase());
        const sample = path.replace('{namespace}', stage.namespace).replace('{collection}', 'c').replace('{key}', 'k');
        const refused = expectStatus(
          await sendTo(stage, { method: 'OPTIONS', path: sample }),
          405,
          'method_not_allowed',
        );
        const allowed = expectHeader(refused, 'allow', /./).split(', ');
        expectTrue(
          allowed.sort().join() === described.sort().join(),
          `Allow: ${described.join(', ')}`,
          allowed.join(', '),
          refused,
        );
      }
    },
  ),
  defineCase(
    'openapi/statuses',
    'Every status that a key’s route can be made to answer is described for its method',
    async (stage) => {
      const { paths } = await documentOf(stage);
      const c = openCollection(stage);
      for (const { status, method, request = {} } of probes) {
        const { query, headers, body } = request;
        const seen = expectStatus(await c.send(method, 'k', { query, headers, body }), status);
        const described = responsesOf(paths, keyPath, method, seen);
        expectTrue(
          String(status) in described,
          `${status} to be described for ${method} ${keyPath}`,
          'it is not',
          seen,
        );
      }
    },
  ),
  defineCase('openapi/list-statuses', 'The statuses of a listing are described', async (stage) => {
    const { paths } = await documentOf(stage);
    const c = openCollection(stage);
    for (const seen of [expectStatus(await c.list(), 200), expectStatus(await c.list('limit=0'), 400)]) {
      const described = responsesOf(paths, listPath, 'GET', seen);
      expectTrue(String(seen.status) in described, `${seen.status} to be described`, 'it is not', seen);
    }
  }),
];
