/** What every write refuses, whatever it writes. */

import type { IncomingHttpHeaders } from 'node:http';
import { CommanderError } from '../errors.ts';

/** Throws CommanderError `unsupported_content` or `invalid_header`. */
export function refuseWriteHeaders(headers: IncomingHttpHeaders): void {
  if (headers['content-encoding'] !== undefined) {
    throw new CommanderError(
      'unsupported_content',
      'A value is stored as it comes; Content-Encoding is not supported.',
    );
  }
  if (headers['content-range'] !== undefined) {
    throw new CommanderError('invalid_header', 'A value is written whole; Content-Range is not supported.');
  }
  if (headers['if-unmodified-since'] !== undefined) {
    throw new CommanderError('invalid_header', 'If-Unmodified-Since is too coarse to decide a write; use If-Match.');
  }
}

/** For writes that reach many records. Throws CommanderError `invalid_header`. */
export function refuseConditions(headers: IncomingHttpHeaders): void {
  for (const [header, name] of [
    ['if-match', 'If-Match'],
    ['if-none-match', 'If-None-Match'],
  ] as const) {
    if (headers[header] === undefined) continue;
    throw new CommanderError('invalid_header', `${name} is a condition on one key; it has no meaning here.`);
  }
}

/** Throws CommanderError `invalid_body`. */
export function refuseBody(body: Buffer | undefined): void {
  if (body !== undefined && body.length > 0) throw new CommanderError('invalid_body', 'This request takes no body.');
}
