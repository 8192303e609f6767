import { hashSecret, tokenCost } from '../access/secret-hash.ts';
import type { Role } from '../http/principal.ts';

export interface CredentialOfTest {
  readonly name: string;
  readonly role: Role;
  readonly namespaces?: readonly string[];
  readonly kind: 'password' | 'token';
  readonly secret: string;
}

/** The text of a credentials file, as JSON. */
export async function renderCredentials(credentials: readonly CredentialOfTest[]): Promise<string> {
  const entries = credentials.map(async ({ kind, secret, ...rest }) => ({
    ...rest,
    [kind]: await hashSecret(secret, tokenCost),
  }));
  return JSON.stringify({ credentials: await Promise.all(entries) });
}

export function bearer(name: string, secret: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${name}.${secret}` };
}

export function basic(name: string, secret: string): Readonly<Record<string, string>> {
  return { authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}` };
}
