/** Sends removals to the end: a server takes as many steps as it likes. */

import { expectStatus, recordOf } from './check.ts';
import { sendTo } from './collection.ts';
import type { Stage } from './suite.ts';
import { CaseFailed } from './verdict.ts';

const maxRequests = 1_000;

/** Repeats a DELETE until it says that it is done; resolves with the number of records that it told. */
export async function removeAll(stage: Stage, path: string): Promise<number> {
  let deleted = 0;
  for (let requests = 0; requests < maxRequests; requests += 1) {
    const answer = expectStatus(await sendTo(stage, { method: 'DELETE', path }), 200);
    const body = recordOf(answer.json(), 'the body', answer);
    if (!Number.isSafeInteger(body.deleted) || typeof body.done !== 'boolean') {
      throw new CaseFailed('{deleted: number, done: boolean}', JSON.stringify(body), { exchange: answer.exchange });
    }
    deleted += Number(body.deleted);
    if (body.done) return deleted;
  }
  throw new CaseFailed('a removal that ends', `not done after ${maxRequests} requests`);
}

export const prefixPath = (c: { readonly path: string }, prefix: string): string =>
  `${c.path}?prefix=${encodeURIComponent(prefix)}`;
export const dropCollectionPath = (namespace: string, collection: string): string =>
  `/api/v1/namespaces/${namespace}/collections/${collection}?confirm=${collection}`;
export const dropNamespacePath = (namespace: string): string => `/api/v1/namespaces/${namespace}?confirm=${namespace}`;
