/** GET /metrics: what scrapers read, and what must never stand in it. */

import type { Answer } from '../answer.ts';
import { expectHeader, expectProblem, expectStatus, expectTrue, recordOf } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { type ExposedFamily, parseExposition } from '../exposition.ts';
import type { Case, Stage } from '../suite.ts';
import { CaseFailed } from '../verdict.ts';

const mediaType = 'text/plain; version=0.0.4; charset=utf-8';
const keyRoute = '/api/v1/kv/:namespace/:collection/:key';
const methods = ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'];

async function getMetrics(stage: Stage): Promise<Answer> {
  return expectStatus(await sendTo(stage, { method: 'GET', path: '/metrics' }), 200);
}

function familiesOf(answer: Answer): readonly ExposedFamily[] {
  const read = readFamilies(answer);
  if (typeof read !== 'string') return read;
  throw new CaseFailed('the text exposition format', read, { exchange: answer.exchange });
}

/** The families, or why they cannot be read. */
function readFamilies(answer: Answer): readonly ExposedFamily[] | string {
  try {
    return parseExposition(answer.body.toString('utf8'));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function countOf(families: readonly ExposedFamily[], method: string, status: number): number {
  const requests = families.find(({ name }) => name === 'commander_http_requests_total');
  const wanted = [keyRoute, method, String(status)];
  const sample = requests?.samples.find(({ labels }) =>
    ['route', 'method', 'status'].every((name, index) => labels.get(name) === wanted[index]),
  );
  return sample?.value ?? 0;
}

/** What clients make up: none of it is a route. */
function madeUp(stage: Stage, count: number): readonly { readonly method: string; readonly path: string }[] {
  return Array.from({ length: count }, (_, index) => ({
    method: stage.random.pick([...methods, 'OPTIONS', 'PROPFIND']),
    path: `/${stage.namespace}/${index}/${stage.random.below(1_000_000)}`,
  }));
}

export const metricsCases: readonly Case[] = [
  defineCase(
    'metrics/media-type',
    'GET /metrics is the text exposition format 0.0.4, by its media type',
    async (stage) => {
      expectHeader(await getMetrics(stage), 'content-type', mediaType);
    },
  ),
  defineCase('metrics/grammar', 'Every line of GET /metrics keeps the grammar of the format', async (stage) => {
    const answer = await getMetrics(stage);
    const families = familiesOf(answer);
    expectTrue(families.length >= 10, '10 families or more', String(families.length), answer);
    const foreign = families.find(({ name }) => !name.startsWith('commander_'));
    expectTrue(foreign === undefined, 'names that begin with commander_', String(foreign?.name), answer);
  }),
  defineCase('metrics/counts-requests', 'Requests are counted by route, method and status', async (stage) => {
    const c = openCollection(stage);
    const before = familiesOf(await getMetrics(stage));
    const sent = [
      { method: 'PUT', status: 201 },
      { method: 'PUT', status: 200 },
      { method: 'GET', status: 200 },
      { method: 'GET', status: 200 },
      { method: 'HEAD', status: 200 },
      { method: 'DELETE', status: 204 },
      { method: 'GET', status: 404 },
    ];
    for (const { method, status } of sent) {
      expectStatus(await c.send(method, 'k', method === 'PUT' ? { body: 'v' } : {}), status);
    }
    const after = familiesOf(await getMetrics(stage));
    for (const { method, status } of sent) {
      const times = sent.filter((one) => one.method === method && one.status === status).length;
      const grown = countOf(after, method, status) - countOf(before, method, status);
      // Other cases may send the same meanwhile.
      expectTrue(grown >= times, `${method} ${status} to be counted ${times} times or more`, String(grown));
    }
  }),
  defineCase(
    'metrics/closed-labels',
    'Paths and methods that are no route are counted under one name',
    async (stage) => {
      for (const request of madeUp(stage, 100)) await sendTo(stage, request);
      const answer = await getMetrics(stage);
      const document = recordOf((await sendTo(stage, { method: 'GET', path: '/openapi.json' })).json());
      const routes = Object.keys(recordOf(document.paths)).map((path) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
      const samples = familiesOf(answer).flatMap((family) => family.samples);
      for (const { labels } of samples) {
        const route = labels.get('route') ?? 'unmatched';
        const method = labels.get('method') ?? 'other';
        expectTrue([...routes, 'unmatched'].includes(route), 'a route of the OpenAPI document', route, answer);
        expectTrue([...methods, 'other'].includes(method), 'a method of the API', method, answer);
      }
    },
  ),
  defineCase('metrics/tells-nothing', 'No namespace, key or value stands in GET /metrics', async (stage) => {
    const secret = `secret${stage.random.below(1_000_000_000)}`;
    const c = openCollection(stage);
    expectStatus(await c.send('PUT', secret, { body: `value-${secret}` }), 201);
    expectStatus(await c.send('GET', secret), 200);
    expectStatus(await c.send('GET', `${secret}-absent`), 404);
    const answer = await getMetrics(stage);
    const text = answer.body.toString('utf8');
    for (const word of [secret, stage.namespace]) {
      expectTrue(!text.includes(word), `nothing of ${word}`, 'it stands there', answer);
    }
  }),
  defineCase('metrics/methods', 'GET is the only method of /metrics', async (stage) => {
    for (const method of ['HEAD', 'POST', 'PUT', 'DELETE']) {
      const answer = expectStatus(await sendTo(stage, { method, path: '/metrics' }), 405);
      expectHeader(answer, 'allow', 'GET');
    }
  }),
  defineCase('metrics/query', 'GET /metrics takes no query parameter', async (stage) => {
    expectProblem(await sendTo(stage, { method: 'GET', path: '/metrics?name=x' }), 400, 'invalid_query');
  }),
  defineCase(
    'metrics/log-level',
    'The level of the log is told, changed and refused when it is none',
    async (stage) => {
      const path = '/debug/log-level';
      const put = (body: string) => sendTo(stage, { method: 'PUT', path, body });
      const told = expectStatus(await sendTo(stage, { method: 'GET', path }), 200);
      const level = String(recordOf(told.json()).level);
      // To what it is: the log of a server that is not ours stays as its owner wants it.
      expectTrue(
        recordOf(expectStatus(await put(JSON.stringify({ level })), 200).json()).level === level,
        level,
        'another',
      );
      for (const body of ['', '{}', '{"level":"loud"}', `{"level":"${level}","more":1}`, '["level"]', 'null']) {
        expectProblem(await put(body), 400, 'invalid_body');
      }
    },
  ),
];
