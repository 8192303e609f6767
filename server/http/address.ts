import { Type } from 'typebox';
import type { RecordAddress } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';

export const maxKeyBytes = 1024;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const Name = (what: string) =>
  Type.String({ pattern: namePattern.source, description: `${what}: 1 to 64 of A-Z a-z 0-9 . _ -` });

export const CollectionParams = Type.Object({ namespace: Name('Namespace'), collection: Name('Collection') });
export const KeyParams = Type.Object({
  namespace: Name('Namespace'),
  collection: Name('Collection'),
  key: Type.String({ description: 'Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once' }),
});
export const KeyEncoding = Type.Literal('base64url', {
  type: 'string',
  description: 'The key segment is base64url of the key: the only way to the keys `.` and `..`',
});

export interface CollectionPath {
  readonly namespace: string;
  readonly collection: string;
}

export interface KeyPath extends CollectionPath {
  readonly key: string;
}

/** Throws CommanderError `invalid_name`. */
export function checkCollection(path: CollectionPath): void {
  checkName('namespace', path.namespace);
  checkName('collection', path.collection);
}

/** The address that a path names. Throws CommanderError `invalid_name` or `invalid_key`. */
export function addressOf(path: KeyPath, keyEncoding: 'base64url' | undefined): RecordAddress {
  checkCollection(path);
  const key = keyEncoding === undefined ? path.key : decodeKey(path.key);
  checkKey(key);
  return { namespace: path.namespace, collection: path.collection, key };
}

function checkName(what: string, name: string): void {
  if (!namePattern.test(name)) {
    throw new CommanderError(
      'invalid_name',
      `A ${what} has 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or digit, got ${JSON.stringify(name.slice(0, 80))}.`,
    );
  }
}

function checkKey(key: string): void {
  if (key === '') throw new CommanderError('invalid_key', 'The key is empty.');
  // A key of up to 341 UTF-16 units cannot have more than 1024 bytes.
  if (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes) {
    throw new CommanderError('invalid_key', `A key has at most ${maxKeyBytes} bytes, got ${Buffer.byteLength(key)}.`);
  }
  if (!key.isWellFormed()) throw new CommanderError('invalid_key', 'The key holds a lone surrogate.');
}

function decodeKey(encoded: string): string {
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.toString('base64url') !== encoded) {
    throw new CommanderError('invalid_key', 'The key is not canonical base64url without padding.');
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CommanderError('invalid_key', 'The base64url of the key does not hold well-formed UTF-8.', { cause });
  }
}
