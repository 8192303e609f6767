/** The answer to a read that succeeded, written past the framework: setting each header by itself costs more. */

import type { FastifyReply } from 'fastify';
import type { RecordHead } from '../backends/backend.ts';
import { type Revision, revisionWallMs } from '../revision.ts';
import { etagOf } from './conditions.ts';
import { formatTimestamp } from './expiry.ts';
import { httpDate } from './http-date.ts';

/** Up to here a value is worth copying into the string of the headers, which spares a second part of the write. */
const maxJoinedBytes = 16_384;

export interface SendRecordOptions {
  /** Undefined for HEAD. */
  readonly value: Buffer | undefined;
  /** True when the server shuts down: the connection ends with this answer. */
  readonly close: boolean;
}

export function sendRecord(reply: FastifyReply, record: RecordHead, options: SendRecordOptions): FastifyReply {
  const { value } = options;
  const headers = [
    'x-request-id',
    reply.request.id,
    'etag',
    etagOf(record.revision),
    'content-type',
    record.contentType,
    'last-modified',
    httpDate(revisionWallMs(record.revision)),
    'cache-control',
    'no-cache',
    'x-content-type-options',
    'nosniff',
    'content-security-policy',
    'sandbox',
    'content-length',
    String(record.size),
  ];
  if (record.expiresAtMs !== undefined) headers.push('commander-expires-at', formatTimestamp(record.expiresAtMs));
  if (options.close) headers.push('connection', 'close');
  // Throws for a damaged media type; while the framework still has the reply, it answers that.
  reply.raw.writeHead(200, headers);
  reply.hijack();
  if (value !== undefined && value.length <= maxJoinedBytes) reply.raw.end(value.toString('latin1'), 'latin1');
  else reply.raw.end(value);
  return reply;
}

/** The headers of an answer that names a record without sending it. */
export function writeVersionHeaders(
  reply: FastifyReply,
  record: { readonly revision: Revision; readonly expiresAtMs: number | undefined },
): void {
  reply.header('etag', etagOf(record.revision));
  if (record.expiresAtMs !== undefined) reply.header('commander-expires-at', formatTimestamp(record.expiresAtMs));
}
