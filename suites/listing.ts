/** Reads listings: one page as it came, or all pages to the end. */

import type { Answer } from './answer.ts';
import { expectStatus, recordOf } from './check.ts';
import type { Collection } from './collection.ts';
import { CaseFailed } from './verdict.ts';

export interface ListedItem {
  readonly key: string;
  readonly etag: string;
  readonly contentType: string;
  readonly size: number;
  readonly expiresAt?: string;
  readonly json?: unknown;
  readonly text?: string;
  readonly base64?: string;
}

export interface ListedPage {
  readonly items: readonly ListedItem[];
  readonly cursor: string | undefined;
  readonly answer: Answer;
}

/** More pages than any case makes. */
const maxPages = 2_000;

const memberTypes: Readonly<Record<string, string>> = {
  key: 'string',
  etag: 'string',
  contentType: 'string',
  size: 'number',
};

/** Demands 200 and the form of a page. */
export function pageOf(answer: Answer): ListedPage {
  const body = recordOf(expectStatus(answer, 200).json(), 'the page', answer);
  const { items, cursor } = body;
  if (!Array.isArray(items) || (cursor !== undefined && (typeof cursor !== 'string' || cursor === ''))) {
    throw new CaseFailed('{items: [...], cursor?: text}', JSON.stringify(body).slice(0, 200), {
      exchange: answer.exchange,
    });
  }
  for (const item of items) {
    const members = recordOf(item, 'an item', answer);
    for (const [name, type] of Object.entries(memberTypes)) {
      if (typeof members[name] === type) continue;
      throw new CaseFailed(`an item with the ${type} ${name}`, JSON.stringify(item), { exchange: answer.exchange });
    }
  }
  return { items, cursor, answer };
}

/** Follows the cursors to the end, from `cursor` if there is one; `after` goes with the first page alone. */
export async function listAll(c: Collection, query = '', cursor?: string): Promise<readonly ListedItem[]> {
  const items: ListedItem[] = [];
  let next = cursor;
  for (let pages = 0; pages < maxPages; pages += 1) {
    const page = pageOf(await c.list(next === undefined ? query : withCursor(query, next)));
    items.push(...page.items);
    next = page.cursor;
    if (next === undefined) return items;
  }
  throw new CaseFailed('a listing that ends', `a cursor still after ${maxPages} pages`);
}

/** The keys alone, in the order of the listing. */
export async function listKeys(c: Collection, query?: string, cursor?: string): Promise<readonly string[]> {
  return (await listAll(c, query, cursor)).map(({ key }) => key);
}

function withCursor(query: string, cursor: string): string {
  const kept = query.split('&').filter((parameter) => parameter !== '' && !parameter.startsWith('after='));
  return [...kept, `cursor=${encodeURIComponent(cursor)}`].join('&');
}
