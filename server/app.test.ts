import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErrorCode, errorCatalogue } from './errors.ts';
import { type Answer, type ComposedApp, composeApp } from './test-support/compose-app.ts';

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
  readonly 'x-error-codes': readonly ErrorCode[];
}
interface OpenapiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly 'x-error-catalogue': unknown;
}

let composed: ComposedApp;
let document: OpenapiDocument;

beforeAll(async () => {
  composed = composeApp({ maxValueBytes: 1_000 });
  document = JSON.parse((await composed.send('GET', '/openapi.json')).body.toString());
});
afterAll(() => composed[Symbol.asyncDispose]());

const value = '/api/v1/kv/{namespace}/{collection}/{key}';
const list = '/api/v1/kv/{namespace}/{collection}';
const at = '/api/v1/kv/n/c/k';
const neverSeen = `"${'0'.repeat(32)}"`;

interface Exchange {
  /** Path of the operation in the document; undefined: no route answers. */
  readonly of: string | undefined;
  readonly request: readonly [method: string, url: string, headers?: Record<string, string>, payload?: string];
  readonly answer: number | ErrorCode;
}

function good(of: string, request: Exchange['request'], answer: number): Exchange {
  return { of, request, answer };
}
function bad(of: string | undefined, request: Exchange['request'], answer: ErrorCode): Exchange {
  return { of, request, answer };
}

/** In this order: later ones stand on earlier ones. */
const exchanges: readonly Exchange[] = [
  good('/health/live', ['GET', '/health/live'], 200),
  good('/health/ready', ['GET', '/health/ready'], 200),
  good('/api/v1/version', ['GET', '/api/v1/version'], 200),
  good('/api/v1/capabilities', ['GET', '/api/v1/capabilities'], 200),
  good('/testing/clock', ['POST', '/testing/clock', {}, '{"advanceMs":5}'], 200),
  bad(value, ['GET', at], 'key_not_found'),
  bad(value, ['HEAD', at], 'key_not_found'),
  bad(value, ['PATCH', `${at}?ttlMs=5`], 'key_not_found'),
  bad(value, ['PATCH', `${at}?ttlMs=5`, { 'if-match': '*' }], 'key_not_found'),
  bad(value, ['DELETE', at], 'key_not_found'),
  bad(value, ['DELETE', at, { 'if-match': neverSeen }], 'key_not_found'),
  bad(value, ['PUT', at, { 'if-match': '*' }, 'v'], 'precondition_failed'),
  good(value, ['PUT', at, {}, 'v'], 201),
  good(value, ['PUT', at, { 'content-type': 'text/plain' }, 'w'], 200),
  good(value, ['POST', `${at}2`, {}, 'v'], 201),
  good(value, ['POST', `${at}2?ttlMs=60000`, {}, 'v'], 200),
  good(value, ['GET', at], 200),
  good(value, ['GET', at, { 'if-none-match': '*' }], 304),
  good(value, ['HEAD', at], 200),
  good(value, ['HEAD', at, { 'if-none-match': '*' }], 304),
  good(value, ['PATCH', `${at}?ttlMs=60000`], 200),
  good(value, ['PATCH', `${at}?persist=true`], 200),
  good(list, ['GET', '/api/v1/kv/n/c'], 200),
  good(list, ['GET', '/api/v1/kv/n/c?values=true&prefix=k&limit=1'], 200),
  bad(value, ['GET', at, { 'if-match': neverSeen }], 'precondition_failed'),
  bad(value, ['HEAD', at, { 'if-match': neverSeen }], 'precondition_failed'),
  bad(value, ['PUT', at, { 'if-none-match': '*' }, 'x'], 'precondition_failed'),
  bad(value, ['POST', at, { 'if-match': neverSeen }, 'x'], 'precondition_failed'),
  bad(value, ['PATCH', `${at}?ttlMs=5`, { 'if-match': neverSeen }], 'precondition_failed'),
  bad(value, ['DELETE', at, { 'if-match': neverSeen }], 'precondition_failed'),
  bad(value, ['PUT', at, { 'if-match': 'x' }, 'x'], 'invalid_header'),
  bad(value, ['GET', at, { 'if-none-match': '"' }], 'invalid_header'),
  bad(value, ['PUT', at, { 'content-range': 'bytes 0-1/2' }, 'x'], 'invalid_header'),
  bad(value, ['PUT', at, { 'if-unmodified-since': 'Mon, 23 Nov 2026 04:42:02 GMT' }, 'x'], 'invalid_header'),
  bad(value, ['PUT', at, { 'content-encoding': 'identity' }, 'x'], 'unsupported_content'),
  bad(value, ['PUT', at, { 'content-type': 'nonsense' }, 'x'], 'unsupported_content'),
  bad(value, ['PATCH', `${at}?ttlMs=5`, { 'content-encoding': 'gzip' }], 'unsupported_content'),
  bad(value, ['DELETE', at, { 'content-type': 'nonsense' }], 'unsupported_content'),
  bad(value, ['PUT', at, {}, 'x'.repeat(1_001)], 'value_too_large'),
  bad(value, ['POST', at, {}, 'x'.repeat(1_001)], 'value_too_large'),
  bad(value, ['PATCH', `${at}?ttlMs=5`, {}, 'x'.repeat(1_001)], 'value_too_large'),
  bad(value, ['DELETE', at, {}, 'x'.repeat(1_001)], 'value_too_large'),
  bad(value, ['PATCH', `${at}?ttlMs=5`, {}, 'x'], 'invalid_body'),
  bad(value, ['DELETE', at, {}, 'x'], 'invalid_body'),
  bad(value, ['PUT', `${at}?ttlMs=0`, {}, 'x'], 'invalid_ttl'),
  bad(value, ['PUT', `${at}?expiresAt=2000-01-01T00:00:00.000Z`, {}, 'x'], 'invalid_ttl'),
  bad(value, ['PATCH', at], 'invalid_ttl'),
  bad(value, ['PUT', `${at}?keepTtl=false`, {}, 'x'], 'invalid_query'),
  bad(value, ['GET', `${at}?x=1`], 'invalid_query'),
  bad(value, ['GET', '/api/v1/kv/n/c/'], 'invalid_key'),
  bad(value, ['GET', `/api/v1/kv/n/c/${'x'.repeat(1_025)}`], 'invalid_key'),
  bad(value, ['GET', '/api/v1/kv/n/c/=?keyEncoding=base64url'], 'invalid_key'),
  bad(value, ['GET', '/api/v1/kv/-/c/k'], 'invalid_name'),
  bad(value, ['PUT', '/api/v1/kv/n/_/k', {}, 'x'], 'invalid_name'),
  bad(value, ['GET', '/api/v1/kv/n/c/%ff'], 'malformed_url'),
  bad(value, ['GET', '/api/v1/kv/n/c/%'], 'malformed_url'),
  bad(value, ['GET', `${at}?keyEncoding=%ff`], 'malformed_url'),
  bad(value, ['GET', `${at}?${'x'.repeat(8_192 - at.length)}`], 'url_too_long'),
  bad(value, ['GET', `${at}?${'x'.repeat(8_191 - at.length)}`], 'invalid_query'),
  bad(value, ['GET', at, { host: 'evil.example' }], 'forbidden'),
  bad(value, ['PUT', at, { origin: 'http://evil.example' }, 'x'], 'forbidden'),
  bad(value, ['DELETE', at, { 'sec-fetch-site': 'cross-site' }], 'forbidden'),
  bad(list, ['GET', '/api/v1/kv/n/-'], 'invalid_name'),
  bad(list, ['GET', '/api/v1/kv/n/c?limit=0'], 'invalid_query'),
  bad(list, ['GET', '/api/v1/kv/n/c?prefix='], 'invalid_query'),
  bad(list, ['GET', `/api/v1/kv/n/c?prefix=${'x'.repeat(1_025)}`], 'invalid_query'),
  bad(list, ['GET', '/api/v1/kv/n/c?cursor=AAAA'], 'invalid_cursor'),
  bad(list, ['GET', '/api/v1/kv/n/c?cursor=AAAAAAAAAAAAAAAA'], 'invalid_cursor'),
  bad(list, ['GET', '/api/v1/kv/n/c?prefix=%ff'], 'malformed_url'),
  bad('/health/live', ['GET', '/health/live?x=1'], 'invalid_query'),
  bad('/health/ready', ['GET', '/health/ready?x=1'], 'invalid_query'),
  bad('/api/v1/version', ['GET', '/api/v1/version?x=1'], 'invalid_query'),
  bad('/api/v1/capabilities', ['GET', '/api/v1/capabilities?x=1'], 'invalid_query'),
  bad('/openapi.json', ['GET', '/openapi.json?x=1'], 'invalid_query'),
  bad('/testing/clock', ['POST', '/testing/clock'], 'invalid_body'),
  bad('/testing/clock', ['POST', '/testing/clock', {}, '{"advanceMs":0}'], 'invalid_body'),
  bad('/testing/clock', ['POST', '/testing/clock', {}, '{"advanceMs":1.5}'], 'invalid_body'),
  bad('/testing/clock', ['POST', '/testing/clock', {}, '{"advanceMs":"1"}'], 'invalid_body'),
  bad('/testing/clock', ['POST', '/testing/clock', {}, 'null'], 'invalid_body'),
  bad('/testing/clock', ['POST', '/testing/clock?x=1', {}, '{}'], 'invalid_query'),
  bad('/testing/clock', ['POST', '/testing/clock', {}, ' '.repeat(1_001)], 'value_too_large'),
  bad('/testing/clock', ['POST', '/testing/clock', { 'content-type': 'x' }, '{}'], 'unsupported_content'),
  bad(undefined, ['GET', '/'], 'route_not_found'),
  bad(undefined, ['GET', '/api/v1/kv/n'], 'route_not_found'),
  bad(undefined, ['GET', `${at}/more`], 'route_not_found'),
  bad(undefined, ['GET', '/api/v1/namespaces'], 'route_not_found'),
  bad(undefined, ['GET', '/metrics'], 'route_not_found'),
  bad(undefined, ['GET', '/docs'], 'route_not_found'),
  bad(undefined, ['OPTIONS', at], 'method_not_allowed'),
  bad(undefined, ['QUERY', at, { 'content-type': 'text/plain' }, 'x'], 'method_not_allowed'),
  bad(undefined, ['QUERY', at, {}, 'x'], 'unsupported_content'),
  bad(undefined, ['DELETE', '/api/v1/kv/n/c'], 'method_not_allowed'),
  bad(undefined, ['POST', '/health/live'], 'method_not_allowed'),
  bad(undefined, ['HEAD', '/api/v1/version'], 'method_not_allowed'),
  good(value, ['DELETE', at], 204),
];

test('every exchange answers as its route declares', async () => {
  for (const { of, request, answer } of exchanges) {
    const [method, url, headers = {}, payload] = request;
    const label = `${method} ${url.slice(0, 80)} ${JSON.stringify(headers)}`;
    const got = await composed.send(method, url, { headers, ...(payload === undefined ? {} : { payload }) });
    const status = typeof answer === 'number' ? answer : errorCatalogue[answer].status;
    expect(got.status, label).toBe(status);
    if (typeof answer === 'string') checkProblem(got, answer, { label, bodyless: method === 'HEAD' });
    if (of !== undefined) checkDeclared(of, method, answer, label);
  }
});

test('of the catalogue only the two codes of no route are declared by no route', () => {
  const declared = new Set(operations().flatMap((operation) => operation['x-error-codes']));
  const undeclared = Object.keys(errorCatalogue).filter((code) => !declared.has(code as ErrorCode));
  expect(undeclared).toEqual(['route_not_found', 'method_not_allowed']);
});

test('every declared code is in the catalogue, under a status that the route declares as a problem document', () => {
  for (const operation of operations()) {
    for (const code of operation['x-error-codes']) {
      const response = operation.responses[errorCatalogue[code]?.status];
      expect(Object.keys(response?.content ?? {}), `${operation.operationId} ${code}`).toEqual([
        'application/problem+json',
      ]);
    }
  }
});

test('a route declares no status above 399 without a code for it', () => {
  for (const operation of operations()) {
    const statuses = new Set(operation['x-error-codes'].map((code) => String(errorCatalogue[code].status)));
    const declared = Object.keys(operation.responses).filter((status) => Number(status) > 399);
    expect(declared.sort(), operation.operationId).toEqual([...statuses].sort());
  }
});

test('the document carries the catalogue as it is', () => {
  expect(document['x-error-catalogue']).toEqual(errorCatalogue);
});

test('the document names each route that the server has, and no other', () => {
  const named = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(named.sort()).toEqual(
    [
      ...['/openapi.json', '/health/live', '/health/ready', '/api/v1/version', '/api/v1/capabilities'].map(
        (path) => `GET ${path}`,
      ),
      `GET ${list}`,
      ...['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'].map((method) => `${method} ${value}`),
      'POST /testing/clock',
    ].sort(),
  );
});

test('without --testing there is no clock to move, in the routes and in the document', async () => {
  await using plain = composeApp({ testing: false });
  const { paths } = JSON.parse((await plain.send('GET', '/openapi.json')).body.toString());
  expect(Object.keys(paths)).not.toContain('/testing/clock');
  expect((await plain.send('POST', '/testing/clock', { payload: '{"advanceMs":1}' })).problem?.code).toBe(
    'route_not_found',
  );
});

test('a wrong method is told which methods there are', async () => {
  expect((await composed.send('OPTIONS', at)).headers.allow).toBe('DELETE, GET, HEAD, PATCH, POST, PUT');
  expect((await composed.send('PUT', '/api/v1/kv/n/c')).headers.allow).toBe('GET');
  expect((await composed.send('GET', '/testing/clock')).headers.allow).toBe('POST');
});

function operations(): readonly Operation[] {
  return Object.values(document.paths).flatMap((methods) => Object.values(methods));
}

function checkDeclared(of: string, method: string, answer: number | ErrorCode, label: string): void {
  const operation = document.paths[of]?.[method.toLowerCase()];
  const status = typeof answer === 'number' ? answer : errorCatalogue[answer].status;
  expect(Object.keys(operation?.responses ?? {}), label).toContain(String(status));
  if (typeof answer === 'string') expect(operation?.['x-error-codes'], label).toContain(answer);
}

function checkProblem(
  got: Answer,
  code: ErrorCode,
  about: { readonly label: string; readonly bodyless: boolean },
): void {
  const { status, title, retryable } = errorCatalogue[code];
  expect(got.headers['content-type'], about.label).toBe('application/problem+json');
  expect(got.headers['x-request-id'], about.label).toMatch(/^request-\d+$/);
  if (about.bodyless) return;
  const requestId = got.headers['x-request-id'];
  expect(got.problem, about.label).toEqual({
    type: `urn:commander:error:${code}`,
    title,
    status,
    detail: expect.stringMatching(/^\S.{5,300}\.$/),
    code,
    retryable,
    requestId,
  });
}
