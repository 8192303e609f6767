/** Reads the names that a server lists: of its namespaces, or of the collections of one. */

import type { Answer } from './answer.ts';
import { expectStatus, recordOf } from './check.ts';
import { sendTo } from './collection.ts';
import type { Stage } from './suite.ts';
import { CaseFailed } from './verdict.ts';

export interface NamesPage {
  readonly names: readonly string[];
  readonly cursor: string | undefined;
  readonly answer: Answer;
}

/** More pages than any server under test needs. */
const maxPages = 20_000;

export const namespacesPath = '/api/v1/namespaces';
export const collectionsPath = (namespace: string): string => `${namespacesPath}/${namespace}/collections`;

/** Demands 200 and the form of a page of names. */
export function namesPageOf(answer: Answer): NamesPage {
  const { items, cursor } = recordOf(expectStatus(answer, 200).json(), 'the page', answer);
  if (!Array.isArray(items) || (cursor !== undefined && (typeof cursor !== 'string' || cursor === ''))) {
    throw new CaseFailed('{items: [...], cursor?: text}', answer.body.toString().slice(0, 200), {
      exchange: answer.exchange,
    });
  }
  const names = items.map((item) => String(recordOf(item, 'an item', answer).name));
  return { names, cursor, answer };
}

export interface NamesWalk {
  readonly query?: string | undefined;
  /** Begins behind this name. */
  readonly after?: string | undefined;
  /** Ends the walk with the page whose last name it is true for. */
  readonly isBeyond?: (name: string) => boolean;
}

/** Follows the cursors to the end. */
export async function allNames(stage: Stage, path: string, walk: NamesWalk = {}): Promise<readonly string[]> {
  const names: string[] = [];
  let place = walk.after === undefined ? '' : `after=${walk.after}`;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const query = [walk.query ?? '', place].filter(Boolean).join('&');
    const page = namesPageOf(await sendTo(stage, { method: 'GET', path: `${path}?${query}` }));
    names.push(...page.names);
    const last = page.names.at(-1);
    if (page.cursor === undefined || (last !== undefined && walk.isBeyond?.(last))) return names;
    place = `cursor=${encodeURIComponent(page.cursor)}`;
  }
  throw new CaseFailed('a listing of names that ends', `a cursor still after ${maxPages} pages`);
}

/** The namespaces of the case: a server has others too, perhaps so many that a walk over all of them takes long. */
export async function ownNamespaces(stage: Stage, query?: string): Promise<readonly string[]> {
  const { namespace } = stage;
  const isOwn = (name: string): boolean => name.startsWith(namespace);
  // A name before all of them: one character less.
  const after = namespace.slice(0, -1);
  const names = await allNames(stage, namespacesPath, {
    query,
    after,
    isBeyond: (name) => !isOwn(name) && name > namespace,
  });
  return names.filter(isOwn);
}
