/** An answer written past the framework: setting each header by itself costs more than the read of a record. */

import type { FastifyReply } from 'fastify';

/** Up to here a body is worth copying into the string of the head, which spares a second part of the write. */
const maxJoinedBytes = 16_384;

/**
 * What `writeHead` of node:http calls once it has looked at every header by itself. Given whole lines, it still adds
 * Date, Connection and Keep-Alive. Not in the platform's documentation; a test holds its answers against those of
 * `writeHead`.
 */
interface HeadWriter {
  _storeHeader(lines: string, headers: readonly string[]): void;
}

export interface AnswerBody {
  /** What Content-Length says. */
  readonly bytes: number;
  /** Text has ASCII alone. Undefined for HEAD, and where there are no bytes. */
  readonly content: Buffer | string | undefined;
  /** True when the server shuts down: the connection ends with this answer. */
  readonly close: boolean;
}

const statusLines = { 200: 'HTTP/1.1 200 OK\r\n', 201: 'HTTP/1.1 201 Created\r\n' } as const;

/** `lines` are whole, each with its end; they need no check, or have had it. */
export function writeAnswer(reply: FastifyReply, status: 200 | 201, lines: string, body: AnswerBody): FastifyReply {
  const { raw } = reply;
  const { content } = body;
  const headers = ['content-length', String(body.bytes)];
  if (body.close) headers.push('connection', 'close');
  // What hooks have set on the platform's answer.
  for (const name of raw.getHeaderNames()) headers.push(name, String(raw.getHeader(name)));
  raw.statusCode = status;
  (raw as unknown as HeadWriter)._storeHeader(
    `${statusLines[status]}x-request-id: ${reply.request.id}\r\n${lines}`,
    headers,
  );
  reply.hijack();
  if (content === undefined || typeof content === 'string') raw.end(content, 'latin1');
  else if (content.length <= maxJoinedBytes) raw.end(content.toString('latin1'), 'latin1');
  else raw.end(content);
  return reply;
}
