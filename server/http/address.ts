import type { RecordAddress } from '../backends/backend.ts';
import { CommanderError } from '../errors.ts';
import { Type } from './schema.ts';

export const maxKeyBytes = 1024;
export const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const Name = (what: string, example: string) =>
  Type.String({
    pattern: namePattern.source,
    description: `${what}: 1 to 64 of A-Z a-z 0-9 . _ -`,
    examples: [example],
  });
const names = { namespace: Name('Namespace', 'shop'), collection: Name('Collection', 'prices') };

export const NamespaceParams = Type.Object({ namespace: names.namespace });
export const CollectionParams = Type.Object(names);
export const KeyParams = Type.Object({
  ...names,
  key: Type.String({
    description: 'Key: any well-formed UTF-8 of 1 to 1024 bytes, percent-encoded once',
    examples: ['apple'],
  }),
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

export function isName(text: string): boolean {
  return namePattern.test(text);
}

/** `what` says in the message what is named. Throws CommanderError `invalid_name`. */
export function checkName(what: string, name: string): void {
  if (!isName(name)) {
    throw new CommanderError(
      'invalid_name',
      `A ${what} has 1 to 64 of A-Z a-z 0-9 . _ - and begins with a letter or digit, got ${JSON.stringify(name.slice(0, 80))}.`,
    );
  }
}

/** For what keys are compared with. Throws CommanderError `invalid_query`. */
export function checkKeyBytes(parameter: string, text: string): void {
  if (Buffer.byteLength(text) > maxKeyBytes) {
    throw new CommanderError('invalid_query', `${parameter} has at most ${maxKeyBytes} bytes, as a key has.`);
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
