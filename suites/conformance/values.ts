/** A value is opaque bytes: what is read is what was written. */

import { expectBody, expectHeader, expectProblem, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { sendRaw } from '../raw-request.ts';
import type { Case } from '../suite.ts';

interface ValueExample {
  readonly id: string;
  readonly claim: string;
  readonly value: Buffer;
  readonly contentType?: string;
}

const examples: readonly ValueExample[] = [
  {
    id: 'all-bytes',
    claim: 'A value of all 256 bytes comes back byte for byte',
    value: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  },
  { id: 'empty', claim: 'An empty value is stored and read as zero bytes', value: Buffer.alloc(0) },
  { id: 'nul', claim: 'A value of NUL bytes keeps its length', value: Buffer.alloc(17) },
  {
    id: 'not-utf8',
    claim: 'A value that is not UTF-8 comes back unchanged, even as text/plain',
    value: Buffer.from([0xff, 0xfe, 0xc0, 0xaf, 0xed, 0xa0, 0x80]),
    contentType: 'text/plain; charset=utf-8',
  },
  {
    id: 'bom',
    claim: 'A byte order mark at the start of a value is kept',
    value: Buffer.from('\ufefftext'),
    contentType: 'text/plain',
  },
  { id: 'line-ends', claim: 'Line ends in a value are kept as they are', value: Buffer.from('a\r\nb\nc\rd\r\n\r\n') },
  {
    id: 'json-spelling',
    claim: 'JSON is not parsed and written anew: spaces, 1.0 and numbers beyond 2^53 stay',
    value: Buffer.from(' {"b":1.0, "a":9007199254740993,"a":1e400}\n'),
    contentType: 'application/json',
  },
  {
    id: 'json-invalid',
    claim: 'A body that is not JSON is stored under application/json all the same',
    value: Buffer.from('{"open": '),
    contentType: 'application/json',
  },
  {
    id: 'json-empty',
    claim: 'An empty body is stored under application/json all the same',
    value: Buffer.alloc(0),
    contentType: 'application/json',
  },
  {
    id: 'json-proto',
    claim: 'A JSON value with __proto__ and constructor members is stored as any other',
    value: Buffer.from('{"__proto__":{"a":1},"constructor":{"prototype":null}}'),
    contentType: 'application/json',
  },
  {
    id: 'form',
    claim: 'A form body is stored as it was sent',
    value: Buffer.from('a=1&b=%20+&c'),
    contentType: 'application/x-www-form-urlencoded',
  },
  {
    id: 'multipart',
    claim: 'A multipart body is stored as it was sent',
    value: Buffer.from('--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'),
    contentType: 'multipart/form-data; boundary=x',
  },
  {
    id: 'deflated',
    claim: 'Compressed bytes are stored as they were sent',
    value: Buffer.from('H4sIAAAAAAAAA0vMS1dISSxJBACFEUoNCgAAAA==', 'base64'),
    contentType: 'application/gzip',
  },
];

export const valueCases: readonly Case[] = [
  ...examples.map(({ id, claim, value, contentType = 'application/octet-stream' }) =>
    defineCase(`values/${id}`, claim, async (stage) => {
      const c = openCollection(stage);
      expectStatus(await c.put('k', value, { headers: { 'Content-Type': contentType } }), 201);
      const read = expectStatus(await c.get('k'), 200);
      expectBody(read, value);
      expectHeader(read, 'content-length', String(value.length));
      expectHeader(read, 'content-type', contentType);
    }),
  ),
  defineCase('values/short-lengths', 'Values of 0 to 8 bytes keep their length', async (stage) => {
    const c = openCollection(stage);
    for (let length = 0; length <= 8; length += 1) {
      const value = stage.random.bytes(length);
      await c.store('k', value);
      expectBody(expectStatus(await c.get('k'), 200), value);
    }
  }),
  defineCase('values/chunked', 'A body sent in chunks is stored without the chunks’ framing', async (stage) => {
    const c = openCollection(stage);
    const request = { headers: { 'Transfer-Encoding': 'chunked' } };
    expectStatus(await c.put('k', 'sent in chunks', request), 201);
    expectBody(expectStatus(await c.get('k'), 200), 'sent in chunks');
  }),
  defineCase('values/range-ignored', 'Range is ignored: the whole value comes with 200', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', '0123456789');
    const answer = expectStatus(await c.get('k', { headers: { Range: 'bytes=2-4' } }), 200);
    expectBody(answer, '0123456789');
    expectHeader(answer, 'content-range', undefined);
  }),
  defineCase(
    'values/never-compressed',
    'A value is never compressed on its way, whatever the client accepts',
    async (stage) => {
      const c = openCollection(stage);
      const value = 'a'.repeat(20_000);
      await c.store('k', value, { headers: { 'Content-Type': 'text/plain' } });
      const answer = expectStatus(await c.get('k', { headers: { 'Accept-Encoding': 'gzip, br' } }), 200);
      expectHeader(answer, 'content-encoding', undefined);
      expectBody(answer, value);
    },
  ),
  defineCase(
    'values/any-accept',
    'Accept does not matter: a value has the one media type it was stored with',
    async (stage) => {
      const c = openCollection(stage);
      await c.store('k', 'v', { headers: { 'Content-Type': 'text/plain' } });
      const answer = expectStatus(await c.get('k', { headers: { Accept: 'application/json' } }), 200);
      expectHeader(answer, 'content-type', 'text/plain');
    },
  ),
  defineCase('values/too-large', 'A value one byte above the limit is 413 and is not stored', async (stage) => {
    const c = openCollection(stage);
    const length = `Content-Length: ${stage.capabilities.limits.valueBytes + 1}`;
    const answer = await sendRaw(stage, `PUT ${c.pathOf('k')} HTTP/1.1`, { headers: [length] });
    expectProblem(answer, 413, 'value_too_large');
    expectStatus(await c.get('k'), 404, 'key_not_found');
  }),
];
