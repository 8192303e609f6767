import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ErrorCode, errorCatalogue } from './errors.ts';
import { type Answer, type ComposedApp, composeApp } from './test-support/compose-app.ts';
import { bad, type Exchange, good, neverSeen } from './test-support/exchange.ts';
import { filterExchanges, list, namesExchanges, removalExchanges } from './test-support/namespace-exchanges.ts';

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
const batch = '/api/v1/kv/batch';
const at = '/api/v1/kv/n/c/k';

const json = { 'content-type': 'application/json' };
const read = (key: string): object => ({ op: 'get', namespace: 'n', collection: 'c', key });
const write = (key: string, members: object): object => ({ ...read(key), op: 'set', text: 'v', ...members });
const operations = (all: readonly object[], atomic = false): string => JSON.stringify({ atomic, operations: all });
const keys = (all: readonly string[]): string =>
  JSON.stringify({ keys: all.map((key) => ({ namespace: 'n', collection: 'c', key })) });

/** In this order: later ones stand on earlier ones. */
const exchanges: readonly Exchange[] = [
  good('/health/live', ['GET', '/health/live'], 200),
  good('/health/ready', ['GET', '/health/ready'], 200),
  good('/api/v1/version', ['GET', '/api/v1/version'], 200),
  good('/api/v1/capabilities', ['GET', '/api/v1/capabilities'], 200),
  good('/metrics', ['GET', '/metrics'], 200),
  bad('/metrics', ['GET', '/metrics?a=b'], 'invalid_query'),
  good('/debug/log-level', ['GET', '/debug/log-level'], 200),
  good('/debug/log-level', ['PUT', '/debug/log-level', {}, '{"level":"debug"}'], 200),
  bad('/debug/log-level', ['PUT', '/debug/log-level', {}, '{"level":5}'], 'invalid_body'),
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
  good(batch, ['POST', batch, json, operations([read('nothing')])], 207),
  good(batch, ['POST', batch, json, operations([read('nothing')], true)], 200),
  good(batch, ['POST', batch, { ...json, 'idempotency-key': 'a' }, operations([read('k')])], 200),
  good(batch, ['POST', batch, { ...json, 'idempotency-key': 'a' }, operations([read('k')])], 200),
  good(batch, ['DELETE', batch, json, keys(['nothing'])], 207),
  bad(batch, ['POST', batch, { ...json, 'idempotency-key': 'a' }, operations([read('k2')])], 'idempotency_mismatch'),
  bad(batch, ['POST', batch, { ...json, 'idempotency-key': 'a b' }, operations([read('k')])], 'invalid_header'),
  bad(batch, ['POST', batch, { ...json, 'if-match': '*' }, operations([read('k')])], 'invalid_header'),
  bad(batch, ['POST', batch, {}, operations([read('k')])], 'unsupported_content'),
  bad(batch, ['POST', batch, { ...json, 'content-encoding': 'gzip' }, operations([read('k')])], 'unsupported_content'),
  bad(batch, ['POST', `${batch}?x=1`, json, operations([read('k')])], 'invalid_query'),
  bad(batch, ['POST', batch, json, '{'], 'invalid_body'),
  bad(batch, ['POST', batch, json], 'invalid_body'),
  bad(batch, ['POST', batch, json, operations([])], 'invalid_body'),
  bad(batch, ['POST', batch, json, operations([read('')])], 'invalid_key'),
  bad(batch, ['POST', batch, json, operations([{ ...read('k'), namespace: '_idempotency' }])], 'invalid_name'),
  bad(batch, ['POST', batch, json, operations([write('k', { ttlMs: 0 })])], 'invalid_ttl'),
  bad(batch, ['POST', batch, json, operations([write('k', { text: 'x'.repeat(1_001) })])], 'value_too_large'),
  bad(batch, ['POST', batch, json, operations(Array(1_001).fill(read('k')))], 'batch_too_large'),
  bad(batch, ['POST', batch, json, operations([write('k', { ifNoneMatch: '*' })], true)], 'batch_aborted'),
  bad(batch, ['DELETE', batch, json, keys([])], 'invalid_body'),
  bad(batch, ['DELETE', batch, { ...json, 'idempotency-key': 'a' }, keys(['k'])], 'invalid_header'),
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
  bad(undefined, ['GET', '/metric'], 'route_not_found'),
  bad(undefined, ['GET', '/docs'], 'route_not_found'),
  bad(undefined, ['OPTIONS', at], 'method_not_allowed'),
  bad(undefined, ['QUERY', at, { 'content-type': 'text/plain' }, 'x'], 'method_not_allowed'),
  bad(undefined, ['QUERY', at, {}, 'x'], 'method_not_allowed'),
  bad(undefined, ['PUT', '/api/v1/kv/n/c', {}, 'x'], 'method_not_allowed'),
  bad(undefined, ['GET', '/api/v1/namespaces/n'], 'method_not_allowed'),
  bad(undefined, ['GET', '/api/v1/namespaces/n/collections/c'], 'method_not_allowed'),
  bad(undefined, ['DELETE', '/api/v1/namespaces'], 'method_not_allowed'),
  ...filterExchanges,
  ...namesExchanges,
  ...removalExchanges,
  bad(undefined, ['POST', '/health/live'], 'method_not_allowed'),
  bad(undefined, ['GET', batch], 'method_not_allowed'),
  bad(undefined, ['OPTIONS', batch], 'method_not_allowed'),
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
  const declared = new Set(documented().flatMap((operation) => operation['x-error-codes']));
  const undeclared = Object.keys(errorCatalogue).filter((code) => !declared.has(code as ErrorCode));
  expect(undeclared).toEqual(['route_not_found', 'method_not_allowed']);
});

test('every declared code is in the catalogue, under a status that the route declares as a problem document', () => {
  for (const operation of documented()) {
    for (const code of operation['x-error-codes']) {
      const response = operation.responses[errorCatalogue[code]?.status];
      expect(Object.keys(response?.content ?? {}), `${operation.operationId} ${code}`).toEqual([
        'application/problem+json',
      ]);
    }
  }
});

test('a route declares no status above 399 without a code for it', () => {
  for (const operation of documented()) {
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
      ...['/openapi.json', '/health/live', '/health/ready', '/api/v1/version', '/api/v1/capabilities', '/metrics'].map(
        (path) => `GET ${path}`,
      ),
      ...['/debug/cpu-profile', '/debug/heap-snapshot', '/debug/log-level'].map((path) => `GET ${path}`),
      'PUT /debug/log-level',
      ...[list, '/api/v1/namespaces', '/api/v1/namespaces/{namespace}/collections'].map((path) => `GET ${path}`),
      ...[list, '/api/v1/namespaces/{namespace}', '/api/v1/namespaces/{namespace}/collections/{collection}'].map(
        (path) => `DELETE ${path}`,
      ),
      ...['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'].map((method) => `${method} ${value}`),
      `POST ${batch}`,
      `DELETE ${batch}`,
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
  expect((await composed.send('PUT', '/api/v1/kv/n/c')).headers.allow).toBe('DELETE, GET');
  expect((await composed.send('GET', '/testing/clock')).headers.allow).toBe('POST');
  expect((await composed.send('GET', batch)).headers.allow).toBe('DELETE, POST');
});

function documented(): readonly Operation[] {
  return Object.values(document.paths).flatMap((methods) => Object.values(methods));
}

function checkDeclared(of: string, method: string, answer: number | ErrorCode, label: string): void {
  const operation = document.paths[of]?.[method.toLowerCase()];
  const status = typeof answer === 'number' ? answer : errorCatalogue[answer].status;
  expect(Object.keys(operation?.responses ?? {}), label).toContain(String(status));
  if (typeof answer === 'string') expect(operation?.['x-error-codes'], label).toContain(answer);
}

/** What a code adds to its problem document. */
const members: Readonly<Partial<Record<ErrorCode, object>>> = {
  batch_aborted: { index: 0, reason: 'precondition_failed', etag: expect.stringMatching(/^"[0-9a-f]{32}"$/) },
};

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
    ...members[code],
  });
}
