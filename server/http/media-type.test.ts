import { expect, test } from 'vitest';
import { codeOf } from '../test-support/code-of.ts';
import { checkMediaType, defaultMediaType } from './media-type.ts';

test('a value without a media type is application/octet-stream', () => {
  expect(checkMediaType(undefined)).toBe(defaultMediaType);
});

const accepted = [
  'text/plain',
  'TEXT/Plain',
  'text/plain;charset=utf-8',
  'text/plain; charset="utf-8"',
  'text/plain ;\tcharset=utf-8 ; format=flowed',
  'text/plain; title="a \\" quote; and, a comma"',
  'text/plain; empty=""',
  'text/plain;',
  'text/plain;;a=b',
  "application/vnd.a+json; x=!#$%&'*+.^_`|~9",
  `a/${'b'.repeat(253)}`,
];

test.each(accepted)('%j is a media type and comes back as it came', (contentType) => {
  expect(checkMediaType(contentType)).toBe(contentType);
});

const refused = [
  '',
  'text',
  'text/',
  '/plain',
  'text/plain/more',
  'text plain',
  'text/plain, text/html',
  'text/plain; charset',
  'text/plain; charset=',
  'text/plain; =utf-8',
  'text/plain; charset="utf-8',
  'text/plain; a=b c',
  'text/plain\r\nX: y',
  'text/plain; a="\u0000"',
  'text/plän',
  'text/plain; a="é"',
  `a/${'b'.repeat(254)}`,
];

test.each(refused)('%j is no media type', (contentType) => {
  expect(codeOf(() => checkMediaType(contentType))).toBe('unsupported_content');
});

// With nested repetition a refusal of these takes 3^80 steps: the test ends in time or not at all.
test.each([';  ', ' ;  ', '; \t', ';\t\t\t'])('the refusal of many separators %j takes no time', (separator) => {
  const repeats = Math.floor(250 / separator.length);
  expect(codeOf(() => checkMediaType(`a/b${separator.repeat(repeats)}!`))).toBe('unsupported_content');
});
