/** Which role each route asks for, and that none of them crosses a limit to namespaces. */

import { batchPath } from '../batch.ts';
import { expectEqual, expectProblem, expectStatus, expectTrue, recordOf } from '../check.ts';
import { authorizationOf, type Holder } from '../credentials.ts';
import type { Case, Stage } from '../suite.ts';
import { admin, ask, defineAccessCase, limited, reader, writer } from './access-case.ts';

/** Somebody who sends a request; who is not denied gets `status`. */
interface Route {
  readonly method: string;
  readonly path: string;
  readonly json?: object;
  readonly denied: readonly Holder[];
  readonly status?: number;
}

const at = (namespace: string) => ({ namespace, collection: 'c', key: 'k' });
const set = (namespace: string) => ({ op: 'set', ...at(namespace), text: 'v' });
const batchOf = (denied: readonly Holder[], ...operations: readonly object[]): Route => ({
  method: 'POST',
  path: batchPath,
  json: { operations },
  denied,
});
const get = (path: string, denied: readonly Holder[] = []): Route => ({ method: 'GET', path, denied });
const remove = (path: string, denied: readonly Holder[]): Route => ({ method: 'DELETE', path, denied });

/** In this order: what removes comes last. */
const routes: readonly Route[] = [
  ...['/api/v1/version', '/api/v1/capabilities', '/openapi.json', '/api/v1/namespaces'].map((path) => get(path)),
  get('/api/v1/namespaces/in/collections'),
  get('/api/v1/namespaces/out/collections', [limited]),
  get('/api/v1/kv/in/c'),
  get('/api/v1/kv/out/c', [limited]),
  // Counts of all namespaces together.
  get('/metrics', [limited]),
  get('/debug/log-level', [reader, writer, limited]),
  { method: 'PUT', path: '/debug/log-level', json: { level: 'info' }, denied: [reader, writer, limited] },
  { ...get('/debug/cpu-profile?seconds=0', [reader, writer, limited]), status: 400 },
  { ...get('/debug/heap-snapshot?unknown=1', [reader, writer, limited]), status: 400 },
  batchOf([], { op: 'get', ...at('in') }),
  batchOf([limited], { op: 'get', ...at('out') }),
  batchOf([reader], set('in')),
  batchOf([reader, limited], set('out')),
  batchOf([reader, limited], { op: 'touch', ...at('out'), persist: true }),
  batchOf([reader, limited], { op: 'delete', ...at('out'), ifMatch: '*' }),
  { method: 'DELETE', path: batchPath, json: { keys: [at('in')] }, denied: [reader] },
  { method: 'DELETE', path: batchPath, json: { keys: [at('out')] }, denied: [reader, limited] },
  remove('/api/v1/kv/in/c?prefix=x', [reader]),
  remove('/api/v1/kv/out/c?prefix=x', [reader, limited]),
  remove('/api/v1/namespaces/in/collections/c?confirm=c', [reader]),
  remove('/api/v1/namespaces/out/collections/c?confirm=c', [reader, limited]),
  remove('/api/v1/namespaces/in?confirm=in', [reader, writer]),
  remove('/api/v1/namespaces/out?confirm=out', [reader, writer, limited]),
];

function send(stage: Stage, { method, path, json }: Route, holder: Holder) {
  if (json === undefined) return ask(stage, method, path, holder);
  const headers = { Authorization: authorizationOf(holder), 'Content-Type': 'application/json' };
  return stage.client.request({ method, path, headers, body: JSON.stringify(json) });
}

async function storeIn(stage: Stage, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    const { status } = await ask(stage, 'PUT', `/api/v1/kv/${namespace}/c/k`, admin);
    expectTrue(status === 200 || status === 201, 'a record to begin with', String(status));
  }
}

/** The names of all pages of one name each, as this holder is told them. */
async function namesFor(stage: Stage, holder: Holder): Promise<readonly string[]> {
  const names: string[] = [];
  for (let query = 'limit=1'; ; ) {
    const answer = expectStatus(await ask(stage, 'GET', `/api/v1/namespaces?${query}`, holder), 200);
    const { items, cursor } = recordOf(answer.json(), 'the page', answer);
    if (Array.isArray(items)) names.push(...items.map(({ name }) => String(name)));
    if (cursor === undefined) return names;
    const examinedTo = Buffer.from(String(cursor), 'base64url').toString();
    const foreign = holder.namespaces !== undefined && /out|also-out/.test(examinedTo);
    expectTrue(!foreign, 'a cursor that names no namespace beyond the limit', examinedTo, answer);
    query = `limit=1&cursor=${cursor}`;
  }
}

export const accessRouteCases: readonly Case[] = [
  defineAccessCase(
    'routes',
    'Each route asks for its role and keeps the limit to namespaces: 403 for who lacks either, and for nobody else',
    async (stage) => {
      for (const route of routes) {
        for (const holder of [reader, writer, limited, admin]) {
          await storeIn(stage, ['in', 'out']);
          const answer = await send(stage, route, holder);
          if (route.denied.includes(holder)) expectProblem(answer, 403, 'access_denied');
          else expectStatus(answer, route.status ?? 200);
        }
      }
    },
    ['--debug-routes'],
  ),
  defineAccessCase(
    'batch-beyond',
    'A batch of which one operation is not allowed is 403 whole, and none of it is done',
    async (stage) => {
      await storeIn(stage, ['out']);
      for (const [operations, holder] of [
        [[set('in'), set('out')], limited],
        [[set('in'), { op: 'get', ...at('out') }], limited],
        [[{ op: 'get', ...at('out') }, set('in')], reader],
        [
          [
            { op: 'delete', ...at('out') },
            { op: 'get', ...at('in') },
          ],
          reader,
        ],
      ] as const) {
        expectProblem(await send(stage, batchOf([holder], ...operations), holder), 403, 'access_denied');
      }
      expectProblem(await ask(stage, 'GET', '/api/v1/kv/in/c/k', admin), 404, 'key_not_found');
      expectEqual(
        'the value out of reach',
        (await ask(stage, 'GET', '/api/v1/kv/out/c/k', admin)).body.toString(),
        'value',
      );
    },
  ),
  defineAccessCase(
    'names',
    'Who is limited to namespaces is told of those alone, page by page; who is not is told of all',
    async (stage) => {
      await storeIn(stage, ['also-out', 'in', 'in-2', 'out']);
      expectEqual('the names within the limit', await namesFor(stage, limited), ['in', 'in-2']);
      expectEqual('all names', await namesFor(stage, reader), ['also-out', 'in', 'in-2', 'out']);
      expectStatus(await ask(stage, 'DELETE', '/api/v1/kv/in/c/k', limited), 204);
      expectEqual('the names that hold a record', await namesFor(stage, limited), ['in-2']);
    },
  ),
];
