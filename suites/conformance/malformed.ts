/** Bytes that are no HTTP request get an answer all the same, and do nothing. */

import { expectBody, expectProblem, expectStatus } from '../check.ts';
import { openCollection } from '../collection.ts';
import { defineCase } from '../define-case.ts';
import { sendBytes } from '../raw-request.ts';
import type { Case, Stage } from '../suite.ts';

const hostOf = (stage: Stage): string => new URL(stage.client.baseUrl).host;

const malformed: readonly {
  readonly id: string;
  readonly what: string;
  readonly bytes: (host: string, path: string) => string;
}[] = [
  { id: 'garbage', what: 'Bytes that are no request', bytes: () => 'this is not HTTP\r\n\r\n' },
  { id: 'tls', what: 'A TLS greeting', bytes: () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n' },
  {
    id: 'bad-version',
    what: 'A request line with a version that is none',
    bytes: (host) => `GET /api/v1/version HTTP/x.1\r\nHost: ${host}\r\n\r\n`,
  },
  { id: 'unknown-method', what: 'An unknown method', bytes: (host) => `FROB / HTTP/1.1\r\nHost: ${host}\r\n\r\n` },
  { id: 'http2-preface', what: 'The preface of HTTP/2', bytes: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  {
    id: 'space-in-target',
    what: 'A target with a space',
    bytes: (host, path) => `GET ${path} x HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
  },
  {
    id: 'no-host',
    what: 'An HTTP/1.1 request without Host',
    bytes: () => 'GET /api/v1/version HTTP/1.1\r\nConnection: close\r\n\r\n',
  },
  {
    id: 'header-without-colon',
    what: 'A header line without a colon',
    bytes: (host) => `GET /api/v1/version HTTP/1.1\r\nHost: ${host}\r\nnonsense\r\n\r\n`,
  },
  {
    id: 'header-name-space',
    what: 'A space before a header’s colon',
    bytes: (host) => `GET /api/v1/version HTTP/1.1\r\nHost: ${host}\r\nX-A : b\r\n\r\n`,
  },
  {
    id: 'header-nul',
    what: 'A NUL in a header',
    bytes: (host) => `GET /api/v1/version HTTP/1.1\r\nHost: ${host}\r\nX-A: b\u0000c\r\n\r\n`,
  },
  {
    id: 'two-lengths',
    what: 'Two different Content-Lengths',
    bytes: (host, path) => `PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
  },
  {
    id: 'length-and-chunks',
    what: 'Content-Length beside Transfer-Encoding',
    bytes: (host, path) =>
      `PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n`,
  },
  {
    id: 'negative-length',
    what: 'A negative Content-Length',
    bytes: (host, path) => `PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: -1\r\n\r\n`,
  },
  {
    id: 'bad-chunk',
    what: 'A chunk size that is no number',
    bytes: (host, path) =>
      `PUT ${path} HTTP/1.1\r\nHost: ${host}\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n`,
  },
];

export const malformedCases: readonly Case[] = [
  ...malformed.map(({ id, what, bytes }) =>
    defineCase(`malformed/${id}`, `${what} is answered 400 malformed_request`, async (stage) => {
      const c = openCollection(stage);
      const answer = await sendBytes(stage, Buffer.from(bytes(hostOf(stage), c.pathOf('k')), 'latin1'));
      expectProblem(answer, 400, 'malformed_request');
      expectStatus(await c.get('k'), 404, 'key_not_found');
    }),
  ),
  defineCase('malformed/goes-on', 'The server goes on serving after bytes that are no request', async (stage) => {
    const c = openCollection(stage);
    for (const { bytes } of malformed.slice(0, 4)) await sendBytes(stage, bytes(hostOf(stage), c.pathOf('k')));
    await c.store('k', 'v');
    expectBody(expectStatus(await c.get('k'), 200), 'v');
  }),
];
