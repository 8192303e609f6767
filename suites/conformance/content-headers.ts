/** Media types are kept verbatim; what says that a body is not the value itself is refused. */

import { expectBody, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { sendRaw } from '../raw-request.ts';
import type { Case } from '../suite.ts';

const maxMediaTypeLength = 255;
const longest = `text/plain; x="${'a'.repeat(maxMediaTypeLength - 16)}"`;

const keptMediaTypes: readonly { readonly id: string; readonly type: string }[] = [
  { id: 'upper-case', type: 'Application/JSON' },
  { id: 'no-space', type: 'text/plain;charset=UTF-8' },
  { id: 'two-spaces', type: 'text/plain;  charset=utf-8' },
  { id: 'quoted', type: 'text/plain; charset="utf-8"; title="a; b, \\"c\\""' },
  { id: 'suffix', type: 'application/vnd.example+json; version=1' },
  { id: 'token-characters', type: "x-a!#$&-^_.+/y*'`|~%" },
  { id: 'longest', type: longest },
];

const refusedMediaTypes: readonly { readonly id: string; readonly what: string; readonly type: string }[] = [
  { id: 'no-slash', what: 'without a slash', type: 'text' },
  { id: 'no-type', what: 'without a type', type: '/plain' },
  { id: 'no-subtype', what: 'without a subtype', type: 'text/' },
  { id: 'two-slashes', what: 'with two slashes', type: 'text/plain/x' },
  { id: 'space', what: 'with a space before the slash', type: 'text /plain' },
  { id: 'two-types', what: 'with two types', type: 'text/plain, text/html' },
  { id: 'bare-parameter', what: 'with a parameter without a value', type: 'text/plain; charset' },
  { id: 'open-quote', what: 'with a quote left open', type: 'text/plain; charset="utf-8' },
  { id: 'latin1', what: 'with a character outside of ASCII', type: 'text/plain; title="\u00e9"' },
  { id: 'too-long', what: 'of 256 characters', type: longest.replace('a"', 'aa"') },
];

const refusedHeaders: readonly {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly status: number;
  readonly code: string;
}[] = [
  { id: 'encoding-gzip', name: 'Content-Encoding', value: 'gzip', status: 415, code: 'unsupported_content' },
  { id: 'encoding-identity', name: 'Content-Encoding', value: 'identity', status: 415, code: 'unsupported_content' },
  { id: 'range', name: 'Content-Range', value: 'bytes 0-4/10', status: 400, code: 'invalid_header' },
];

export const contentHeaderCases: readonly Case[] = [
  ...keptMediaTypes.map(({ id, type }) =>
    defineCase(`content/type-${id}`, `The media type ${shorten(type)} is returned verbatim`, async (stage) => {
      const c = openCollection(stage);
      expectStatus(await c.put('k', 'v', { headers: { 'Content-Type': type } }), 201);
      expectHeader(expectStatus(await c.get('k'), 200), 'content-type', type);
      expectHeader(expectStatus(await c.head('k'), 200), 'content-type', type);
    }),
  ),
  ...['PUT', 'POST'].map((method) =>
    defineCase(
      `content/type-missing-${method.toLowerCase()}`,
      `A value written by ${method} without a media type is application/octet-stream`,
      async (stage) => {
        const c = openCollection(stage);
        expectStatus(await c.send(method, 'k', { body: '{"looks":"like JSON"}' }), 201);
        expectHeader(expectStatus(await c.get('k'), 200), 'content-type', 'application/octet-stream');
      },
    ),
  ),
  defineCase(
    'content/type-not-inherited',
    'An overwrite without a media type does not keep the old one',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v', { headers: { 'Content-Type': 'image/png' } });
      await c.store('k', 'w');
      expectHeader(expectStatus(await c.get('k'), 200), 'content-type', 'application/octet-stream');
    },
  ),
  ...refusedMediaTypes.map(({ id, what, type }) =>
    defineCase(`content/type-refused-${id}`, `A media type ${what} is 415 and stores nothing`, async (stage) => {
      const c = openCollection(stage);
      const answer = await c.put('k', 'v', { headers: { 'Content-Type': type } });
      expectProblem(answer, 415, 'unsupported_content');
      expectStatus(await c.get('k'), 404, 'key_not_found');
    }),
  ),
  ...refusedHeaders.flatMap(({ id, name, value, status, code }) =>
    ['PUT', 'POST'].map((method) =>
      defineCase(
        `content/${id}-${method.toLowerCase()}`,
        `${method} with ${name}: ${value} is ${status} and leaves the old value`,
        async (stage) => {
          const c = openCollection(stage);
          const etag = await c.store('k', 'old');
          expectProblem(await c.send(method, 'k', { body: 'new', headers: { [name]: value } }), status, code);
          const read = expectStatus(await c.get('k'), 200);
          expectBody(read, 'old');
          expectHeader(read, 'etag', etag);
        },
      ),
    ),
  ),
  defineCase('content/expect-other', 'An Expect other than 100-continue is 417 and stores nothing', async (stage) => {
    const c = openCollection(stage);
    const headers = ['Expect: something-else', 'Content-Length: 1'];
    const answer = await sendRaw(stage, `PUT ${c.pathOf('k')} HTTP/1.1`, { headers, body: 'v' });
    expectProblem(answer, 417, 'expectation_failed');
    expectStatus(await c.get('k'), 404, 'key_not_found');
  }),
  defineCase('content/nosniff', 'A value comes with nosniff, a sandbox policy and no-cache', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', '<script>alert(1)</script>', { headers: { 'Content-Type': 'text/html' } });
    for (const answer of [await c.get('k'), await c.head('k')]) {
      expectStatus(answer, 200);
      expectHeader(answer, 'x-content-type-options', 'nosniff');
      expectHeader(answer, 'content-security-policy', /(^|;)\s*sandbox\s*(;|$)/);
      expectHeader(answer, 'cache-control', 'no-cache');
    }
  }),
];

function shorten(type: string): string {
  return type.length > 60 ? `of ${type.length} characters` : type;
}
