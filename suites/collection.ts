/** One collection of the server under test, as cases speak of it. */

import type { Answer } from './answer.ts';
import { etagOf, expectStatus } from './check.ts';
import type { RequestSpec } from './client.ts';
import { NoAnswer, verdictOf } from './no-answer.ts';
import type { Stage } from './suite.ts';

export interface KeyRequest {
  /** Without the question mark, exactly as it goes on the wire. */
  readonly query?: string | undefined;
  readonly headers?: RequestSpec['headers'];
  readonly body?: RequestSpec['body'];
}

export interface Collection {
  readonly namespace: string;
  readonly name: string;
  /** `/api/v1/kv/{namespace}/{collection}` */
  readonly path: string;
  /** The path of a key, percent-encoded. */
  pathOf(key: string): string;
  send(method: string, key: string, request?: KeyRequest): Promise<Answer>;
  get(key: string, request?: KeyRequest): Promise<Answer>;
  head(key: string, request?: KeyRequest): Promise<Answer>;
  put(key: string, body: Buffer | string, request?: KeyRequest): Promise<Answer>;
  patch(key: string, query: string, request?: KeyRequest): Promise<Answer>;
  delete(key: string, request?: KeyRequest): Promise<Answer>;
  list(query?: string): Promise<Answer>;
  /** Writes, demands 200 or 201, and resolves with the ETag. */
  store(key: string, body: Buffer | string, request?: KeyRequest): Promise<string>;
}

export interface CollectionName {
  readonly namespace?: string;
  readonly collection?: string;
}

/** Collection `c` of the case's own namespace, unless named otherwise. */
export function openCollection(stage: Stage, names: CollectionName = {}): Collection {
  const namespace = names.namespace ?? stage.namespace;
  const name = names.collection ?? 'c';
  const path = `/api/v1/kv/${namespace}/${name}`;
  const pathOf = (key: string): string => `${path}/${encodeURIComponent(key)}`;
  const send: Collection['send'] = (method, key, { query, ...rest } = {}) =>
    sendTo(stage, { method, path: query === undefined ? pathOf(key) : `${pathOf(key)}?${query}`, ...rest });
  return {
    namespace,
    name,
    path,
    pathOf,
    send,
    get: (key, request) => send('GET', key, request),
    head: (key, request) => send('HEAD', key, request),
    put: (key, body, request) => send('PUT', key, { ...request, body }),
    patch: (key, query, request) => send('PATCH', key, { ...request, query }),
    delete: (key, request) => send('DELETE', key, request),
    async store(key, body, request) {
      const answer = await send('PUT', key, { ...request, body });
      if (answer.status !== 200) expectStatus(answer, 201);
      return etagOf(answer);
    },
    list: (query) =>
      sendTo(stage, { method: 'GET', path: query === undefined || query === '' ? path : `${path}?${query}` }),
  };
}

/** Sends a request that the server owes an answer; without one it throws a verdict. */
export async function sendTo(stage: Stage, spec: RequestSpec): Promise<Answer> {
  try {
    return await stage.client.request(spec);
  } catch (error) {
    throw error instanceof NoAnswer ? verdictOf(error, `${spec.method} ${spec.path.slice(0, 200)}`) : error;
  }
}
