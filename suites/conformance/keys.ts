/** Keys: any well-formed UTF-8, decoded exactly once, never normalized. */

import { expectBody, expectEqual, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection, sendTo } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { listKeys, pageOf } from '../listing.ts';
import type { Case } from '../suite.ts';

const roundTrips: readonly {
  readonly id: string;
  readonly claim: string;
  readonly segment: string;
  readonly key: string;
}[] = [
  { id: 'slash', claim: 'A slash written %2F belongs to the key', segment: 'a%2Fb%2f%2Fc', key: 'a/b//c' },
  { id: 'question-mark', claim: 'A question mark written %3F belongs to the key', segment: 'a%3Fb', key: 'a?b' },
  { id: 'hash', claim: 'A number sign written %23 belongs to the key', segment: '%23', key: '#' },
  { id: 'percent', claim: 'A percent sign written %25 belongs to the key', segment: '100%25', key: '100%' },
  { id: 'decoded-once', claim: 'A key is decoded exactly once: %2525 is %25', segment: '%2525', key: '%25' },
  { id: 'encoded-slash-kept', claim: 'A key is decoded exactly once: %252F is %2F', segment: 'a%252Fb', key: 'a%2Fb' },
  { id: 'plus', claim: 'A plus sign is a plus sign, not a space', segment: 'a+b', key: 'a+b' },
  { id: 'space', claim: 'A space written %20 belongs to the key', segment: '%20a%20', key: ' a ' },
  { id: 'colon', claim: 'A colon needs no encoding', segment: 'urn:a::b', key: 'urn:a::b' },
  { id: 'lower-case-hex', claim: 'Percent-encoding in lower case is read alike', segment: '%c3%a9', key: 'é' },
  {
    id: 'sub-delimiters',
    claim: 'Reserved characters of a path need no encoding',
    segment: "!$&'()*,;=@~",
    key: "!$&'()*,;=@~",
  },
  { id: 'nul', claim: 'A NUL belongs to the key', segment: 'a%00b', key: 'a\u0000b' },
  { id: 'line-end', claim: 'A line end belongs to the key', segment: 'a%0D%0Ab', key: 'a\r\nb' },
  { id: 'backslash', claim: 'A backslash belongs to the key', segment: 'a%5C..%5Cb', key: 'a\\..\\b' },
  { id: 'emoji', claim: 'An emoji round-trips', segment: '%F0%9F%98%80', key: '\u{1F600}' },
  { id: 'last-bmp', claim: 'U+FFFF round-trips', segment: '%EF%BF%BF', key: '\uffff' },
  { id: 'last-unicode', claim: 'U+10FFFF round-trips', segment: '%F4%8F%BF%BF', key: '\u{10FFFF}' },
  { id: 'bom', claim: 'U+FEFF at the start of a key is kept', segment: '%EF%BB%BFa', key: '\ufeffa' },
  { id: 'right-to-left', claim: 'Right-to-left text round-trips', segment: '%D7%A9%D6%B0%D7%81', key: 'שְׁ' },
  {
    id: 'proto',
    claim: 'A key may be a word that means something to JavaScript',
    segment: '__proto__',
    key: '__proto__',
  },
  { id: 'route-word', claim: 'A key may be a word of the API’s own paths', segment: 'batch', key: 'batch' },
];

const refused: readonly {
  readonly id: string;
  readonly what: string;
  readonly segment: string;
  readonly code: string;
}[] = [
  { id: 'percent-alone', what: 'A percent sign alone', segment: 'a%', code: 'malformed_url' },
  { id: 'percent-short', what: 'A percent sign with one digit', segment: 'a%4', code: 'malformed_url' },
  { id: 'percent-letters', what: 'A percent sign with no digits', segment: '%zz', code: 'malformed_url' },
  { id: 'lone-surrogate', what: 'A lone surrogate', segment: '%ED%A0%80', code: 'malformed_url' },
  {
    id: 'surrogate-pair',
    what: 'A pair of surrogates encoded apart',
    segment: '%ED%A0%BD%ED%B8%80',
    code: 'malformed_url',
  },
  { id: 'overlong', what: 'An overlong encoding', segment: '%C0%AF', code: 'malformed_url' },
  { id: 'lone-continuation', what: 'A lone continuation byte', segment: '%80', code: 'malformed_url' },
  { id: 'cut-short', what: 'A character cut short', segment: '%E2%82', code: 'malformed_url' },
  { id: 'above-unicode', what: 'A code point above U+10FFFF', segment: '%F4%90%80%80', code: 'malformed_url' },
];

const refusedBase64url: readonly {
  readonly id: string;
  readonly what: string;
  readonly segment: string;
  readonly code: string;
}[] = [
  { id: 'padding', what: 'padding', segment: 'YQ==', code: 'invalid_key' },
  { id: 'plus', what: 'characters of plain base64', segment: 'YWF+', code: 'invalid_key' },
  { id: 'length', what: 'a length that no bytes have', segment: 'YWFhY', code: 'invalid_key' },
  { id: 'not-utf8', what: 'bytes that are not UTF-8', segment: '_w', code: 'invalid_key' },
];

const base64url = (key: string): string => Buffer.from(key).toString('base64url');

export const keyCases: readonly Case[] = [
  ...roundTrips.map(({ id, claim, segment, key }) =>
    defineCase(`keys/${id}`, claim, async (stage) => {
      const c = openCollection(stage);
      const path = `${c.path}/${segment}`;
      expectStatus(await sendTo(stage, { method: 'PUT', path, body: id }), 201);
      expectBody(expectStatus(await sendTo(stage, { method: 'GET', path }), 200), id);
      expectBody(expectStatus(await c.send('GET', key), 200), id);
      expectEqual('keys', await listKeys(c), [key]);
      expectStatus(await sendTo(stage, { method: 'DELETE', path }), 204);
    }),
  ),
  defineCase('keys/ascii', 'Each of the 128 ASCII characters is a key of its own', async (stage) => {
    const c = openCollection(stage);
    // The dots alone would be a path segment that URL parsers remove; keys/dot is about those.
    const keys = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((key) => key !== '.');
    for (const key of keys) expectStatus(await c.put(key, `value of ${key}`), 201);
    for (const key of keys) expectBody(expectStatus(await c.get(key), 200), `value of ${key}`);
    expectEqual('keys', await listKeys(c), keys);
  }),
  defineCase('keys/not-normalized', 'Composed and decomposed forms of a character are two keys', async (stage) => {
    const c = openCollection(stage);
    await c.store('\u00e9', 'composed');
    expectStatus(await c.get('e\u0301'), 404, 'key_not_found');
    expectStatus(await c.put('e\u0301', 'decomposed'), 201);
    expectBody(expectStatus(await c.get('\u00e9'), 200), 'composed');
    expectBody(expectStatus(await c.get('e\u0301'), 200), 'decomposed');
  }),
  defineCase('keys/case', 'Upper and lower case are two keys', async (stage) => {
    const c = openCollection(stage);
    await c.store('Key', 'upper');
    expectStatus(await c.get('key'), 404, 'key_not_found');
    expectStatus(await c.put('key', 'lower'), 201);
    expectBody(expectStatus(await c.get('Key'), 200), 'upper');
  }),
  defineCase(
    'keys/trailing-space',
    'A key with and without a trailing space or NUL are different keys',
    async (stage) => {
      const c = openCollection(stage);
      for (const key of ['a', 'a ', 'a\u0000', 'a\u0000\u0000'])
        expectStatus(await c.put(key, JSON.stringify(key)), 201);
      for (const key of ['a', 'a ', 'a\u0000', 'a\u0000\u0000']) {
        expectBody(expectStatus(await c.get(key), 200), JSON.stringify(key));
      }
    },
  ),
  ...refused.map(({ id, what, segment, code }) =>
    defineCase(`keys/refused-${id}`, `${what} in the path is 400 ${code}`, async (stage) => {
      const path = `${openCollection(stage).path}/${segment}`;
      expectProblem(await sendTo(stage, { method: 'PUT', path, body: 'v' }), 400, code);
      expectProblem(await sendTo(stage, { method: 'GET', path }), 400, code);
    }),
  ),
  ...['GET', 'PUT', 'DELETE'].map((method) =>
    defineCase(`keys/empty-${method.toLowerCase()}`, `${method} of an empty key is 400 invalid_key`, async (stage) => {
      const path = `${openCollection(stage).path}/`;
      expectProblem(
        await sendTo(stage, { method, path, ...(method === 'PUT' ? { body: 'v' } : {}) }),
        400,
        'invalid_key',
      );
    }),
  ),
  ...['GET', 'PUT', 'DELETE'].map((method) =>
    defineCase(
      `keys/extra-segment-${method.toLowerCase()}`,
      `${method} with a segment after the key is 404 route_not_found`,
      async (stage) => {
        const c = openCollection(stage);
        await c.store('a', 'v');
        const path = `${c.path}/a/b`;
        const answer = await sendTo(stage, { method, path, ...(method === 'PUT' ? { body: 'v' } : {}) });
        expectProblem(answer, 404, 'route_not_found');
      },
    ),
  ),
  ...['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE'].map((method) =>
    defineCase(
      `keys/too-long-${method.toLowerCase()}`,
      `${method} of a key one byte above the limit is 400`,
      async (stage) => {
        const c = openCollection(stage);
        const key = 'k'.repeat(stage.capabilities.limits.keyBytes + 1);
        const query = method === 'PATCH' ? 'ttlMs=60000' : undefined;
        const answer = await c.send(method, key, { query, body: method === 'PUT' ? 'v' : undefined });
        if (method === 'HEAD') expectStatus(answer, 400);
        else expectProblem(answer, 400, 'invalid_key');
      },
    ),
  ),
  ...['.', '..'].map((key) =>
    defineCase(
      `keys/${key === '.' ? 'dot' : 'dot-dot'}`,
      `keyEncoding=base64url reaches the key of ${key === '.' ? 'one dot' : 'two dots'}`,
      async (stage) => {
        const c = openCollection(stage);
        const path = `${c.path}/${base64url(key)}?keyEncoding=base64url`;
        expectStatus(await sendTo(stage, { method: 'PUT', path, body: 'dots' }), 201);
        expectBody(expectStatus(await sendTo(stage, { method: 'GET', path }), 200), 'dots');
        expectEqual(
          'keys',
          pageOf(await c.list()).items.map((item) => item.key),
          [key],
        );
        expectStatus(await sendTo(stage, { method: 'DELETE', path }), 204);
      },
    ),
  ),
  defineCase(
    'keys/base64url',
    'keyEncoding=base64url names the same key as percent-encoding, on every method',
    async (stage) => {
      const c = openCollection(stage);
      const key = 'päth/?%\u{1F600}>>>';
      const send = (method: string, query = '', body?: string) =>
        sendTo(stage, { method, path: `${c.path}/${base64url(key)}?keyEncoding=base64url${query}`, body });
      expectStatus(await send('PUT', '', 'v'), 201);
      expectBody(expectStatus(await c.get(key), 200), 'v');
      expectStatus(await send('HEAD'), 200);
      expectStatus(await send('POST', '&ttlMs=60000', 'w'), 200);
      expectStatus(await send('PATCH', '&persist=true'), 200);
      expectHeader(expectStatus(await c.get(key), 200), 'commander-expires-at', undefined);
      expectStatus(await send('DELETE'), 204);
      expectStatus(await c.get(key), 404, 'key_not_found');
    },
  ),
  defineCase(
    'keys/base64url-not-guessed',
    'Without keyEncoding a key that looks like base64url is itself',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('YQ', 'itself');
      expectStatus(await c.get('a'), 404, 'key_not_found');
      expectBody(expectStatus(await c.get('YQ'), 200), 'itself');
      expectStatus(await c.get('YQ', { query: 'keyEncoding=base64url' }), 404, 'key_not_found');
    },
  ),
  defineCase(
    'keys/base64url-too-long',
    'The limit of a key in base64url counts its bytes, not its characters',
    async (stage) => {
      const c = openCollection(stage);
      const limit = stage.capabilities.limits.keyBytes;
      const put = (key: string) =>
        sendTo(stage, { method: 'PUT', path: `${c.path}/${base64url(key)}?keyEncoding=base64url`, body: 'v' });
      expectStatus(await put('k'.repeat(limit)), 201);
      expectProblem(await put('k'.repeat(limit + 1)), 400, 'invalid_key');
    },
  ),
  ...refusedBase64url.map(({ id, what, segment, code }) =>
    defineCase(`keys/base64url-refused-${id}`, `A base64url key with ${what} is 400 ${code}`, async (stage) => {
      const path = `${openCollection(stage).path}/${segment}?keyEncoding=base64url`;
      expectProblem(await sendTo(stage, { method: 'PUT', path, body: 'v' }), 400, code);
    }),
  ),
  defineCase('keys/encoding-unknown', 'A keyEncoding other than base64url is 400 invalid_query', async (stage) => {
    const c = openCollection(stage);
    for (const name of ['base64', 'BASE64URL', 'utf8', '']) {
      expectProblem(await c.put('YQ', 'v', { query: `keyEncoding=${name}` }), 400, 'invalid_query');
    }
  }),
];
