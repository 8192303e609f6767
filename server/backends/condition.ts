import type { Revision } from '../revision.ts';
import type { Condition, EtagList } from './backend.ts';

/**
 * Whether a condition holds for the live record's revision (undefined: absent), by RFC 9110 section 13.2.2:
 * If-Match first, then If-None-Match.
 */
export function holds(condition: Condition | undefined, current: Revision | undefined): boolean {
  if (condition === undefined) return true;
  if (condition.ifMatch !== undefined && !lists(condition.ifMatch, current)) return false;
  return condition.ifNoneMatch === undefined || !lists(condition.ifNoneMatch, current);
}

function lists(tags: EtagList, current: Revision | undefined): boolean {
  if (current === undefined) return false;
  return tags === '*' || tags.includes(current);
}
