/** Entity tags and the preconditions of RFC 9110 sections 8.8.3 and 13.1. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Condition, EtagList } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { parseRevision, type Revision } from '../revision.ts';

export function etagOf(revision: Revision): string {
  return `"${revision}"`;
}

/** Undefined when neither header is there. Throws CommanderError `invalid_header`. */
export function parseCondition(headers: IncomingHttpHeaders): Condition | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return {
    ifMatch: ifMatch === undefined ? undefined : parseEtags('If-Match', ifMatch, { weakMatches: false }),
    ifNoneMatch:
      ifNoneMatch === undefined ? undefined : parseEtags('If-None-Match', ifNoneMatch, { weakMatches: true }),
  };
}

const etagPattern = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;

/** Tags that no record of ours can have are left out: they match nothing. */
function parseEtags(name: string, text: string, options: { readonly weakMatches: boolean }): EtagList {
  const trimmed = text.trim();
  if (trimmed === '*') return '*';
  const revisions: Revision[] = [];
  let tags = 0;
  for (const element of splitList(trimmed)) {
    if (element === '') continue;
    const match = etagPattern.exec(element);
    if (match === null) throw malformed(name);
    tags += 1;
    const revision = parseRevision(match[2] ?? '');
    if (revision !== undefined && (match[1] === undefined || options.weakMatches)) revisions.push(revision);
  }
  if (tags === 0) throw malformed(name);
  return revisions;
}

/** Splits at commas outside quotes: an opaque tag may hold a comma. */
function splitList(text: string): string[] {
  return (text.match(/(?:"[^"]*"|[^,"])+|(?<=,)(?=,)/g) ?? []).map((element) => element.trim());
}

function malformed(name: string): CommanderError {
  return new CommanderError('invalid_header', `${name} is * or a list of entity tags in double quotes.`);
}
