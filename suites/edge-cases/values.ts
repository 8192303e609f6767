/** Values from nothing to the limit and past it, whole or not at all. */

import { expectBody, expectEqual, expectHeader, expectProblem, expectStatus, expectTrue } from '../check.ts';
import { openCollection } from '../collection.ts';
import { type CaseOptions, defineCase } from '../define-case.ts';
import { listAll } from '../listing.ts';
import { sendRaw } from '../raw-request.ts';
import type { Case, Stage } from '../suite.ts';
import { expandBytes } from '../unique-value.ts';
import { CaseInconclusive } from '../verdict.ts';

const megabyte = 1_000_000;

/** Sizes around which stores change how they keep a value: pages, chunks, 16-bit lengths. */
const awkwardSizes = [
  1, 2, 7, 8, 9, 255, 256, 257, 1_023, 1_024, 1_025, 4_055, 4_056, 4_057, 4_095, 4_096, 4_097, 16_383, 16_384, 65_495,
  65_496, 65_535, 65_536, 65_537, 262_143, 262_144, 262_145, 524_287, 524_288, 524_289,
];

/** A server of its own, so that its memory is of this case alone. */
const large: CaseOptions = { isolation: 'server', requires: ['server'], timeoutMs: 60_000, costMs: 1_200 };
/** As far as a target allows; the memory told is then of all that run beside. */
const atLimit: CaseOptions = { timeoutMs: 60_000, costMs: 1_500 };

function noteMemory(stage: Stage): void {
  if (stage.server === undefined) return;
  stage.note.measurement({ name: 'server peak RSS', unit: 'bytes', value: stage.server.peakRssBytes() });
}

/** The target's limit, unless it is larger than a case can hold. */
function limitOf(stage: Stage): number {
  const { valueBytes } = stage.capabilities.limits;
  if (valueBytes <= 128 * megabyte) return valueBytes;
  throw new CaseInconclusive(
    'limit_too_large',
    `the value limit is ${valueBytes} bytes; start it with --max-value-bytes 16000000`,
  );
}

const chunked = { headers: { 'Transfer-Encoding': 'chunked' } };

/** Writes a value of this size and demands it back by GET, HEAD and the listing. */
async function storeAndRead(
  stage: Stage,
  size: number,
  request: Parameters<ReturnType<typeof openCollection>['put']>[2] = {},
): Promise<void> {
  if (size > stage.capabilities.limits.valueBytes) {
    throw new CaseInconclusive('limit_too_small', `the value limit is ${stage.capabilities.limits.valueBytes} bytes`);
  }
  const c = openCollection(stage);
  const value = expandBytes(`${stage.seed}`, size);
  expectStatus(await c.put('k', value, request), 201);
  const read = expectStatus(await c.get('k'), 200);
  expectHeader(read, 'content-length', String(size));
  expectBody(read, value);
  expectHeader(expectStatus(await c.head('k'), 200), 'content-length', String(size));
  expectEqual(
    'the sizes in the listing',
    (await listAll(c)).map((item) => item.size),
    [size],
  );
  noteMemory(stage);
}

export const valueEdgeCases: readonly Case[] = [
  defineCase('values/0-bytes', 'A value of 0 bytes is a value: stored, read, listed, deleted', async (stage) => {
    const c = openCollection(stage);
    await storeAndRead(stage, 0);
    expectStatus(await c.put('k', '', { headers: { 'If-None-Match': '*' } }), 412, 'precondition_failed');
    expectStatus(await c.delete('k'), 204);
  }),
  defineCase('values/0-bytes-over-large', 'A value of 0 bytes replaces one of 100,000', async (stage) => {
    const c = openCollection(stage);
    await c.store('k', Buffer.alloc(100_000, 'x'));
    expectStatus(await c.put('k', ''), 200);
    expectBody(expectStatus(await c.get('k'), 200), '');
  }),
  defineCase(
    'values/awkward-sizes',
    'Values of every size at which stores change their ways come back whole',
    async (stage) => {
      const c = openCollection(stage);
      const sizes = awkwardSizes.filter((size) => size <= stage.capabilities.limits.valueBytes);
      for (const size of sizes) await c.store(`k${size}`, expandBytes(`${size}`, size));
      for (const size of sizes) expectBody(expectStatus(await c.get(`k${size}`), 200), expandBytes(`${size}`, size));
    },
    { costMs: 400 },
  ),
  defineCase(
    'values/grow-and-shrink',
    'A value that grows and shrinks across every border never keeps a tail of the one before',
    async (stage) => {
      const c = openCollection(stage);
      for (const size of [10, 70_000, 3, 600_000, 65_537, 65_536, 262_145, 0, 524_289, 1]) {
        const value = expandBytes(`${size}`, size);
        await c.store('k', value);
        expectBody(expectStatus(await c.get('k'), 200), value);
      }
      expectStatus(await c.delete('k'), 204);
      await c.store('k', 'small');
      expectBody(expectStatus(await c.get('k'), 200), 'small');
    },
    { costMs: 300 },
  ),
  defineCase('values/large-touched', 'A touch of a large value changes its expiry and no byte of it', async (stage) => {
    const c = openCollection(stage);
    const value = expandBytes('touched', 700_000);
    await c.store('k', value, { headers: { 'Content-Type': 'image/x-large' } });
    expectStatus(await c.patch('k', 'ttlMs=60000000'), 200);
    const read = expectStatus(await c.get('k'), 200);
    expectBody(read, value);
    expectHeader(read, 'content-type', 'image/x-large');
    expectHeader(read, 'commander-expires-at', /Z$/);
  }),
  defineCase('values/large-conditions', 'Conditions on a large value are decided as on a small one', async (stage) => {
    const c = openCollection(stage);
    const value = expandBytes('conditions', 700_000);
    const etag = await c.store('k', value);
    expectStatus(await c.put('k', 'x', { headers: { 'If-Match': '"other"' } }), 412, 'precondition_failed');
    expectStatus(await c.get('k', { headers: { 'If-None-Match': etag } }), 304);
    expectBody(expectStatus(await c.get('k'), 200), value);
    expectStatus(await c.put('k', 'x', { headers: { 'If-Match': etag } }), 200);
    expectBody(expectStatus(await c.get('k'), 200), 'x');
  }),
  defineCase(
    'values/cut-short',
    'A body that ends before its Content-Length stores nothing and leaves the old value',
    async (stage) => {
      const c = openCollection(stage);
      const etag = await c.store('k', 'old');
      const host = new URL(stage.client.baseUrl).host;
      for (const key of ['k', 'new']) {
        await stage.client.raw(
          `PUT ${c.pathOf(key)} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1000\r\n\r\nonly this`,
          100,
        );
        await stage.client.raw(
          `PUT ${c.pathOf(key)} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nonly this\r\n`,
          100,
        );
      }
      expectHeader(expectStatus(await c.get('k'), 200), 'etag', etag);
      expectStatus(await c.get('new'), 404, 'key_not_found');
    },
  ),
  defineCase('values/tiny-chunks', 'A body in 500 chunks of one byte is stored as 500 bytes', async (stage) => {
    const c = openCollection(stage);
    const value = expandBytes('chunks', 500);
    const pieces = Array.from(value, (byte) =>
      Buffer.concat([Buffer.from('1\r\n'), Buffer.from([byte]), Buffer.from('\r\n')]),
    );
    const body = Buffer.concat([...pieces, Buffer.from('0\r\n\r\n')]);
    const headers = ['Transfer-Encoding: chunked'];
    expectStatus(await sendRaw(stage, `PUT ${c.pathOf('k')} HTTP/1.1`, { headers, body }), 201);
    expectBody(expectStatus(await c.get('k'), 200), value);
  }),
  defineCase(
    'values/1-mb',
    'A value of 1 MB comes back byte for byte',
    (stage) => storeAndRead(stage, megabyte),
    large,
  ),
  defineCase(
    'values/16-mb',
    'A value of 16 MB comes back byte for byte',
    (stage) => storeAndRead(stage, 16 * megabyte),
    large,
  ),
  defineCase(
    'values/16-mb-chunked',
    'A value of 16 MB sent in chunks, without a Content-Length, comes back byte for byte',
    (stage) => storeAndRead(stage, 16 * megabyte, chunked),
    large,
  ),
  defineCase(
    'values/16-mb-replaced',
    'A value of 16 MB written four times over is the last one written',
    async (stage) => {
      const c = openCollection(stage);
      for (let i = 0; i < 4; i += 1) await c.store('k', expandBytes(`${i}`, 16 * megabyte));
      expectBody(expectStatus(await c.get('k'), 200), expandBytes('3', 16 * megabyte));
      noteMemory(stage);
    },
    { ...large, costMs: 2_500 },
  ),
  defineCase(
    'values/16-mb-read-by-four',
    'Four clients that read a value of 16 MB at once each get it whole',
    async (stage) => {
      const c = openCollection(stage);
      const value = expandBytes('read', 16 * megabyte);
      await c.store('k', value);
      for (const answer of await Promise.all([1, 2, 3, 4].map(() => c.get('k'))))
        expectBody(expectStatus(answer, 200), value);
      noteMemory(stage);
    },
    { ...large, costMs: 2_000 },
  ),
  defineCase(
    'values/limit',
    'A value of exactly the limit is stored whole',
    (stage) => storeAndRead(stage, limitOf(stage)),
    atLimit,
  ),
  defineCase(
    'values/limit-chunked',
    'A value of exactly the limit, sent in chunks, is stored whole',
    (stage) => storeAndRead(stage, limitOf(stage), chunked),
    atLimit,
  ),
  ...(['PUT', 'POST'] as const).flatMap((method) =>
    [false, true].map((inChunks) =>
      defineCase(
        `values/above-limit-${method.toLowerCase()}${inChunks ? '-chunked' : ''}`,
        `${method} of one byte above the limit${inChunks ? ', in chunks,' : ''} is 413 that names the limit; the old value stays`,
        async (stage) => {
          const c = openCollection(stage);
          const limit = limitOf(stage);
          const etag = await c.store('k', 'old');
          const body = Buffer.alloc(limit + 1, 'x');
          for (const key of ['k', 'new']) {
            const answer = await c.send(method, key, { body, ...(inChunks ? chunked : {}) });
            const { detail } = expectProblem(answer, 413, 'value_too_large');
            const digits = String(detail).replaceAll(/(?<=\d)[,._\u202f ](?=\d{3})/g, '');
            expectTrue(digits.includes(String(limit)), `a detail that names ${limit}`, String(detail), answer);
          }
          const read = expectStatus(await c.get('k'), 200);
          expectBody(read, 'old');
          expectHeader(read, 'etag', etag);
          expectStatus(await c.get('new'), 404, 'key_not_found');
          noteMemory(stage);
        },
        atLimit,
      ),
    ),
  ),
  defineCase(
    'values/far-above-limit',
    'A Content-Length far above every limit is 413 before the body is sent',
    async (stage) => {
      const c = openCollection(stage);
      for (const length of ['99999999999', '9007199254740993']) {
        const answer = await sendRaw(stage, `PUT ${c.pathOf('k')} HTTP/1.1`, {
          headers: [`Content-Length: ${length}`],
        });
        expectProblem(answer, 413, 'value_too_large');
      }
      expectStatus(await c.get('k'), 404, 'key_not_found');
      noteMemory(stage);
    },
  ),
];
