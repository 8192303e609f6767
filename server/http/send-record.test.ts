import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyReply } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { StoredRecord } from '../backends/backend.ts';
import type { Revision } from '../revision.ts';
import { codeOf } from '../test-support/code-of.ts';
import { openRawConnection } from '../test-support/raw-connection.ts';
import { sendRecord, sendWritten } from './send-record.ts';

const value = Buffer.from('value');
const record: StoredRecord = {
  revision: `0192a3b4c5d6${'0'.repeat(20)}` as Revision,
  contentType: 'text/plain; charset="utf-8"',
  size: value.length,
  expiresAtMs: Date.UTC(2040, 0, 2),
  value,
};
const reference = {
  'x-request-id': 'id-1',
  etag: `"${record.revision}"`,
  'content-type': record.contentType,
  'last-modified': new Date(Number.parseInt(record.revision.slice(0, 12), 16)).toUTCString(),
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
  'content-security-policy': 'sandbox',
  'commander-expires-at': '2040-01-02T00:00:00.000Z',
  'content-length': String(value.length),
};

let server: Server;

/** `/ours` is answered by what is tested, `/theirs` by what the platform documents. */
function answer(path: string, method: string | undefined, response: ServerResponse): void {
  const body = method === 'HEAD' ? undefined : value;
  if (path === '/ours') {
    sendRecord(replyOf(response), record, { value: body, close: false, cacheLines: '' });
  } else if (path === '/theirs') {
    response.writeHead(200, Object.entries(reference).flat());
    response.end(body);
  } else if (path === '/ours/written') {
    sendWritten(replyOf(response), record, { status: 201, close: false });
  } else {
    const { 'x-request-id': id, etag, 'commander-expires-at': expiresAt } = reference;
    response.writeHead(201, [
      'x-request-id',
      id,
      'etag',
      etag,
      'commander-expires-at',
      expiresAt,
      'content-length',
      '0',
    ]);
    response.end();
  }
}

/** As much of a reply as sendRecord uses. */
function replyOf(raw: ServerResponse): FastifyReply {
  return { raw, request: { id: 'id-1' }, hijack: () => undefined } as unknown as FastifyReply;
}

beforeAll(async () => {
  server = createServer((request, response) => answer(request.url ?? '', request.method, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.close();
});

/** Lines of the answer's head, in order; the date is that of the moment. */
async function headLines(path: string, method: string, protocol: string, extra: string): Promise<readonly string[]> {
  await using connection = await openRawConnection((server.address() as AddressInfo).port);
  connection.write(`${method} ${path} ${protocol}\r\nHost: a\r\n${extra}\r\n`);
  const text = await connection.until('\r\n\r\n');
  return text
    .slice(0, text.indexOf('\r\n\r\n'))
    .split('\r\n')
    .map((line) => line.replace(/^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/, 'Date: now'));
}

test.each([
  ['GET', 'HTTP/1.1', ''],
  ['HEAD', 'HTTP/1.1', ''],
  ['GET', 'HTTP/1.1', 'Connection: close\r\n'],
  ['GET', 'HTTP/1.0', ''],
  ['GET', 'HTTP/1.0', 'Connection: keep-alive\r\n'],
])('the head of an answer to %s %s %j is the one that writeHead gives', async (method, protocol, extra) => {
  const expected = await headLines('/theirs', method, protocol, extra);
  expect(await headLines('/ours', method, protocol, extra)).toEqual(expected);
  expect(expected).toContain('Date: now');
});

test.each([
  ['HTTP/1.1', ''],
  ['HTTP/1.1', 'Connection: close\r\n'],
  ['HTTP/1.0', 'Connection: keep-alive\r\n'],
])('the head of an answer to a write over %s %j is the one that writeHead gives', async (protocol, extra) => {
  const expected = await headLines('/theirs/written', 'PUT', protocol, extra);
  expect(await headLines('/ours/written', 'PUT', protocol, extra)).toEqual(expected);
  expect(expected[0]).toBe('HTTP/1.1 201 Created');
});

test('a media type that no header can hold is damage, and nothing of an answer is written', () => {
  const untouched = new Proxy({} as ServerResponse, { get: (_, name) => expect.fail(`used ${String(name)}`) });
  const damaged = { ...record, contentType: 'text/plain\r\nset-cookie: a=b' };
  expect(codeOf(() => sendRecord(replyOf(untouched), damaged, { value, close: false, cacheLines: '' }))).toBe(
    'record_corrupt',
  );
});
