/**
 * The names in a store that is ordered by `name/...`, found by skipping: each costs a few looks, however many records
 * it has.
 *
 * The order of the store is not that of the names. `-` and `.` come before the slash, so `a-b/` stands before `a/`,
 * though the name `a` comes before `a-b`: whatever the store shows first, a beginning of it that such a character
 * follows may be a name that comes before it.
 */

import type { NamesPage, NamesRequest } from './backend.ts';

/** Yields a place in the order of the store, and is told the first name at or after it. */
export type NameSearch<T> = Generator<string, T, string | undefined>;

/** A page of names. Once `enough` says so, it ends early; it holds at least one name all the same. */
export function* searchNames(request: NamesRequest, enough: () => boolean): NameSearch<NamesPage> {
  const names: string[] = [];
  let last = request.after;
  for (;;) {
    const name: string | undefined = yield* nextName(last);
    if (name === undefined) return { names, examinedTo: undefined };
    const full = names.length === request.limit || (names.length > 0 && enough());
    if (full) return { names, examinedTo: last };
    names.push(name);
    last = name;
  }
}

function* nextName(after: string | undefined): NameSearch<string | undefined> {
  let found = yield after === undefined ? '' : `${after}-`;
  // Its own records stand there, and those of names that it begins with.
  while (found !== undefined && after?.startsWith(found)) found = yield `${found}0`;
  // The server's own names begin with `_`, and '`' follows it.
  if (found?.startsWith('_')) found = yield '`';
  if (found === undefined) return undefined;
  for (const { index } of found.matchAll(/[-.]/g)) {
    const beginning = found.slice(0, index);
    // Names are ASCII, where the order of JavaScript is that of the bytes.
    const comesNext = after === undefined || beginning > after;
    if (comesNext && (yield `${beginning}/`) === beginning) return beginning;
  }
  return found;
}

/** Runs a search over a store that answers at once. */
export function runSearch<T>(search: NameSearch<T>, look: (from: string) => string | undefined): T {
  let step = search.next();
  while (step.done !== true) step = search.next(look(step.value));
  return step.value;
}

/** Runs a search over a store that is asked over the network. */
export async function awaitSearch<T>(
  search: NameSearch<T>,
  look: (from: string) => Promise<string | undefined>,
): Promise<T> {
  let step = search.next();
  while (step.done !== true) step = search.next(await look(step.value));
  return step.value;
}

/** The names after `request.after`, of all there are. */
export function pageOfNames(all: Iterable<string>, request: NamesRequest): NamesPage {
  const { after, limit } = request;
  const names = [...all].filter((name) => after === undefined || name > after).sort();
  const page = names.slice(0, limit);
  return { names: page, examinedTo: names.length > limit ? page.at(-1) : undefined };
}
