import { expect, test } from 'vitest';
import type { Revision } from '../revision.ts';
import type { EtagList } from './backend.ts';
import { holds } from './condition.ts';

const current = 'a'.repeat(32) as Revision;
const other = 'b'.repeat(32) as Revision;

test('no condition always holds', () => {
  expect([holds(undefined, undefined), holds(undefined, current)]).toEqual([true, true]);
});

const lists: readonly (EtagList | undefined)[] = [undefined, '*', [], [current], [other], [other, current]];

/** For each list of `lists`: does If-Match alone pass a present record? An absent one passes none but `undefined`. */
const matchesPresent = [true, true, false, true, false, true];

// The whole table of RFC 9110 section 13.2.2: 6 lists x 6 lists x present or absent.
for (const [i, ifMatch] of lists.entries()) {
  for (const [j, ifNoneMatch] of lists.entries()) {
    const passesMatch = matchesPresent[i] === true;
    const passesNoneMatch = ifNoneMatch === undefined || matchesPresent[j] === false;
    test(`If-Match ${name(ifMatch)} and If-None-Match ${name(ifNoneMatch)}`, () => {
      expect(holds({ ifMatch, ifNoneMatch }, current)).toBe(passesMatch && passesNoneMatch);
      expect(holds({ ifMatch, ifNoneMatch }, undefined)).toBe(ifMatch === undefined);
    });
  }
}

function name(list: EtagList | undefined): string {
  if (list === undefined || list === '*') return list ?? 'absent';
  return `[${list.map((tag) => (tag === current ? 'current' : 'other')).join(', ')}]`;
}
