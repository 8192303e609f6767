/** The credentials that a server takes, read from YAML or JSON text. */

import { parse as parseYaml } from 'yaml';
import { ConfigurationError } from '../configuration-error.ts';
import { namePattern } from '../http/address.ts';
import { type Principal, type Role, roles } from '../http/principal.ts';
import { parseSecretHash, type SecretHash } from './secret-hash.ts';

export interface Credential {
  readonly principal: Principal;
  /** password: Basic; token: Bearer, as `name.secret`. */
  readonly kind: 'password' | 'token';
  readonly hash: SecretHash;
}

const fields = ['name', 'role', 'namespaces', 'password', 'token'];
const credentialName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

/**
 * `from` names the source in messages. Throws ConfigurationError that names the entry and the field, and never what
 * stands in it: it may be a secret in the wrong place.
 */
export function parseCredentials(text: string, from: string): readonly Credential[] {
  const entries = entriesOf(text, from);
  const names = new Set<string>();
  return entries.map((entry, index) => {
    const place = `${from}: entry ${index + 1}`;
    const credential = readEntry(entry, place);
    const { name } = credential.principal;
    if (names.has(name)) throw new ConfigurationError(`${place}, field name: ${name} stands there twice.`);
    names.add(name);
    return credential;
  });
}

function entriesOf(text: string, from: string): readonly unknown[] {
  let document: unknown;
  try {
    document = parseYaml(text);
  } catch (cause) {
    // The reason of the parser quotes the text.
    const line = /at line (\d+)/.exec(String(cause))?.[1];
    throw new ConfigurationError(`${from}: this is no YAML or JSON${line === undefined ? '' : `, see line ${line}`}.`);
  }
  const { credentials, ...rest } = isRecord(document) ? document : {};
  if (!Array.isArray(credentials) || credentials.length === 0 || Object.keys(rest).length > 0) {
    throw new ConfigurationError(
      `${from}: it holds one list \`credentials\` with at least one entry, and nothing else.`,
    );
  }
  return credentials;
}

function readEntry(entry: unknown, place: string): Credential {
  if (!isRecord(entry)) throw new ConfigurationError(`${place}: it has the fields ${fields.join(', ')}.`);
  const unknownAt = Object.keys(entry).findIndex((field) => !fields.includes(field));
  if (unknownAt >= 0) {
    throw new ConfigurationError(`${place}: its field ${unknownAt + 1} is none of ${fields.join(', ')}.`);
  }
  const { name, role, namespaces, password, token } = entry;
  if (typeof name !== 'string' || !credentialName.test(name)) {
    throw new ConfigurationError(`${place}, field name: 1 to 64 of A-Z a-z 0-9 _ -, first a letter or a digit.`);
  }
  const named = `${place} (${name})`;
  if (!isRole(role)) throw new ConfigurationError(`${named}, field role: one of ${roles.join(', ')}.`);
  if ((password === undefined) === (token === undefined)) {
    throw new ConfigurationError(`${named}: exactly one of the fields password and token.`);
  }
  const kind = password === undefined ? 'token' : 'password';
  const principal = { name, role, namespaces: readNamespaces(namespaces, named) };
  return { principal, kind, hash: readHash(password ?? token, `${named}, field ${kind}`) };
}

function readNamespaces(namespaces: unknown, place: string): readonly string[] | undefined {
  if (namespaces === undefined) return undefined;
  const listed: readonly unknown[] = Array.isArray(namespaces) ? namespaces : [];
  const good = listed.filter((name): name is string => typeof name === 'string' && namePattern.test(name));
  if (listed.length === 0 || good.length < listed.length) {
    throw new ConfigurationError(`${place}, field namespaces: a list of names of namespaces; left out, it means all.`);
  }
  return good;
}

function readHash(text: unknown, place: string): SecretHash {
  const hash = typeof text === 'string' ? parseSecretHash(text) : undefined;
  if (hash === undefined) {
    throw new ConfigurationError(`${place}: a hash as \`commander hash-password\` prints it, never the secret itself.`);
  }
  return hash;
}

function isRole(value: unknown): value is Role {
  return roles.some((role) => role === value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
