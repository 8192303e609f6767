/** JSON documents of one collection through the typed client: the few requests that every workflow is made of. */

import { etagOf, expectProblem, expectStatus } from '../check.ts';
import type { CollectionName } from '../collection.ts';
import type { Stage } from '../suite.ts';
import { type Api, jsonOf, openApi } from '../typed-client.ts';
import { CaseFailed } from '../verdict.ts';

export const valuePath = '/api/v1/kv/{namespace}/{collection}/{key}';
export const listPath = '/api/v1/kv/{namespace}/{collection}';

export interface Document {
  readonly etag: string;
  readonly json: unknown;
  readonly expiresAt: string | undefined;
}

export interface Until {
  readonly ttlMs?: number;
}

export interface Documents {
  readonly api: Api;
  readonly place: { readonly namespace: string; readonly collection: string };
  address(key: string): { readonly namespace: string; readonly collection: string; readonly key: string };
  /** Whatever is there; resolves with the entity tag. */
  write(key: string, json: unknown, until?: Until): Promise<string>;
  /** Only where nothing is; resolves with the entity tag, or with undefined when somebody was faster. */
  create(key: string, json: unknown, until?: Until): Promise<string | undefined>;
  /** Only what has this entity tag; resolves with the new one, or with undefined when it has another by now. */
  replace(key: string, json: unknown, etag: string): Promise<string | undefined>;
  read(key: string): Promise<Document | undefined>;
  /** Demands 204. */
  remove(key: string): Promise<void>;
  /** All pages of a listing, with the documents. */
  list(query?: ListQuery): Promise<readonly Listed[]>;
}

export interface ListQuery {
  readonly prefix?: string;
  readonly after?: string;
  readonly limit?: number;
  readonly filter?: string;
}

export interface Listed {
  readonly key: string;
  readonly json: unknown;
}

interface PageStart {
  readonly cursor?: string;
  readonly after?: string;
}

interface ListedPage {
  readonly items: readonly Listed[];
  readonly cursor: string | undefined;
}

export function openDocuments(stage: Stage, names: CollectionName & { readonly collection: string }): Documents {
  const api = openApi(stage);
  const place = { namespace: stage.namespace, ...names };
  const address = (key: string): ReturnType<Documents['address']> => ({ ...place, key });
  const pageFrom = async (start: PageStart, query: ListQuery): Promise<ListedPage> => {
    const answer = await api.send('get', listPath, { path: place, query: { ...query, ...start, values: true } });
    const { items, cursor } = jsonOf(answer, 200);
    return { items: items.map((item) => ({ key: item.key, json: 'json' in item ? item.json : undefined })), cursor };
  };
  return {
    api,
    place,
    address,
    async write(key, json, query = {}) {
      const answer = await api.send('put', valuePath, { path: address(key), query, json });
      if (answer.status !== 200) expectStatus(answer, 201);
      return etagOf(answer);
    },
    async create(key, json, query = {}) {
      const header = { 'if-none-match': '*' };
      const answer = await api.send('put', valuePath, { path: address(key), query, header, json });
      if (answer.status === 201) return etagOf(answer);
      expectProblem(answer, 412, 'precondition_failed');
      return undefined;
    },
    async replace(key, json, etag) {
      const answer = await api.send('put', valuePath, { path: address(key), header: { 'if-match': etag }, json });
      if (answer.status === 200) return etagOf(answer);
      expectProblem(answer, 412, 'precondition_failed');
      return undefined;
    },
    async read(key) {
      const answer = await api.send('get', valuePath, { path: address(key) });
      if (answer.status === 404) {
        expectProblem(answer, 404, 'key_not_found');
        return undefined;
      }
      const json = jsonOf(answer, 200);
      return { etag: etagOf(answer), json, expiresAt: answer.header('commander-expires-at') };
    },
    async remove(key) {
      expectStatus(await api.send('delete', valuePath, { path: address(key) }), 204);
    },
    async list(query = {}) {
      const { after, ...every } = query;
      const listed: Listed[] = [];
      let start: PageStart | undefined = after === undefined ? {} : { after };
      while (start !== undefined) {
        const page: ListedPage = await pageFrom(start, every);
        listed.push(...page.items);
        start = page.cursor === undefined ? undefined : { cursor: page.cursor };
      }
      return listed;
    },
  };
}

/** Fails the case where there is nothing. */
export function demand<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new CaseFailed(what, 'nothing');
  return found;
}
