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
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  return ifMatch === undefined && ifNoneMatch === undefined ? undefined : conditionOf(ifMatch, ifNoneMatch);
}

/** The condition of the two headers' texts. Throws CommanderError `invalid_header`. */
export function conditionOf(ifMatch: string | undefined, ifNoneMatch: string | undefined): Condition | undefined {
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return {
    ifMatch: ifMatch === undefined ? undefined : parseEtags('If-Match', ifMatch, { weakMatches: false }),
    ifNoneMatch:
      ifNoneMatch === undefined ? undefined : parseEtags('If-None-Match', ifNoneMatch, { weakMatches: true }),
  };
}

/** One element of the list, with the comma or the end that follows it; an element may be empty. */
const elementPattern = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)/y;

/** Tags that no record of ours can have are left out: they match nothing. An opaque tag may hold a comma. */
function parseEtags(name: string, text: string, options: { readonly weakMatches: boolean }): EtagList {
  if (text.trim() === '*') return '*';
  const revisions: Revision[] = [];
  let tags = 0;
  elementPattern.lastIndex = 0;
  while (elementPattern.lastIndex < text.length) {
    const element = elementPattern.exec(text);
    if (element === null) throw malformed(name);
    const [, weak, tag] = element;
    if (tag === undefined) continue;
    tags += 1;
    const revision = parseRevision(tag);
    if (revision !== undefined && (weak === undefined || options.weakMatches)) revisions.push(revision);
  }
  if (tags === 0) throw malformed(name);
  return revisions;
}

function malformed(name: string): CommanderError {
  return new CommanderError('invalid_header', `${name} is * or a list of entity tags in double quotes.`);
}
