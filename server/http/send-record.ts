/** The answer to a read that succeeded, and what other answers say of a record. */

import type { FastifyReply } from 'fastify';
import type { RecordHead } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { revisionWallMs } from '../revision.ts';
import { etagOf } from './conditions.ts';
import { formatTimestamp } from './expiry.ts';
import { httpDate } from './http-date.ts';
import { writeAnswer } from './write-answer.ts';

export interface SendRecordOptions {
  /** Undefined for HEAD. */
  readonly value: Buffer | undefined;
  /** True when the server shuts down: the connection ends with this answer. */
  readonly close: boolean;
  /** Where a cache is configured, the whole lines that tell of it; else ''. */
  readonly cacheLines: string;
}

/** What node:http refuses in the value of a header. */
const illegalInHeader = /[^\t\x20-\x7e\x80-\xff]/;

/** Throws CommanderError `record_corrupt` for a media type that no header can hold; the reply is untouched then. */
export function sendRecord(reply: FastifyReply, record: RecordHead, options: SendRecordOptions): FastifyReply {
  if (illegalInHeader.test(record.contentType)) {
    throw new CommanderError('record_corrupt', 'The stored record is damaged: its media type is none.');
  }
  const lines =
    `etag: ${etagOf(record.revision)}\r\ncontent-type: ${record.contentType}\r\n` +
    `last-modified: ${httpDate(revisionWallMs(record.revision))}\r\ncache-control: no-cache\r\n` +
    `x-content-type-options: nosniff\r\ncontent-security-policy: sandbox\r\n` +
    `${expiryLine(record)}${options.cacheLines}`;
  const { value: content, close } = options;
  return writeAnswer(reply, 200, lines, { bytes: record.size, content, close });
}

type Version = Pick<RecordHead, 'revision' | 'expiresAtMs'>;

/** The answer to a write that succeeded; it has no body. */
export function sendWritten(
  reply: FastifyReply,
  record: Version,
  { status, close }: { readonly status: 200 | 201; readonly close: boolean },
): FastifyReply {
  const lines = `etag: ${etagOf(record.revision)}\r\n${expiryLine(record)}`;
  return writeAnswer(reply, status, lines, { bytes: 0, content: undefined, close });
}

function expiryLine({ expiresAtMs }: Version): string {
  return expiresAtMs === undefined ? '' : `commander-expires-at: ${formatTimestamp(expiresAtMs)}\r\n`;
}

/** The headers of an answer that names a record without sending it. */
export function writeVersionHeaders(reply: FastifyReply, record: Version): void {
  reply.header('etag', etagOf(record.revision));
  if (record.expiresAtMs !== undefined) reply.header('commander-expires-at', formatTimestamp(record.expiresAtMs));
}
