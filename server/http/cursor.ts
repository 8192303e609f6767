/** Cursors: the last examined key or name, bound to its listing. They are no secret and hold on every server for ever. */

import { isUtf8 } from 'node:buffer';
import { hash } from 'node:crypto';
import { CommanderError } from '../errors.ts';
import { maxKeyBytes } from './address.ts';

const scopeBytes = 8;

let last = { parts: '', scope: Buffer.alloc(0) };

/**
 * What a cursor belongs to: the parts that make it another listing when one of them differs. Requests that follow one
 * another mostly belong to one listing, and the hash costs more than all else of a cursor.
 */
export function scopeOf(parts: readonly string[]): Buffer {
  const text = JSON.stringify(parts);
  if (last.parts !== text) {
    last = { parts: text, scope: hash('sha256', text, 'buffer').subarray(0, scopeBytes) };
  }
  return last.scope;
}

export function writeCursor(examinedTo: string, scope: Buffer): string {
  return Buffer.concat([scope, Buffer.from(examinedTo)]).toString('base64url');
}

/** Where the page begins: behind what the cursor says, or `after`. Throws CommanderError `invalid_cursor`. */
export function startOf(
  query: { readonly cursor?: string | undefined; readonly after?: string | undefined },
  scope: Buffer,
): string | undefined {
  const { cursor, after } = query;
  if (cursor === undefined) return after;
  if (after !== undefined) throw invalidCursor('A cursor says where to go on; it does not go with `after`.');
  const bytes = Buffer.from(cursor, 'base64url');
  const key = bytes.subarray(scopeBytes);
  if (bytes.toString('base64url') !== cursor || key.length === 0 || key.length > maxKeyBytes || !isUtf8(key)) {
    throw invalidCursor('This is not a cursor of this server.');
  }
  if (!bytes.subarray(0, scopeBytes).equals(scope)) {
    throw invalidCursor('The cursor belongs to a listing of another path, prefix or filter.');
  }
  return key.toString();
}

function invalidCursor(message: string): CommanderError {
  return new CommanderError('invalid_cursor', message);
}
