/** A page of a listing through a filter: pages of the store, until enough match or enough was looked at. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Backend, Call, ListItem, ListPage, ListRequest } from '../backends/backend.ts';
import { maxExaminedPerPage, maxFilteredPageMs, maxListValueBytes } from '../backends/limits.ts';
import type { Filter } from './filter.ts';

/** Items asked for at once grow while few of them match, so that a page takes few round trips. */
const minReadAtOnce = 20;
const maxReadAtOnce = 1_000;

export interface FilteredRequest extends ListRequest {
  readonly filter: Filter;
}

export async function listFiltered(backend: Backend, request: FilteredRequest, newCall: () => Call): Promise<ListPage> {
  const items: ListItem[] = [];
  let examinedTo: string | undefined;
  for await (const page of readPages(backend, request, newCall)) {
    const matching = page.items.filter((item) => passes(item, request.filter));
    const taken = matching.slice(0, request.limit - items.length);
    items.push(...(request.withValues ? taken : taken.map(withoutValue)));
    if (items.length < request.limit) {
      examinedTo = page.examinedTo;
      continue;
    }
    const last = taken.at(-1);
    const more = page.examinedTo !== undefined || last !== page.items.at(-1);
    return { items, examinedTo: more ? last?.key : undefined };
  }
  return { items, examinedTo };
}

/** Pages of the store, one after the other, up to the bounds of one page of the filtered listing. */
async function* readPages(
  backend: Backend,
  request: ListRequest,
  newCall: () => Call,
): AsyncGenerator<ListPage, undefined> {
  const started = performance.now();
  let { after } = request;
  let limit = Math.max(request.limit, minReadAtOnce);
  let examined = 0;
  let valueBytes = 0;
  for (;;) {
    const page = await backend.list({ ...request, after, limit, withValues: true }, newCall());
    yield page;
    // A page that is not full has met a bound of the store: it has looked at enough for one request.
    if (page.examinedTo === undefined || page.items.length < limit) return;
    after = page.examinedTo;
    examined += page.items.length;
    for (const item of page.items) valueBytes += 'damaged' in item ? 0 : item.size;
    if (examined >= maxExaminedPerPage || valueBytes >= maxListValueBytes) return;
    // Each page of a slow store has a deadline of its own; the client waits for all of them.
    if (performance.now() - started >= maxFilteredPageMs) return;
    limit = Math.min(limit * 2, maxReadAtOnce, maxExaminedPerPage - examined);
    // An embedded store answers at once, and parsing takes time: others have their turn in between.
    await nextTurn();
  }
}

/** What is damaged is told, not dropped: nobody can say whether it would match. */
function passes(item: ListItem, filter: Filter): boolean {
  return 'damaged' in item || (item.value !== undefined && filter.matches(item.value, item.contentType));
}

function withoutValue(item: ListItem): ListItem {
  return 'damaged' in item ? item : { ...item, value: undefined };
}
